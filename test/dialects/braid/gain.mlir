// RUN: braid-opt %s | braid-opt | FileCheck %s

// A number a head, and a number for a place in every head.
// CHECK-LABEL: func.func @vectors
// CHECK-SAME:    %[[X:.*]]: tensor<?x64xf32>, %[[W:.*]]: !braid.weight<16, f32>
func.func @vectors(%x: tensor<?x64xf32>, %w: !braid.weight<16, f32>) -> tensor<?x64xf32> {
  // CHECK: %[[A:.*]] = braid.gain %[[X]], %[[W]] : (tensor<?x64xf32>, !braid.weight<16, f32>) -> tensor<?x64xf32>
  %0 = braid.gain %x, %w : (tensor<?x64xf32>, !braid.weight<16, f32>) -> tensor<?x64xf32>
  // CHECK: %[[B:.*]] = braid.gain %[[A]], %[[W]] tiled : (tensor<?x64xf32>, !braid.weight<16, f32>) -> tensor<?x64xf32>
  %1 = braid.gain %0, %w tiled : (tensor<?x64xf32>, !braid.weight<16, f32>) -> tensor<?x64xf32>
  // CHECK: %[[C:.*]] = braid.bias %[[B]], %[[W]] : (tensor<?x64xf32>, !braid.weight<16, f32>) -> tensor<?x64xf32>
  %2 = braid.bias %1, %w : (tensor<?x64xf32>, !braid.weight<16, f32>) -> tensor<?x64xf32>
  // CHECK: %[[D:.*]] = braid.bias %[[C]], %[[W]] tiled : (tensor<?x64xf32>, !braid.weight<16, f32>) -> tensor<?x64xf32>
  %3 = braid.bias %2, %w tiled : (tensor<?x64xf32>, !braid.weight<16, f32>) -> tensor<?x64xf32>
  // CHECK: braid.scale %[[D]] {factor = 1.200000e+01 : f64} : tensor<?x64xf32>
  %4 = braid.scale %3 {factor = 12.0 : f64} : tensor<?x64xf32>
  return %4 : tensor<?x64xf32>
}
