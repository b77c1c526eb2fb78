// RUN: braid-check %s | FileCheck %s

// Latent rows of int8: latents and shared key are one row of groups.

// Sizes that fill no vector.
func.func @odd(%qn: tensor<?x21xf32>, %qr: tensor<?x15xf32>, %c: tensor<?x19xf32>, %r: tensor<?x5xf32>,
    %uk: !braid.weight<3x7x19, f32>, %uv: !braid.weight<3x9x19, f32>, %s: !braid.latent<rank = 19, rope = 5, int8>,
    %position: index) -> tensor<?x27xf32> {
  %o, %n = braid.latent_attend @causal() %qn, %qr, %c, %r, %uk, %uv, %s, %position {heads = 3 : i64, scale = 0.288675 : f64}
    : (tensor<?x21xf32>, tensor<?x15xf32>, tensor<?x19xf32>, tensor<?x5xf32>, !braid.weight<3x7x19, f32>,
       !braid.weight<3x9x19, f32>, !braid.latent<rank = 19, rope = 5, int8>, index) -> (tensor<?x27xf32>, !braid.latent<rank = 19, rope = 5, int8>)
  return %o : tensor<?x27xf32>
}
// CHECK: @odd: x86-64-v3, exact: 18 calls
check.close @odd {tolerance = 1.0e-05, tokens = array<i64: 1, 2, 3, 17, 1, 40>, inputs = ["random", "zeros", "repeated"]}

// Three groups, of which latents and shared key have one together.
func.func @groups(%qn: tensor<?x64xf32>, %qr: tensor<?x64xf32>, %c: tensor<?x120xf32>, %r: tensor<?x16xf32>,
    %uk: !braid.weight<4x16x120, bf16>, %uv: !braid.weight<4x16x120, bf16>, %s: !braid.latent<rank = 120, rope = 16, int8>,
    %position: index) -> tensor<?x64xf32> {
  %o, %n = braid.latent_attend @causal() %qn, %qr, %c, %r, %uk, %uv, %s, %position {heads = 4 : i64, scale = 0.176777 : f64}
    : (tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x120xf32>, tensor<?x16xf32>, !braid.weight<4x16x120, bf16>,
       !braid.weight<4x16x120, bf16>, !braid.latent<rank = 120, rope = 16, int8>, index) -> (tensor<?x64xf32>, !braid.latent<rank = 120, rope = 16, int8>)
  return %o : tensor<?x64xf32>
}
check.close @groups {tolerance = 1.0e-05, tokens = array<i64: 1, 2, 17, 1, 40>, inputs = ["random", "zeros", "repeated"]}

// Over the end of a block of keys, one token at a time behind it.
func.func @long(%qn: tensor<?x16xf32>, %qr: tensor<?x8xf32>, %c: tensor<?x68xf32>, %r: tensor<?x4xf32>,
    %uk: !braid.weight<2x8x68, f32>, %uv: !braid.weight<2x6x68, f32>, %s: !braid.latent<rank = 68, rope = 4, int8>,
    %position: index) -> tensor<?x12xf32> {
  %o, %n = braid.latent_attend @causal() %qn, %qr, %c, %r, %uk, %uv, %s, %position {heads = 2 : i64, scale = 0.288675 : f64}
    : (tensor<?x16xf32>, tensor<?x8xf32>, tensor<?x68xf32>, tensor<?x4xf32>, !braid.weight<2x8x68, f32>,
       !braid.weight<2x6x68, f32>, !braid.latent<rank = 68, rope = 4, int8>, index) -> (tensor<?x12xf32>, !braid.latent<rank = 68, rope = 4, int8>)
  return %o : tensor<?x12xf32>
}
check.close @long {tolerance = 1.0e-05, tokens = array<i64: 150, 1, 1, 131, 1>, inputs = ["random"]}

// So many tokens that keys and values are made of the latents; behind others, and before.
func.func @expanded(%qn: tensor<?x18xf32>, %qr: tensor<?x10xf32>, %c: tensor<?x67xf32>, %r: tensor<?x5xf32>,
    %uk: !braid.weight<2x9x67, f32>, %uv: !braid.weight<2x7x67, f32>, %s: !braid.latent<rank = 67, rope = 5, int8>,
    %position: index) -> tensor<?x14xf32> {
  %o, %n = braid.latent_attend @causal() %qn, %qr, %c, %r, %uk, %uv, %s, %position {heads = 2 : i64, scale = 0.267261 : f64}
    : (tensor<?x18xf32>, tensor<?x10xf32>, tensor<?x67xf32>, tensor<?x5xf32>, !braid.weight<2x9x67, f32>,
       !braid.weight<2x7x67, f32>, !braid.latent<rank = 67, rope = 5, int8>, index) -> (tensor<?x14xf32>, !braid.latent<rank = 67, rope = 5, int8>)
  return %o : tensor<?x14xf32>
}
check.close @expanded {tolerance = 1.0e-05, tokens = array<i64: 3, 270, 1>, inputs = ["random"]}
