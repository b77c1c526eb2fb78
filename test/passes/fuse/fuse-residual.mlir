// RUN: braid-opt %s --pass-pipeline="builtin.module(func.func(braid-fuse-linears,braid-fuse-gate,braid-fuse-residual))" | FileCheck %s

// The residual stream on the left is added where the map ends.
// CHECK-LABEL: func.func @residual_on_the_left
// CHECK-SAME:    %[[X:.*]]: tensor<?x64xf32>, %[[R:.*]]: tensor<?x64xf32>, %[[W:.*]]: !braid
// CHECK-NEXT:    braid.kernel(%[[X0:.*]] = %[[X]], %[[W0:.*]] = %[[W]], %[[R0:.*]] = %[[R]])
// CHECK-NEXT:      %[[L:.*]] = braid.linear %[[X0]], %[[W0]]
// CHECK-NEXT:      %[[S:.*]] = arith.addf %[[R0]], %[[L]]
// CHECK-NEXT:      braid.yield %[[S]]
func.func @residual_on_the_left(%x: tensor<?x64xf32>, %r: tensor<?x64xf32>, %w: !braid.weight<64x64, f32>) -> tensor<?x64xf32> {
  %0 = braid.linear %x, %w : (tensor<?x64xf32>, !braid.weight<64x64, f32>) -> tensor<?x64xf32>
  %1 = arith.addf %r, %0 : tensor<?x64xf32>
  return %1 : tensor<?x64xf32>
}

// On the right it is added as well.
// CHECK-LABEL: func.func @residual_on_the_right
// CHECK-NEXT:    braid.kernel
// CHECK-NEXT:      %[[L:.*]] = braid.linear
// CHECK-NEXT:      arith.addf %[[L]], %{{.*}}
// CHECK-NOT:     arith.addf
func.func @residual_on_the_right(%x: tensor<?x64xf32>, %r: tensor<?x64xf32>, %w: !braid.weight<64x64, f32>) -> tensor<?x64xf32> {
  %0 = braid.linear %x, %w : (tensor<?x64xf32>, !braid.weight<64x64, f32>) -> tensor<?x64xf32>
  %1 = arith.addf %0, %r : tensor<?x64xf32>
  return %1 : tensor<?x64xf32>
}

// The residual may be what the map reads: the kernel has it once.
// CHECK-LABEL: func.func @residual_is_the_input
// CHECK-SAME:    %[[X:.*]]: tensor<?x64xf32>, %[[W:.*]]: !braid
// CHECK-NEXT:    braid.kernel(%[[X0:.*]] = %[[X]], %[[W0:.*]] = %[[W]]) :
// CHECK-NEXT:      %[[L:.*]] = braid.linear %[[X0]], %[[W0]]
// CHECK-NEXT:      arith.addf %[[X0]], %[[L]]
func.func @residual_is_the_input(%x: tensor<?x64xf32>, %w: !braid.weight<64x64, f32>) -> tensor<?x64xf32> {
  %0 = braid.linear %x, %w : (tensor<?x64xf32>, !braid.weight<64x64, f32>) -> tensor<?x64xf32>
  %1 = arith.addf %x, %0 : tensor<?x64xf32>
  return %1 : tensor<?x64xf32>
}

// Of two maps the later one ends with the sum; the earlier one is its residual.
// CHECK-LABEL: func.func @sum_of_two_maps
// CHECK:         %[[A:.*]] = braid.kernel
// CHECK:           braid.linear
// CHECK-NEXT:      braid.yield
// CHECK:         braid.kernel({{.*}} = %[[A]])
// CHECK:           arith.addf
func.func @sum_of_two_maps(%x: tensor<?x64xf32>, %y: tensor<?x64xf32>, %w: !braid.weight<64x64, f32>) -> tensor<?x64xf32> {
  %0 = braid.linear %x, %w : (tensor<?x64xf32>, !braid.weight<64x64, f32>) -> tensor<?x64xf32>
  %1 = braid.linear %y, %w : (tensor<?x64xf32>, !braid.weight<64x64, f32>) -> tensor<?x64xf32>
  %2 = arith.addf %0, %1 : tensor<?x64xf32>
  return %2 : tensor<?x64xf32>
}

// A kernel takes one residual; the second one is added behind it.
// CHECK-LABEL: func.func @one_residual
// CHECK:         %[[K:.*]] = braid.kernel
// CHECK:           arith.addf
// CHECK-NEXT:      braid.yield
// CHECK:         arith.addf %[[K]]
func.func @one_residual(%x: tensor<?x64xf32>, %r: tensor<?x64xf32>, %s: tensor<?x64xf32>, %w: !braid.weight<64x64, f32>) -> tensor<?x64xf32> {
  %0 = braid.linear %x, %w : (tensor<?x64xf32>, !braid.weight<64x64, f32>) -> tensor<?x64xf32>
  %1 = arith.addf %0, %r : tensor<?x64xf32>
  %2 = arith.addf %1, %s : tensor<?x64xf32>
  return %2 : tensor<?x64xf32>
}

// A result that somebody else reads must be written before the sum.
// CHECK-LABEL: func.func @another_reader
// CHECK:         %[[K:.*]] = braid.kernel
// CHECK:         %[[S:.*]] = arith.addf %{{.*}}, %[[K]]
// CHECK:         return %[[S]], %[[K]]
func.func @another_reader(%x: tensor<?x64xf32>, %r: tensor<?x64xf32>, %w: !braid.weight<64x64, f32>) -> (tensor<?x64xf32>, tensor<?x64xf32>) {
  %0 = braid.linear %x, %w : (tensor<?x64xf32>, !braid.weight<64x64, f32>) -> tensor<?x64xf32>
  %1 = arith.addf %r, %0 : tensor<?x64xf32>
  return %1, %0 : tensor<?x64xf32>, tensor<?x64xf32>
}

// A map that is added to itself has two readers in one.
// CHECK-LABEL: func.func @doubled
// CHECK:         %[[K:.*]] = braid.kernel
// CHECK:         arith.addf %[[K]], %[[K]]
func.func @doubled(%x: tensor<?x64xf32>, %w: !braid.weight<64x64, f32>) -> tensor<?x64xf32> {
  %0 = braid.linear %x, %w : (tensor<?x64xf32>, !braid.weight<64x64, f32>) -> tensor<?x64xf32>
  %1 = arith.addf %0, %0 : tensor<?x64xf32>
  return %1 : tensor<?x64xf32>
}

// A contraction of several results has several ends: the sum stays outside.
// CHECK-LABEL: func.func @several_results
// CHECK:         %[[K:.*]]:2 = braid.kernel
// CHECK:         arith.addf %{{.*}}, %[[K]]#0
func.func @several_results(%x: tensor<?x64xf32>, %r: tensor<?x64xf32>, %a: !braid.weight<64x64, f32>, %b: !braid.weight<64x64, f32>) -> (tensor<?x64xf32>, tensor<?x64xf32>) {
  %0 = braid.linear %x, %a : (tensor<?x64xf32>, !braid.weight<64x64, f32>) -> tensor<?x64xf32>
  %1 = braid.linear %x, %b : (tensor<?x64xf32>, !braid.weight<64x64, f32>) -> tensor<?x64xf32>
  %2 = arith.addf %r, %0 : tensor<?x64xf32>
  return %2, %1 : tensor<?x64xf32>, tensor<?x64xf32>
}

// A mixture of experts starts from the residual.
// CHECK-LABEL: func.func @experts
// CHECK:         %[[K:.*]] = braid.kernel
// CHECK:           %[[Y:.*]] = braid.experts
// CHECK:           arith.addf %{{.*}}, %[[Y]]
// CHECK:         return %[[K]]
func.func @experts(%x: tensor<?x8xf32>, %r: tensor<?x8xf32>, %i: tensor<?x2xi32>, %w: tensor<?x2xf32>, %u: !braid.weight<4x6x8, f32>, %d: !braid.weight<4x8x6, f32>)
    -> tensor<?x8xf32> {
  %0 = braid.experts relu %x, %i, %w, up %u, down %d
    : (tensor<?x8xf32>, tensor<?x2xi32>, tensor<?x2xf32>, !braid.weight<4x6x8, f32>, !braid.weight<4x8x6, f32>) -> tensor<?x8xf32>
  %1 = arith.addf %r, %0 : tensor<?x8xf32>
  return %1 : tensor<?x8xf32>
}

// Two blocks side by side add to the stream one after the other.
// CHECK-LABEL: func.func @two_blocks
// CHECK-SAME:    %[[X:.*]]: tensor<?x8xf32>, %[[R:.*]]: tensor<?x8xf32>, %[[I:.*]]: tensor
// CHECK-NEXT:    %[[E:.*]] = braid.kernel
// CHECK:           %[[Y:.*]] = braid.experts
// CHECK:           arith.addf %{{.*}}, %[[Y]]
// CHECK:         %[[K:.*]] = braid.kernel({{.*}}, %[[E0:.*]] = %[[E]])
// CHECK-NEXT:      %[[L:.*]] = braid.linear
// CHECK-NEXT:      arith.addf %[[E0]], %[[L]]
// CHECK:         return %[[K]]
func.func @two_blocks(%x: tensor<?x8xf32>, %r: tensor<?x8xf32>, %i: tensor<?x2xi32>, %w: tensor<?x2xf32>, %u: !braid.weight<4x6x8, f32>, %d: !braid.weight<4x8x6, f32>, %a: !braid.weight<8x8, f32>)
    -> tensor<?x8xf32> {
  %0 = braid.experts relu %x, %i, %w, up %u, down %d
    : (tensor<?x8xf32>, tensor<?x2xi32>, tensor<?x2xf32>, !braid.weight<4x6x8, f32>, !braid.weight<4x8x6, f32>) -> tensor<?x8xf32>
  %1 = braid.linear %x, %a : (tensor<?x8xf32>, !braid.weight<8x8, f32>) -> tensor<?x8xf32>
  %2 = arith.addf %0, %1 : tensor<?x8xf32>
  %3 = arith.addf %r, %2 : tensor<?x8xf32>
  return %3 : tensor<?x8xf32>
}

// What works row by row adds first, as it costs nothing there.
// CHECK-LABEL: func.func @rows_and_map
// CHECK:         %[[G:.*]] = arith.mulf
// CHECK:         %[[F:.*]] = arith.addf %{{.*}}, %[[G]]
// CHECK:         %[[K:.*]] = braid.kernel({{.*}} = %[[F]])
// CHECK:           braid.linear
// CHECK:           arith.addf
// CHECK:         return %[[K]]
func.func @rows_and_map(%x: tensor<?x8xf32>, %r: tensor<?x8xf32>, %g: tensor<?x8xf32>, %a: !braid.weight<8x8, f32>) -> tensor<?x8xf32> {
  %0 = braid.linear %x, %a : (tensor<?x8xf32>, !braid.weight<8x8, f32>) -> tensor<?x8xf32>
  %1 = arith.mulf %x, %g : tensor<?x8xf32>
  %2 = arith.addf %1, %0 : tensor<?x8xf32>
  %3 = arith.addf %2, %r : tensor<?x8xf32>
  return %3 : tensor<?x8xf32>
}
