// RUN: braid-check %s | FileCheck %s

// Attention over latent rows that grow from call to call.

// Sizes that fill no vector; calls of few tokens and of many.
func.func @odd(%qn: tensor<?x21xf32>, %qr: tensor<?x15xf32>, %c: tensor<?x19xf32>, %r: tensor<?x5xf32>,
    %uk: !braid.weight<3x7x19, f32>, %uv: !braid.weight<3x9x19, f32>, %s: !braid.latent<rank = 19, rope = 5, f32>,
    %position: index) -> tensor<?x27xf32> {
  %o, %n = braid.latent_attend @causal() %qn, %qr, %c, %r, %uk, %uv, %s, %position {heads = 3 : i64, scale = 0.288675 : f64}
    : (tensor<?x21xf32>, tensor<?x15xf32>, tensor<?x19xf32>, tensor<?x5xf32>, !braid.weight<3x7x19, f32>,
       !braid.weight<3x9x19, f32>, !braid.latent<rank = 19, rope = 5, f32>, index)
    -> (tensor<?x27xf32>, !braid.latent<rank = 19, rope = 5, f32>)
  return %o : tensor<?x27xf32>
}
check.close @odd {tolerance = 1.0e-05, tokens = array<i64: 1, 2, 3, 17, 1, 40>, inputs = ["random", "zeros", "repeated"]}
// CHECK: @odd: x86-64-v3, exact: 18 calls

// As in models: whole vectors, a cache of f16.
func.func @whole(%qn: tensor<?x128xf32>, %qr: tensor<?x64xf32>, %c: tensor<?x48xf32>, %r: tensor<?x16xf32>,
    %uk: !braid.weight<4x32x48, bf16>, %uv: !braid.weight<4x32x48, bf16>, %s: !braid.latent<rank = 48, rope = 16, f16>,
    %position: index) -> tensor<?x128xf32> {
  %o, %n = braid.latent_attend @causal() %qn, %qr, %c, %r, %uk, %uv, %s, %position {heads = 4 : i64, scale = 0.144338 : f64}
    : (tensor<?x128xf32>, tensor<?x64xf32>, tensor<?x48xf32>, tensor<?x16xf32>, !braid.weight<4x32x48, bf16>,
       !braid.weight<4x32x48, bf16>, !braid.latent<rank = 48, rope = 16, f16>, index)
    -> (tensor<?x128xf32>, !braid.latent<rank = 48, rope = 16, f16>)
  return %o : tensor<?x128xf32>
}
check.close @whole {tolerance = 1.0e-05, tokens = array<i64: 1, 2, 3, 17, 1, 40>, inputs = ["random", "zeros", "repeated"]}

// More heads than a register tile has rows.
func.func @many_heads(%qn: tensor<?x136xf32>, %qr: tensor<?x136xf32>, %c: tensor<?x16xf32>, %r: tensor<?x8xf32>,
    %uk: !braid.weight<17x8x16, f16>, %uv: !braid.weight<17x8x16, f32>, %s: !braid.latent<rank = 16, rope = 8, bf16>,
    %position: index) -> tensor<?x136xf32> {
  %o, %n = braid.latent_attend @causal() %qn, %qr, %c, %r, %uk, %uv, %s, %position {heads = 17 : i64, scale = 0.250000 : f64}
    : (tensor<?x136xf32>, tensor<?x136xf32>, tensor<?x16xf32>, tensor<?x8xf32>, !braid.weight<17x8x16, f16>,
       !braid.weight<17x8x16, f32>, !braid.latent<rank = 16, rope = 8, bf16>, index)
    -> (tensor<?x136xf32>, !braid.latent<rank = 16, rope = 8, bf16>)
  return %o : tensor<?x136xf32>
}
check.close @many_heads {tolerance = 1.0e-05, tokens = array<i64: 1, 9, 1, 1>, inputs = ["random", "zeros", "repeated"]}

// Over the end of a block of keys, one token at a time behind it.
func.func @long(%qn: tensor<?x16xf32>, %qr: tensor<?x8xf32>, %c: tensor<?x20xf32>, %r: tensor<?x4xf32>,
    %uk: !braid.weight<2x8x20, f32>, %uv: !braid.weight<2x6x20, f32>, %s: !braid.latent<rank = 20, rope = 4, f16>,
    %position: index) -> tensor<?x12xf32> {
  %o, %n = braid.latent_attend @causal() %qn, %qr, %c, %r, %uk, %uv, %s, %position {heads = 2 : i64, scale = 0.288675 : f64}
    : (tensor<?x16xf32>, tensor<?x8xf32>, tensor<?x20xf32>, tensor<?x4xf32>, !braid.weight<2x8x20, f32>,
       !braid.weight<2x6x20, f32>, !braid.latent<rank = 20, rope = 4, f16>, index)
    -> (tensor<?x12xf32>, !braid.latent<rank = 20, rope = 4, f16>)
  return %o : tensor<?x12xf32>
}
check.close @long {tolerance = 1.0e-05, tokens = array<i64: 150, 1, 1, 131, 1>, inputs = ["random", "zeros", "repeated"]}

// So many tokens that keys and values are made of the latents; behind others, and before.
func.func @expanded(%qn: tensor<?x18xf32>, %qr: tensor<?x10xf32>, %c: tensor<?x19xf32>, %r: tensor<?x5xf32>,
    %uk: !braid.weight<2x9x19, f32>, %uv: !braid.weight<2x7x19, f32>, %s: !braid.latent<rank = 19, rope = 5, f16>,
    %position: index) -> tensor<?x14xf32> {
  %o, %n = braid.latent_attend @causal() %qn, %qr, %c, %r, %uk, %uv, %s, %position {heads = 2 : i64, scale = 0.267261 : f64}
    : (tensor<?x18xf32>, tensor<?x10xf32>, tensor<?x19xf32>, tensor<?x5xf32>, !braid.weight<2x9x19, f32>,
       !braid.weight<2x7x19, f32>, !braid.latent<rank = 19, rope = 5, f16>, index)
    -> (tensor<?x14xf32>, !braid.latent<rank = 19, rope = 5, f16>)
  return %o : tensor<?x14xf32>
}
check.close @expanded {tolerance = 1.0e-05, tokens = array<i64: 37, 270, 1>, inputs = ["random"]}
func.func @expanded_bf16(%qn: tensor<?x24xf32>, %qr: tensor<?x12xf32>, %c: tensor<?x20xf32>, %r: tensor<?x4xf32>,
    %uk: !braid.weight<3x8x20, f32>, %uv: !braid.weight<3x24x20, bf16>, %s: !braid.latent<rank = 20, rope = 4, bf16>,
    %position: index) -> tensor<?x72xf32> {
  %o, %n = braid.latent_attend @sliding_window(70) %qn, %qr, %c, %r, %uk, %uv, %s, %position {heads = 3 : i64, scale = 0.288675 : f64}
    : (tensor<?x24xf32>, tensor<?x12xf32>, tensor<?x20xf32>, tensor<?x4xf32>, !braid.weight<3x8x20, f32>,
       !braid.weight<3x24x20, bf16>, !braid.latent<rank = 20, rope = 4, bf16>, index)
    -> (tensor<?x72xf32>, !braid.latent<rank = 20, rope = 4, bf16>)
  return %o : tensor<?x72xf32>
}
check.close @expanded_bf16 {tolerance = 1.0e-05, tokens = array<i64: 300, 2>, inputs = ["random"]}

// Scores in the hundreds.
func.func @large(%qn: tensor<?x16xf32>, %qr: tensor<?x16xf32>, %c: tensor<?x16xf32>, %r: tensor<?x8xf32>,
    %uk: !braid.weight<2x8x16, f32>, %uv: !braid.weight<2x8x16, f32>, %s: !braid.latent<rank = 16, rope = 8, f32>,
    %position: index) -> tensor<?x16xf32> {
  %o, %n = braid.latent_attend @causal() %qn, %qr, %c, %r, %uk, %uv, %s, %position {heads = 2 : i64, scale = 0.250000 : f64}
    : (tensor<?x16xf32>, tensor<?x16xf32>, tensor<?x16xf32>, tensor<?x8xf32>, !braid.weight<2x8x16, f32>,
       !braid.weight<2x8x16, f32>, !braid.latent<rank = 16, rope = 8, f32>, index)
    -> (tensor<?x16xf32>, !braid.latent<rank = 16, rope = 8, f32>)
  return %o : tensor<?x16xf32>
}
check.close @large {tolerance = 1.0e-03, tokens = array<i64: 5, 1, 40>, inputs = ["large", "tiny"]}
