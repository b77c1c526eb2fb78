// RUN: braid-opt %s | braid-opt | FileCheck %s

// Three heads of 4 + 2 features, values of 5.
func.func @attend(%qn: tensor<?x12xf32>, %qr: tensor<?x6xf32>, %c: tensor<?x16xf32>, %r: tensor<?x2xf32>,
    %uk: !braid.weight<3x4x16, f32>, %uv: !braid.weight<3x5x16, f32>, %s: !braid.latent<rank = 16, rope = 2, f16>, %p: index) -> tensor<?x15xf32> {
  // CHECK: braid.latent_attend @causal() %{{.*}} {heads = 3 : i64, scale = 5.000000e-01 : f64} : {{.*}} -> (tensor<?x15xf32>, !braid.latent<rank = 16, rope = 2, f16>)
  %o, %n = braid.latent_attend @causal() %qn, %qr, %c, %r, %uk, %uv, %s, %p {heads = 3 : i64, scale = 0.5 : f64}
    : (tensor<?x12xf32>, tensor<?x6xf32>, tensor<?x16xf32>, tensor<?x2xf32>, !braid.weight<3x4x16, f32>,
       !braid.weight<3x5x16, f32>, !braid.latent<rank = 16, rope = 2, f16>, index) -> (tensor<?x15xf32>, !braid.latent<rank = 16, rope = 2, f16>)
  return %o : tensor<?x15xf32>
}

// Rows are the state's memory.
// CHECK-LABEL: func.func @rows
func.func @rows(%s: !braid.latent<rank = 16, rope = 2, bf16>) -> memref<1x?x18xbf16> {
  // CHECK: braid.rows %{{.*}} : !braid.latent<rank = 16, rope = 2, bf16> -> memref<1x?x18xbf16>
  %m = braid.rows %s : !braid.latent<rank = 16, rope = 2, bf16> -> memref<1x?x18xbf16>
  return %m : memref<1x?x18xbf16>
}
