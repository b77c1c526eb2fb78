// RUN: braid-opt %s | braid-opt | FileCheck %s

// A linear map without and with a bias prints as it was read.
// CHECK-LABEL: func.func @linear
// CHECK-SAME:    %[[X:.*]]: tensor<?x64xf32>, %[[W:.*]]: !braid.weight<32x64, q4_1>, %[[B:.*]]: !braid.weight<32, f32>
func.func @linear(%x: tensor<?x64xf32>, %w: !braid.weight<32x64, q4_1>, %b: !braid.weight<32, f32>)
    -> (tensor<?x32xf32>, tensor<?x32xf32>) {
  // CHECK: braid.linear %[[X]], %[[W]] : (tensor<?x64xf32>, !braid.weight<32x64, q4_1>) -> tensor<?x32xf32>
  %0 = braid.linear %x, %w : (tensor<?x64xf32>, !braid.weight<32x64, q4_1>) -> tensor<?x32xf32>
  // CHECK: braid.linear %[[X]], %[[W]] bias %[[B]] : (tensor<?x64xf32>, !braid.weight<32x64, q4_1>, !braid.weight<32, f32>) -> tensor<?x32xf32>
  %1 = braid.linear %x, %w bias %b
    : (tensor<?x64xf32>, !braid.weight<32x64, q4_1>, !braid.weight<32, f32>) -> tensor<?x32xf32>
  return %0, %1 : tensor<?x32xf32>, tensor<?x32xf32>
}
