// RUN: braid-opt %s | FileCheck %s

// Views of tensors: a part of each block of rows, a stack of tensors, transposes, functions, and values of our own.

// CHECK-LABEL: func.func @views
func.func @views() {
  // CHECK: braid.weight "qkvz" {rows = array<i64: 768, 128, 128>} : !braid.weight<2048x64, bf16>
  %k = braid.weight "qkvz" {rows = array<i64: 768, 128, 128>} : !braid.weight<2048x64, bf16>
  // CHECK: braid.weight "experts.{}.w1.weight" : !braid.weight<8x96x64, q8_0>
  %e = braid.weight "experts.{}.w1.weight" : !braid.weight<8x96x64, q8_0>
  // CHECK: braid.weight "kv_b" {rows = array<i64: 256, 0, 128>, transposed} : !braid.weight<4x512x128, bf16>
  %u = braid.weight "kv_b" {rows = array<i64: 256, 0, 128>, transposed} : !braid.weight<4x512x128, bf16>
  // CHECK: braid.weight "A_log" as neg_exp : !braid.weight<32, f32>
  %a = braid.weight "A_log" as neg_exp : !braid.weight<32, f32>
  // CHECK: braid.weight "slopes" {values = array<f32: 5.000000e-01, 2.500000e-01>} : !braid.weight<2, f32>
  %s = braid.weight "slopes" {values = array<f32: 0.5, 0.25>} : !braid.weight<2, f32>
  return
}
