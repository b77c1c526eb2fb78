// RUN: braid-check %s | FileCheck %s

// Latent attention behind the norm of its latents and the rotations of its keys and queries, which it computes itself.

// Sizes that fill no vector; calls that begin and end inside of a block of 16 positions.
func.func @odd(%qn: tensor<?x21xf32>, %qr: tensor<?x18xf32>, %c: tensor<?x19xf32>, %r: tensor<?x6xf32>,
    %g: !braid.weight<19, f32>, %t: tensor<?x6xf32>, %uk: !braid.weight<3x7x19, f32>, %uv: !braid.weight<3x9x19, f32>,
    %s: !braid.latent<rank = 19, rope = 6, f32>, %position: index) -> tensor<?x27xf32> {
  %0 = braid.rms_norm %c, %g {epsilon = 1.0e-06 : f64} : (tensor<?x19xf32>, !braid.weight<19, f32>) -> tensor<?x19xf32>
  %1 = braid.rope %r, %t {heads = 1 : i64} : (tensor<?x6xf32>, tensor<?x6xf32>) -> tensor<?x6xf32>
  %2 = braid.rope %qr, %t {heads = 3 : i64} : (tensor<?x18xf32>, tensor<?x6xf32>) -> tensor<?x18xf32>
  %o, %n = braid.latent_attend @causal() %qn, %2, %0, %1, %uk, %uv, %s, %position {heads = 3 : i64, scale = 0.28 : f64}
    : (tensor<?x21xf32>, tensor<?x18xf32>, tensor<?x19xf32>, tensor<?x6xf32>, !braid.weight<3x7x19, f32>,
       !braid.weight<3x9x19, f32>, !braid.latent<rank = 19, rope = 6, f32>, index)
    -> (tensor<?x27xf32>, !braid.latent<rank = 19, rope = 6, f32>)
  return %o : tensor<?x27xf32>
}
check.close @odd {tolerance = 2.0e-05, tokens = array<i64: 1, 2, 3, 17, 1, 40>, inputs = ["random", "zeros", "repeated"]}
// CHECK: @odd: x86-64-v3, exact

// Interleaved pairs as in models, a cache of f16.
func.func @whole(%qn: tensor<?x128xf32>, %qr: tensor<?x64xf32>, %c: tensor<?x48xf32>, %r: tensor<?x16xf32>,
    %g: !braid.weight<48, f32>, %t: tensor<?x16xf32>, %uk: !braid.weight<4x32x48, f32>, %uv: !braid.weight<4x32x48, f32>,
    %s: !braid.latent<rank = 48, rope = 16, f16>, %position: index) -> tensor<?x128xf32> {
  %0 = braid.rms_norm %c, %g {epsilon = 1.0e-06 : f64} : (tensor<?x48xf32>, !braid.weight<48, f32>) -> tensor<?x48xf32>
  %1 = braid.rope %r, %t {heads = 1 : i64, interleaved} : (tensor<?x16xf32>, tensor<?x16xf32>) -> tensor<?x16xf32>
  %2 = braid.rope %qr, %t {heads = 4 : i64, interleaved} : (tensor<?x64xf32>, tensor<?x16xf32>) -> tensor<?x64xf32>
  %o, %n = braid.latent_attend @causal() %qn, %2, %0, %1, %uk, %uv, %s, %position {heads = 4 : i64, scale = 0.28 : f64}
    : (tensor<?x128xf32>, tensor<?x64xf32>, tensor<?x48xf32>, tensor<?x16xf32>, !braid.weight<4x32x48, f32>,
       !braid.weight<4x32x48, f32>, !braid.latent<rank = 48, rope = 16, f16>, index)
    -> (tensor<?x128xf32>, !braid.latent<rank = 48, rope = 16, f16>)
  return %o : tensor<?x128xf32>
}
check.close @whole {tolerance = 2.0e-05, tokens = array<i64: 1, 2, 3, 17, 1, 40>, inputs = ["random", "zeros", "repeated"]}
// CHECK: @whole: x86-64-v3, exact

// So many tokens that keys and values are made of the latents, between calls of few.
func.func @expanded(%qn: tensor<?x18xf32>, %qr: tensor<?x8xf32>, %c: tensor<?x20xf32>, %r: tensor<?x4xf32>,
    %g: !braid.weight<20, f32>, %t: tensor<?x4xf32>, %uk: !braid.weight<2x9x20, f32>, %uv: !braid.weight<2x7x20, f32>,
    %s: !braid.latent<rank = 20, rope = 4, f32>, %position: index) -> tensor<?x14xf32> {
  %0 = braid.rms_norm %c, %g {epsilon = 1.0e-06 : f64} : (tensor<?x20xf32>, !braid.weight<20, f32>) -> tensor<?x20xf32>
  %1 = braid.rope %r, %t {heads = 1 : i64, interleaved} : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  %2 = braid.rope %qr, %t {heads = 2 : i64, interleaved} : (tensor<?x8xf32>, tensor<?x4xf32>) -> tensor<?x8xf32>
  %o, %n = braid.latent_attend @causal() %qn, %2, %0, %1, %uk, %uv, %s, %position {heads = 2 : i64, scale = 0.28 : f64}
    : (tensor<?x18xf32>, tensor<?x8xf32>, tensor<?x20xf32>, tensor<?x4xf32>, !braid.weight<2x9x20, f32>,
       !braid.weight<2x7x20, f32>, !braid.latent<rank = 20, rope = 4, f32>, index)
    -> (tensor<?x14xf32>, !braid.latent<rank = 20, rope = 4, f32>)
  return %o : tensor<?x14xf32>
}
check.close @expanded {tolerance = 2.0e-05, tokens = array<i64: 3, 300, 1, 130, 2>, inputs = ["random", "zeros", "repeated"]}
// CHECK: @expanded: x86-64-v3, exact
