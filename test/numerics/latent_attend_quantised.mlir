// RUN: braid-check %s | FileCheck %s

// Attention over latent rows with weights in blocks: activations stay f32 in every form.
func.func @quantised(%qn: tensor<?x32xf32>, %qr: tensor<?x32xf32>, %c: tensor<?x32xf32>, %r: tensor<?x16xf32>,
    %uk: !braid.weight<2x16x32, q8_0>, %uv: !braid.weight<2x16x32, q4_1>, %s: !braid.latent<rank = 32, rope = 16, f32>,
    %position: index) -> tensor<?x32xf32> {
  %o, %n = braid.latent_attend @causal() %qn, %qr, %c, %r, %uk, %uv, %s, %position {heads = 2 : i64, scale = 0.176777 : f64}
    : (tensor<?x32xf32>, tensor<?x32xf32>, tensor<?x32xf32>, tensor<?x16xf32>, !braid.weight<2x16x32, q8_0>,
       !braid.weight<2x16x32, q4_1>, !braid.latent<rank = 32, rope = 16, f32>, index)
    -> (tensor<?x32xf32>, !braid.latent<rank = 32, rope = 16, f32>)
  return %o : tensor<?x32xf32>
}
check.close @quantised {tolerance = 1.0e-05, tokens = array<i64: 1, 5, 33>, inputs = ["random", "zeros", "repeated"]}
// CHECK: @quantised: x86-64-v3, default: 9 calls
