// RUN: braid-opt %s | braid-opt | FileCheck %s

// With and without a bias; a weight for one head or for all.
// CHECK-LABEL: func.func @layer_norm
// CHECK-SAME:    %[[X:.*]]: tensor<?x64xf32>, %[[G:.*]]: !braid.weight<64, f32>, %[[H:.*]]: !braid.weight<16, f32>
func.func @layer_norm(%x: tensor<?x64xf32>, %g: !braid.weight<64, f32>, %h: !braid.weight<16, f32>) -> tensor<?x64xf32> {
  // CHECK: %[[A:.*]] = braid.layer_norm %[[X]], %[[G]] {epsilon = 1.000000e-05 : f64} : (tensor<?x64xf32>, !braid.weight<64, f32>) -> tensor<?x64xf32>
  %0 = braid.layer_norm %x, %g {epsilon = 1.0e-05} : (tensor<?x64xf32>, !braid.weight<64, f32>) -> tensor<?x64xf32>
  // CHECK: %[[B:.*]] = braid.layer_norm %[[A]], %[[G]], %[[H]] {epsilon = 1.000000e-05 : f64, heads = 4 : i64}
  %1 = braid.layer_norm %0, %g, %h {epsilon = 1.0e-05, heads = 4 : i64}
    : (tensor<?x64xf32>, !braid.weight<64, f32>, !braid.weight<16, f32>) -> tensor<?x64xf32>
  // CHECK: braid.layer_norm %[[B]], %[[H]], %[[G]] {epsilon = 1.000000e-05 : f64, heads = 4 : i64}
  %2 = braid.layer_norm %1, %h, %g {epsilon = 1.0e-05, heads = 4 : i64}
    : (tensor<?x64xf32>, !braid.weight<16, f32>, !braid.weight<64, f32>) -> tensor<?x64xf32>
  return %2 : tensor<?x64xf32>
}
