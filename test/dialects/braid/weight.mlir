// RUN: braid-opt %s | braid-opt | FileCheck %s

// Every storage of a model file has a spelling.
// CHECK-LABEL: func.func @storages
func.func @storages() {
  // CHECK: braid.weight "norm.weight" : !braid.weight<7, f32>
  %0 = braid.weight "norm.weight" : !braid.weight<7, f32>
  // CHECK: braid.weight "a" : !braid.weight<5x7, f16>
  %1 = braid.weight "a" : !braid.weight<5x7, f16>
  // CHECK: braid.weight "a" : !braid.weight<5x7, bf16>
  %2 = braid.weight "a" : !braid.weight<5x7, bf16>
  // CHECK: braid.weight "a" : !braid.weight<5x96, q4_0>
  %3 = braid.weight "a" : !braid.weight<5x96, q4_0>
  // CHECK: braid.weight "a" : !braid.weight<5x96, q4_1>
  %4 = braid.weight "a" : !braid.weight<5x96, q4_1>
  // CHECK: braid.weight "a" : !braid.weight<5x96, q5_0>
  %5 = braid.weight "a" : !braid.weight<5x96, q5_0>
  // CHECK: braid.weight "a" : !braid.weight<5x96, q5_1>
  %6 = braid.weight "a" : !braid.weight<5x96, q5_1>
  // CHECK: braid.weight "a" : !braid.weight<5x96, q8_0>
  %7 = braid.weight "a" : !braid.weight<5x96, q8_0>
  // CHECK: braid.weight "a" : !braid.weight<5x512, q4_k>
  %8 = braid.weight "a" : !braid.weight<5x512, q4_k>
  // CHECK: braid.weight "a" : !braid.weight<5x512, q5_k>
  %9 = braid.weight "a" : !braid.weight<5x512, q5_k>
  // CHECK: braid.weight "a" : !braid.weight<5x512, q6_k>
  %10 = braid.weight "a" : !braid.weight<5x512, q6_k>
  return
}

// A weight unpacks to a tensor of its own shape.
// CHECK-LABEL: func.func @unpack
// CHECK-SAME:    %[[W:.*]]: !braid.weight<5x96, q4_1>
func.func @unpack(%w: !braid.weight<5x96, q4_1>) -> tensor<5x96xf32> {
  // CHECK: braid.unpack %[[W]] : !braid.weight<5x96, q4_1> -> tensor<5x96xf32>
  %0 = braid.unpack %w : !braid.weight<5x96, q4_1> -> tensor<5x96xf32>
  return %0 : tensor<5x96xf32>
}
