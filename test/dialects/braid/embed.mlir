// RUN: braid-opt %s | braid-opt | FileCheck %s

// A scale of one is the default and is not printed.
// CHECK-LABEL: func.func @embed
// CHECK-SAME:    %[[IDS:.*]]: tensor<?xi32>, %[[W:.*]]: !braid.weight<1003x64, q8_0>
func.func @embed(%ids: tensor<?xi32>, %w: !braid.weight<1003x64, q8_0>) -> (tensor<?x64xf32>, tensor<?x64xf32>) {
  // CHECK: braid.embed %[[IDS]], %[[W]] : (tensor<?xi32>, !braid.weight<1003x64, q8_0>) -> tensor<?x64xf32>
  %0 = braid.embed %ids, %w : (tensor<?xi32>, !braid.weight<1003x64, q8_0>) -> tensor<?x64xf32>
  // CHECK: braid.embed %[[IDS]], %[[W]] {scale = 8.000000e+00 : f64}
  %1 = braid.embed %ids, %w {scale = 8.0} : (tensor<?xi32>, !braid.weight<1003x64, q8_0>) -> tensor<?x64xf32>
  return %0, %1 : tensor<?x64xf32>, tensor<?x64xf32>
}
