// RUN: braid-opt %s | braid-opt | FileCheck %s

// CHECK-LABEL: func.func @heads
// CHECK-SAME:    %[[X:.*]]: tensor<?x64xf32>
func.func @heads(%x: tensor<?x64xf32>) -> tensor<?x64xf32> {
  // CHECK: %[[S:.*]] = braid.head_sum %[[X]] {heads = 4 : i64} : (tensor<?x64xf32>) -> tensor<?x4xf32>
  %0 = braid.head_sum %x {heads = 4 : i64} : (tensor<?x64xf32>) -> tensor<?x4xf32>
  // CHECK: %[[B:.*]] = braid.broadcast %[[S]] : (tensor<?x4xf32>) -> tensor<?x64xf32>
  %1 = braid.broadcast %0 : (tensor<?x4xf32>) -> tensor<?x64xf32>
  // CHECK: %[[L:.*]] = braid.l2_norm %[[B]] {epsilon = 1.000000e-03 : f64} : (tensor<?x64xf32>) -> tensor<?x64xf32>
  %2 = braid.l2_norm %1 {epsilon = 1.0e-03} : (tensor<?x64xf32>) -> tensor<?x64xf32>
  // CHECK: braid.l2_norm %[[L]] {epsilon = 0.000000e+00 : f64, heads = 4 : i64, scale = 2.500000e-01 : f64}
  %3 = braid.l2_norm %2 {epsilon = 0.0, heads = 4 : i64, scale = 0.25} : (tensor<?x64xf32>) -> tensor<?x64xf32>
  return %3 : tensor<?x64xf32>
}
