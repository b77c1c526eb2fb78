// RUN: braid-opt %s --pass-pipeline="builtin.module(func.func(braid-form-kernels))" | FileCheck %s

// What computes a tensor becomes a kernel of its own.
// CHECK-LABEL: func.func @each_op_is_a_kernel
// CHECK-NEXT:    %[[E:.*]] = braid.kernel
// CHECK-NEXT:      braid.embed
// CHECK:         %[[A:.*]] = braid.kernel({{.*}} = %[[E]])
// CHECK-NEXT:      braid.activate
// CHECK:         return %[[A]]
func.func @each_op_is_a_kernel(%ids: tensor<?xi32>, %w: !braid.weight<99x64, f32>) -> tensor<?x64xf32> {
  %0 = braid.embed %ids, %w : (tensor<?xi32>, !braid.weight<99x64, f32>) -> tensor<?x64xf32>
  %1 = braid.activate silu %0 : tensor<?x64xf32>
  return %1 : tensor<?x64xf32>
}

func.func private @layer(tensor<?x64xf32>) -> tensor<?x64xf32>

// Views, calls, weights and numbers are no kernels.
// CHECK-LABEL: func.func @no_kernels
// CHECK-NOT:     braid.kernel
// CHECK:         return
func.func @no_kernels(%x: tensor<?x64xf32>) -> (tensor<?x64xf32>, !braid.weight<64, f32>) {
  %one = arith.constant 1 : index
  %w = braid.weight "norm" : !braid.weight<64, f32>
  %0 = func.call @layer(%x) : (tensor<?x64xf32>) -> tensor<?x64xf32>
  %1 = braid.tail %0, %one : (tensor<?x64xf32>, index) -> tensor<?x64xf32>
  %2 = func.call @layer(%1) : (tensor<?x64xf32>) -> tensor<?x64xf32>
  return %2, %w : tensor<?x64xf32>, !braid.weight<64, f32>
}

// A kernel that is there is not wrapped again.
// CHECK-LABEL: func.func @kernels_stay
// CHECK-COUNT-1: braid.kernel
// CHECK-NOT:     braid.kernel
// CHECK:         return
func.func @kernels_stay(%x: tensor<?x64xf32>) -> tensor<?x64xf32> {
  %0 = braid.kernel(%a = %x) : (tensor<?x64xf32>) -> tensor<?x64xf32> {
    %1 = braid.activate silu %a : tensor<?x64xf32>
    braid.yield %1 : tensor<?x64xf32>
  }
  return %0 : tensor<?x64xf32>
}

// What the regions of an op read comes in by the kernel's arguments.
// CHECK-LABEL: func.func @regions_read_arguments
// CHECK-SAME:    %[[C:.*]]: i1, %[[X:.*]]: tensor<?x64xf32>, %[[Y:.*]]: tensor<?x64xf32>
// CHECK-NEXT:    braid.kernel(%[[C0:.*]] = %[[C]], %[[X0:.*]] = %[[X]], %[[Y0:.*]] = %[[Y]])
// CHECK-NEXT:      scf.if %[[C0]]
// CHECK-NEXT:        scf.yield %[[X0]]
// CHECK:             scf.yield %[[Y0]]
func.func @regions_read_arguments(%c: i1, %x: tensor<?x64xf32>, %y: tensor<?x64xf32>) -> tensor<?x64xf32> {
  %0 = scf.if %c -> tensor<?x64xf32> {
    scf.yield %x : tensor<?x64xf32>
  } else {
    scf.yield %y : tensor<?x64xf32>
  }
  return %0 : tensor<?x64xf32>
}

// A caller's place is written by a kernel: arguments, views and what is returned twice are copied there.
// CHECK-LABEL: func.func @copies
// CHECK-SAME:    %[[X:.*]]: tensor<?x64xf32>, %[[N:.*]]: index
// CHECK:         %[[K:.*]] = braid.kernel
// CHECK:           braid.activate
// CHECK:         %[[T:.*]] = braid.tail %[[K]]
// CHECK:         %[[A:.*]] = braid.kernel(%[[XC:.*]] = %[[X]])
// CHECK-NEXT:      braid.yield %[[XC]]
// CHECK:         %[[B:.*]] = braid.kernel(%[[TC:.*]] = %[[T]])
// CHECK-NEXT:      braid.yield %[[TC]]
// CHECK:         %[[C:.*]] = braid.kernel(%[[KC:.*]] = %[[K]])
// CHECK-NEXT:      braid.yield %[[KC]]
// CHECK:         return %[[A]], %[[B]], %[[K]], %[[C]], %[[N]]
func.func @copies(%x: tensor<?x64xf32>, %n: index) -> (tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>, index) {
  %0 = braid.activate silu %x : tensor<?x64xf32>
  %1 = braid.tail %0, %n : (tensor<?x64xf32>, index) -> tensor<?x64xf32>
  return %x, %1, %0, %0, %n : tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>, index
}
