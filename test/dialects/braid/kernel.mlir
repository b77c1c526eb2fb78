// RUN: braid-opt %s | braid-opt | FileCheck %s

// A kernel names each operand by the argument that its body reads.
// CHECK-LABEL: func.func @kernel
// CHECK-SAME:    %[[X:.*]]: tensor<?x64xf32>, %[[W:.*]]: !braid.weight<32x64, f32>
func.func @kernel(%x: tensor<?x64xf32>, %w: !braid.weight<32x64, f32>) -> (tensor<?x32xf32>, tensor<?x32xf32>) {
  // CHECK:      braid.kernel(%[[A:.*]] = %[[X]], %[[B:.*]] = %[[W]]) : (tensor<?x64xf32>, !braid.weight<32x64, f32>) -> (tensor<?x32xf32>, tensor<?x32xf32>) {
  // CHECK-NEXT:   %[[L:.*]] = braid.linear %[[A]], %[[B]]
  // CHECK-NEXT:   %[[Y:.*]] = braid.activate silu %[[L]]
  // CHECK-NEXT:   braid.yield %[[L]], %[[Y]] : tensor<?x32xf32>, tensor<?x32xf32>
  %y:2 = braid.kernel(%a = %x, %b = %w)
      : (tensor<?x64xf32>, !braid.weight<32x64, f32>) -> (tensor<?x32xf32>, tensor<?x32xf32>) {
    %l = braid.linear %a, %b : (tensor<?x64xf32>, !braid.weight<32x64, f32>) -> tensor<?x32xf32>
    %s = braid.activate silu %l : tensor<?x32xf32>
    braid.yield %l, %s : tensor<?x32xf32>, tensor<?x32xf32>
  }
  return %y#0, %y#1 : tensor<?x32xf32>, tensor<?x32xf32>
}

// Attributes stand before the types.
// CHECK-LABEL: func.func @attributes
func.func @attributes() {
  // CHECK:      braid.kernel() attributes {note = "empty"} : () -> () {
  // CHECK-NEXT:   braid.yield
  braid.kernel() attributes {note = "empty"} : () -> () {
    braid.yield
  }
  return
}

// A kernel without results may leave its terminator out.
// CHECK-LABEL: func.func @no_terminator
func.func @no_terminator() {
  // CHECK:      braid.kernel() : () -> () {
  // CHECK-NEXT:   braid.yield
  braid.kernel() : () -> () {
  }
  return
}
