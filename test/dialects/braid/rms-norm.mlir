// RUN: braid-opt %s | braid-opt | FileCheck %s

// One head is the default and is not printed.
// CHECK-LABEL: func.func @rms_norm
// CHECK-SAME:    %[[X:.*]]: tensor<?x64xf32>, %[[G:.*]]: !braid.weight<64, f32>, %[[H:.*]]: !braid.weight<16, f32>
func.func @rms_norm(%x: tensor<?x64xf32>, %g: !braid.weight<64, f32>, %h: !braid.weight<16, f32>)
    -> (tensor<?x64xf32>, tensor<?x64xf32>) {
  // CHECK: braid.rms_norm %[[X]], %[[G]] {epsilon = 1.000000e-05 : f64} : (tensor<?x64xf32>, !braid.weight<64, f32>) -> tensor<?x64xf32>
  %0 = braid.rms_norm %x, %g {epsilon = 1.0e-05} : (tensor<?x64xf32>, !braid.weight<64, f32>) -> tensor<?x64xf32>
  // CHECK: braid.rms_norm %[[X]], %[[H]] {epsilon = 1.000000e-05 : f64, heads = 4 : i64}
  %1 = braid.rms_norm %x, %h {epsilon = 1.0e-05, heads = 4 : i64}
    : (tensor<?x64xf32>, !braid.weight<16, f32>) -> tensor<?x64xf32>
  return %0, %1 : tensor<?x64xf32>, tensor<?x64xf32>
}
