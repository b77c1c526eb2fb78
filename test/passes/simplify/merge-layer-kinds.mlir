// RUN: braid-opt %s --braid-merge-layer-kinds | FileCheck %s
// RUN: braid-opt %s | FileCheck %s --check-prefix=BEFORE

// The first of equal layers stays.
// CHECK-LABEL: func.func private @first
func.func private @first(%x: tensor<?x64xf32>, %w: !braid.weight<64x64, f32>) -> tensor<?x64xf32> {
  %0 = braid.linear %x, %w : (tensor<?x64xf32>, !braid.weight<64x64, f32>) -> tensor<?x64xf32>
  return %0 : tensor<?x64xf32>
}

// CHECK-NOT: @second
// CHECK-LABEL: func.func private @quantised
// CHECK-LABEL: func.func private @activated
// CHECK-LABEL: func.func private @attributed
// CHECK-LABEL: func.func @visible
// CHECK-LABEL: func.func private @calls_first
// CHECK-NOT: @calls_second
// CHECK-LABEL: func.func @main

// This layer is the first one under another name (@second): its callers call the first.
// BEFORE-LABEL: func.func private @second
func.func private @second(%x: tensor<?x64xf32>, %w: !braid.weight<64x64, f32>) -> tensor<?x64xf32> {
  %0 = braid.linear %x, %w : (tensor<?x64xf32>, !braid.weight<64x64, f32>) -> tensor<?x64xf32>
  return %0 : tensor<?x64xf32>
}

// Weights that are stored differently make another kind (@quantised).
func.func private @quantised(%x: tensor<?x64xf32>, %w: !braid.weight<64x64, q8_0>) -> tensor<?x64xf32> {
  %0 = braid.linear %x, %w : (tensor<?x64xf32>, !braid.weight<64x64, q8_0>) -> tensor<?x64xf32>
  return %0 : tensor<?x64xf32>
}

// A different body is another kind (@activated).
func.func private @activated(%x: tensor<?x64xf32>, %w: !braid.weight<64x64, f32>) -> tensor<?x64xf32> {
  %0 = braid.linear %x, %w : (tensor<?x64xf32>, !braid.weight<64x64, f32>) -> tensor<?x64xf32>
  %1 = braid.activate silu %0 : tensor<?x64xf32>
  return %1 : tensor<?x64xf32>
}

// A function that differs in an attribute is another kind (@attributed).
func.func private @attributed(%x: tensor<?x64xf32>, %w: !braid.weight<64x64, f32>) -> tensor<?x64xf32> attributes {llvm.emit_c_interface} {
  %0 = braid.linear %x, %w : (tensor<?x64xf32>, !braid.weight<64x64, f32>) -> tensor<?x64xf32>
  return %0 : tensor<?x64xf32>
}

// What is seen from outside stays (@visible).
func.func @visible(%x: tensor<?x64xf32>, %w: !braid.weight<64x64, f32>) -> tensor<?x64xf32> {
  %0 = braid.linear %x, %w : (tensor<?x64xf32>, !braid.weight<64x64, f32>) -> tensor<?x64xf32>
  return %0 : tensor<?x64xf32>
}

// Functions that call equal functions are equal (@calls_first).
func.func private @calls_first(%x: tensor<?x64xf32>, %w: !braid.weight<64x64, f32>) -> tensor<?x64xf32> {
  %0 = call @first(%x, %w) : (tensor<?x64xf32>, !braid.weight<64x64, f32>) -> tensor<?x64xf32>
  %1 = braid.activate silu %0 : tensor<?x64xf32>
  return %1 : tensor<?x64xf32>
}

// This is known only once @second is @first (@calls_second).
// BEFORE-LABEL: func.func private @calls_second
func.func private @calls_second(%x: tensor<?x64xf32>, %w: !braid.weight<64x64, f32>) -> tensor<?x64xf32> {
  %0 = call @second(%x, %w) : (tensor<?x64xf32>, !braid.weight<64x64, f32>) -> tensor<?x64xf32>
  %1 = braid.activate silu %0 : tensor<?x64xf32>
  return %1 : tensor<?x64xf32>
}

// Calls, and any other use of the name, follow (@main).
// CHECK: call @first
// CHECK: call @first
// CHECK: call @quantised
// CHECK: call @activated
// CHECK: call @attributed
// CHECK: call @visible
// CHECK: call @calls_first
// CHECK: call @calls_first
// CHECK: constant @first
func.func @main(%x: tensor<?x64xf32>, %w: !braid.weight<64x64, f32>, %q: !braid.weight<64x64, q8_0>) -> (tensor<?x64xf32>, (tensor<?x64xf32>, !braid.weight<64x64, f32>) -> tensor<?x64xf32>) {
  %0 = call @first(%x, %w) : (tensor<?x64xf32>, !braid.weight<64x64, f32>) -> tensor<?x64xf32>
  %1 = call @second(%0, %w) : (tensor<?x64xf32>, !braid.weight<64x64, f32>) -> tensor<?x64xf32>
  %2 = call @quantised(%1, %q) : (tensor<?x64xf32>, !braid.weight<64x64, q8_0>) -> tensor<?x64xf32>
  %3 = call @activated(%2, %w) : (tensor<?x64xf32>, !braid.weight<64x64, f32>) -> tensor<?x64xf32>
  %4 = call @attributed(%3, %w) : (tensor<?x64xf32>, !braid.weight<64x64, f32>) -> tensor<?x64xf32>
  %5 = call @visible(%4, %w) : (tensor<?x64xf32>, !braid.weight<64x64, f32>) -> tensor<?x64xf32>
  %6 = call @calls_first(%5, %w) : (tensor<?x64xf32>, !braid.weight<64x64, f32>) -> tensor<?x64xf32>
  %7 = call @calls_second(%6, %w) : (tensor<?x64xf32>, !braid.weight<64x64, f32>) -> tensor<?x64xf32>
  %f = constant @second : (tensor<?x64xf32>, !braid.weight<64x64, f32>) -> tensor<?x64xf32>
  return %7, %f : tensor<?x64xf32>, (tensor<?x64xf32>, !braid.weight<64x64, f32>) -> tensor<?x64xf32>
}
