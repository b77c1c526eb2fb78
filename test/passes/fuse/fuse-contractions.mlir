// RUN: braid-opt %s --pass-pipeline="builtin.module(func.func(braid-fuse-contractions))" | FileCheck %s

// Maps of different tokens that wait for nothing of each other are one kernel, with what was fused around them; what
// waits for one of them is in the next.
// CHECK-LABEL: func.func @by_depth
// CHECK:         %[[A:.*]]:3 = braid.kernel
// CHECK:           braid.linear
// CHECK-NEXT:      braid.linear
// CHECK-NEXT:      braid.activate tanh
// CHECK-NEXT:      braid.linear
// CHECK-NEXT:      braid.yield
// CHECK:         %[[B:.*]]:2 = braid.kernel(
// CHECK:           braid.linear
// CHECK-NEXT:      braid.linear
// CHECK-NEXT:      braid.yield
// CHECK:         return %[[A]]#0, %[[B]]#1, %[[B]]#0
func.func @by_depth(%x: tensor<?x32xf32>, %y: tensor<?x32xf32>, %z: tensor<?x32xf32>, %wr: !braid.weight<32x32, f32>, %w1: !braid.weight<8x32, f32>, %w2: !braid.weight<32x8, f32>, %a1: !braid.weight<4x32, f32>, %a2: !braid.weight<32x4, f32>) -> (tensor<?x32xf32>, tensor<?x32xf32>, tensor<?x32xf32>) {
  %r = braid.linear %x, %wr : (tensor<?x32xf32>, !braid.weight<32x32, f32>) -> tensor<?x32xf32>
  %d = braid.kernel(%i = %y, %w = %w1) : (tensor<?x32xf32>, !braid.weight<8x32, f32>) -> tensor<?x8xf32> {
    %0 = braid.linear %i, %w : (tensor<?x32xf32>, !braid.weight<8x32, f32>) -> tensor<?x8xf32>
    %1 = braid.activate tanh %0 : tensor<?x8xf32>
    braid.yield %1 : tensor<?x8xf32>
  }
  %d2 = braid.linear %d, %w2 : (tensor<?x8xf32>, !braid.weight<32x8, f32>) -> tensor<?x32xf32>
  %a = braid.linear %z, %a1 : (tensor<?x32xf32>, !braid.weight<4x32, f32>) -> tensor<?x4xf32>
  %e2 = braid.linear %a, %a2 : (tensor<?x4xf32>, !braid.weight<32x4, f32>) -> tensor<?x32xf32>
  return %r, %d2, %e2 : tensor<?x32xf32>, tensor<?x32xf32>, tensor<?x32xf32>
}

// One that waits for the other through something else stays apart.
// CHECK-LABEL: func.func @one_after_the_other
// CHECK-NOT:     braid.kernel
// CHECK:         return
func.func @one_after_the_other(%x: tensor<?x32xf32>, %a: !braid.weight<32x32, f32>, %b: !braid.weight<32x32, f32>) -> tensor<?x32xf32> {
  %0 = braid.linear %x, %a : (tensor<?x32xf32>, !braid.weight<32x32, f32>) -> tensor<?x32xf32>
  %1 = braid.activate silu %0 : tensor<?x32xf32>
  %2 = braid.linear %1, %b : (tensor<?x32xf32>, !braid.weight<32x32, f32>) -> tensor<?x32xf32>
  return %2 : tensor<?x32xf32>
}
