// RUN: braid-opt %s --pass-pipeline="builtin.module(func.func(braid-fuse-latent-attention))" | FileCheck %s

// The norm of latents, and the rotations of the shared key and the queries.
// CHECK-LABEL: func.func @norm_and_rope
// CHECK-NEXT:    braid.kernel
// CHECK-DAG:       %[[C:.*]] = braid.rms_norm
// CHECK-DAG:       %[[R:.*]] = braid.rope %{{.*}} {heads = 1
// CHECK-DAG:       %[[Q:.*]] = braid.rope %{{.*}} {heads = 2
// CHECK:           braid.latent_attend @causal() %{{.*}}, %[[Q]], %[[C]], %[[R]]
func.func @norm_and_rope(%qn: tensor<?x16xf32>, %qr: tensor<?x8xf32>, %c: tensor<?x20xf32>, %r: tensor<?x4xf32>,
    %g: !braid.weight<20, f32>, %t: tensor<?x4xf32>, %uk: !braid.weight<2x8x20, f32>, %uv: !braid.weight<2x6x20, f32>,
    %s: !braid.latent<rank = 20, rope = 4, f16>, %position: index) -> tensor<?x12xf32> {
  %0 = braid.rms_norm %c, %g {epsilon = 1.0e-06 : f64} : (tensor<?x20xf32>, !braid.weight<20, f32>) -> tensor<?x20xf32>
  %1 = braid.rope %r, %t {heads = 1 : i64} : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  %2 = braid.rope %qr, %t {heads = 2 : i64} : (tensor<?x8xf32>, tensor<?x4xf32>) -> tensor<?x8xf32>
  %o, %n = braid.latent_attend @causal() %qn, %2, %0, %1, %uk, %uv, %s, %position {heads = 2 : i64, scale = 0.288675 : f64}
    : (tensor<?x16xf32>, tensor<?x8xf32>, tensor<?x20xf32>, tensor<?x4xf32>, !braid.weight<2x8x20, f32>,
       !braid.weight<2x6x20, f32>, !braid.latent<rank = 20, rope = 4, f16>, index)
    -> (tensor<?x12xf32>, !braid.latent<rank = 20, rope = 4, f16>)
  return %o : tensor<?x12xf32>
}

// What others read as well is computed apart.
// CHECK-LABEL: func.func @read_by_others
// CHECK:         %[[C:.*]] = braid.rms_norm
// CHECK-NEXT:    braid.kernel
// CHECK-NOT:       braid.rms_norm
// CHECK:           braid.latent_attend
func.func @read_by_others(%qn: tensor<?x16xf32>, %qr: tensor<?x8xf32>, %c: tensor<?x20xf32>, %r: tensor<?x4xf32>,
    %g: !braid.weight<20, f32>, %uk: !braid.weight<2x8x20, f32>, %uv: !braid.weight<2x6x20, f32>,
    %s: !braid.latent<rank = 20, rope = 4, f16>, %position: index) -> (tensor<?x12xf32>, tensor<?x20xf32>) {
  %0 = braid.rms_norm %c, %g {epsilon = 1.0e-06 : f64} : (tensor<?x20xf32>, !braid.weight<20, f32>) -> tensor<?x20xf32>
  %o, %n = braid.latent_attend @causal() %qn, %qr, %0, %r, %uk, %uv, %s, %position {heads = 2 : i64, scale = 0.288675 : f64}
    : (tensor<?x16xf32>, tensor<?x8xf32>, tensor<?x20xf32>, tensor<?x4xf32>, !braid.weight<2x8x20, f32>,
       !braid.weight<2x6x20, f32>, !braid.latent<rank = 20, rope = 4, f16>, index)
    -> (tensor<?x12xf32>, !braid.latent<rank = 20, rope = 4, f16>)
  return %o, %0 : tensor<?x12xf32>, tensor<?x20xf32>
}
