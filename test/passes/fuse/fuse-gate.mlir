// RUN: braid-opt %s --pass-pipeline="builtin.module(func.func(braid-fuse-linears,braid-fuse-gate))" | FileCheck %s

// Gate, nonlinearity and up become one kernel with one result.
// CHECK-LABEL: func.func @gate_before_up
// CHECK-NEXT:    %[[R:.*]] = braid.kernel
// CHECK-NEXT:      %[[G:.*]] = braid.linear
// CHECK-NEXT:      %[[U:.*]] = braid.linear
// CHECK-NEXT:      %[[S:.*]] = braid.activate silu %[[G]]
// CHECK-NEXT:      %[[M:.*]] = arith.mulf %[[S]], %[[U]]
// CHECK-NEXT:      braid.yield %[[M]]
// CHECK:         return %[[R]]
func.func @gate_before_up(%x: tensor<?x64xf32>, %a: !braid.weight<32x64, f32>, %b: !braid.weight<32x64, f32>) -> tensor<?x32xf32> {
  %0 = braid.linear %x, %a : (tensor<?x64xf32>, !braid.weight<32x64, f32>) -> tensor<?x32xf32>
  %1 = braid.linear %x, %b : (tensor<?x64xf32>, !braid.weight<32x64, f32>) -> tensor<?x32xf32>
  %2 = braid.activate silu %0 : tensor<?x32xf32>
  %3 = arith.mulf %2, %1 : tensor<?x32xf32>
  return %3 : tensor<?x32xf32>
}

// The order of the two maps, and of the product's operands, does not matter.
// CHECK-LABEL: func.func @up_before_gate
// CHECK-NEXT:    braid.kernel
// CHECK-NEXT:      %[[U:.*]] = braid.linear
// CHECK-NEXT:      %[[G:.*]] = braid.linear
// CHECK-NEXT:      %[[S:.*]] = braid.activate gelu_tanh %[[G]]
// CHECK-NEXT:      arith.mulf %[[U]], %[[S]]
// CHECK-NOT:     arith.mulf
func.func @up_before_gate(%x: tensor<?x64xf32>, %a: !braid.weight<32x64, f32>, %b: !braid.weight<32x64, f32>) -> tensor<?x32xf32> {
  %0 = braid.linear %x, %a : (tensor<?x64xf32>, !braid.weight<32x64, f32>) -> tensor<?x32xf32>
  %1 = braid.linear %x, %b : (tensor<?x64xf32>, !braid.weight<32x64, f32>) -> tensor<?x32xf32>
  %2 = braid.activate gelu_tanh %1 : tensor<?x32xf32>
  %3 = arith.mulf %0, %2 : tensor<?x32xf32>
  return %3 : tensor<?x32xf32>
}

// A nonlinearity behind a single map joins it.
// CHECK-LABEL: func.func @lone_activation
// CHECK-NEXT:    braid.kernel
// CHECK-NEXT:      %[[L:.*]] = braid.linear
// CHECK-NEXT:      %[[S:.*]] = braid.activate relu2 %[[L]]
// CHECK-NEXT:      braid.yield %[[S]]
func.func @lone_activation(%x: tensor<?x64xf32>, %a: !braid.weight<32x64, f32>) -> tensor<?x32xf32> {
  %0 = braid.linear %x, %a : (tensor<?x64xf32>, !braid.weight<32x64, f32>) -> tensor<?x32xf32>
  %1 = braid.activate relu2 %0 : tensor<?x32xf32>
  return %1 : tensor<?x32xf32>
}

// A product with something else is no gate, but the nonlinearity joins its map.
// CHECK-LABEL: func.func @product_with_another_value
// CHECK:         %[[K:.*]] = braid.kernel
// CHECK:           braid.activate
// CHECK-NEXT:      braid.yield
// CHECK:         arith.mulf %[[K]], %{{.*}}
func.func @product_with_another_value(%x: tensor<?x64xf32>, %y: tensor<?x32xf32>, %a: !braid.weight<32x64, f32>) -> tensor<?x32xf32> {
  %0 = braid.linear %x, %a : (tensor<?x64xf32>, !braid.weight<32x64, f32>) -> tensor<?x32xf32>
  %1 = braid.activate silu %0 : tensor<?x32xf32>
  %2 = arith.mulf %1, %y : tensor<?x32xf32>
  return %2 : tensor<?x32xf32>
}

// A gate that somebody else reads must be written: nothing joins.
// CHECK-LABEL: func.func @gate_has_another_reader
// CHECK:         %[[K:.*]]:2 = braid.kernel
// CHECK:         braid.activate silu %[[K]]#0
// CHECK:         arith.mulf
func.func @gate_has_another_reader(%x: tensor<?x64xf32>, %a: !braid.weight<32x64, f32>, %b: !braid.weight<32x64, f32>) -> (tensor<?x32xf32>, tensor<?x32xf32>) {
  %0 = braid.linear %x, %a : (tensor<?x64xf32>, !braid.weight<32x64, f32>) -> tensor<?x32xf32>
  %1 = braid.linear %x, %b : (tensor<?x64xf32>, !braid.weight<32x64, f32>) -> tensor<?x32xf32>
  %2 = braid.activate silu %0 : tensor<?x32xf32>
  %3 = arith.mulf %2, %1 : tensor<?x32xf32>
  return %3, %0 : tensor<?x32xf32>, tensor<?x32xf32>
}

// An activated gate that somebody else reads must be written too.
// CHECK-LABEL: func.func @activation_has_another_reader
// CHECK:         %[[K:.*]]:2 = braid.kernel
// CHECK:         %[[S:.*]] = braid.activate silu %[[K]]#0
// CHECK:         arith.mulf %[[S]], %[[K]]#1
func.func @activation_has_another_reader(%x: tensor<?x64xf32>, %a: !braid.weight<32x64, f32>, %b: !braid.weight<32x64, f32>) -> (tensor<?x32xf32>, tensor<?x32xf32>) {
  %0 = braid.linear %x, %a : (tensor<?x64xf32>, !braid.weight<32x64, f32>) -> tensor<?x32xf32>
  %1 = braid.linear %x, %b : (tensor<?x64xf32>, !braid.weight<32x64, f32>) -> tensor<?x32xf32>
  %2 = braid.activate silu %0 : tensor<?x32xf32>
  %3 = arith.mulf %2, %1 : tensor<?x32xf32>
  return %3, %2 : tensor<?x32xf32>, tensor<?x32xf32>
}

// With both halves activated neither is the other's gate.
// CHECK-LABEL: func.func @both_halves_activated
// CHECK:         %[[K:.*]]:2 = braid.kernel
// CHECK:         braid.activate silu %[[K]]#0
// CHECK:         braid.activate relu %[[K]]#1
// CHECK:         arith.mulf
func.func @both_halves_activated(%x: tensor<?x64xf32>, %a: !braid.weight<32x64, f32>, %b: !braid.weight<32x64, f32>) -> tensor<?x32xf32> {
  %0 = braid.linear %x, %a : (tensor<?x64xf32>, !braid.weight<32x64, f32>) -> tensor<?x32xf32>
  %1 = braid.linear %x, %b : (tensor<?x64xf32>, !braid.weight<32x64, f32>) -> tensor<?x32xf32>
  %2 = braid.activate silu %0 : tensor<?x32xf32>
  %3 = braid.activate relu %1 : tensor<?x32xf32>
  %4 = arith.mulf %2, %3 : tensor<?x32xf32>
  return %4 : tensor<?x32xf32>
}

// A nonlinearity of something that is no map stays outside.
// CHECK-LABEL: func.func @no_map
// CHECK-NOT:     braid.kernel
// CHECK:         braid.activate
func.func @no_map(%x: tensor<?x64xf32>) -> tensor<?x64xf32> {
  %0 = braid.activate silu %x : tensor<?x64xf32>
  return %0 : tensor<?x64xf32>
}
