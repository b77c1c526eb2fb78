// RUN: braid-check %s | FileCheck %s

// Rows of a table in every storage.

// Plain numbers.
func.func @f32(%ids: tensor<?xi32>, %table: !braid.weight<1003x67, f32>) -> tensor<?x67xf32> {
  %y = braid.embed %ids, %table : (tensor<?xi32>, !braid.weight<1003x67, f32>) -> tensor<?x67xf32>
  return %y : tensor<?x67xf32>
}
// CHECK: @f32: x86-64-v3, exact: 15 calls
check.equal @f32 {tokens = array<i64: 1, 3, 65>}

// Plain numbers.
func.func @f16(%ids: tensor<?xi32>, %table: !braid.weight<1003x33, f16>) -> tensor<?x33xf32> {
  %y = braid.embed %ids, %table : (tensor<?xi32>, !braid.weight<1003x33, f16>) -> tensor<?x33xf32>
  return %y : tensor<?x33xf32>
}
check.close @f16 {tolerance = 1.0e-06, tokens = array<i64: 1, 3, 17, 65>}

// Plain numbers, scaled.
func.func @bf16(%ids: tensor<?xi32>, %table: !braid.weight<1003x67, bf16>) -> tensor<?x67xf32> {
  %y = braid.embed %ids, %table {scale = 8.0 : f64} : (tensor<?xi32>, !braid.weight<1003x67, bf16>) -> tensor<?x67xf32>
  return %y : tensor<?x67xf32>
}
check.close @bf16 {tolerance = 1.0e-06, tokens = array<i64: 1, 3, 17, 65>}

// 3 blocks a row.
func.func @q4_0(%ids: tensor<?xi32>, %table: !braid.weight<1003x96, q4_0>) -> tensor<?x96xf32> {
  %y = braid.embed %ids, %table : (tensor<?xi32>, !braid.weight<1003x96, q4_0>) -> tensor<?x96xf32>
  return %y : tensor<?x96xf32>
}
check.close @q4_0 {tolerance = 1.0e-06, tokens = array<i64: 1, 3, 17, 65>}

// 4 blocks a row.
func.func @q4_1(%ids: tensor<?xi32>, %table: !braid.weight<1003x128, q4_1>) -> tensor<?x128xf32> {
  %y = braid.embed %ids, %table : (tensor<?xi32>, !braid.weight<1003x128, q4_1>) -> tensor<?x128xf32>
  return %y : tensor<?x128xf32>
}
check.close @q4_1 {tolerance = 1.0e-06, tokens = array<i64: 1, 3, 17, 65>}

// 5 blocks a row.
func.func @q5_0(%ids: tensor<?xi32>, %table: !braid.weight<1003x160, q5_0>) -> tensor<?x160xf32> {
  %y = braid.embed %ids, %table : (tensor<?xi32>, !braid.weight<1003x160, q5_0>) -> tensor<?x160xf32>
  return %y : tensor<?x160xf32>
}
check.close @q5_0 {tolerance = 1.0e-06, tokens = array<i64: 1, 3, 17, 65>}

// 3 blocks a row, scaled.
func.func @q5_1(%ids: tensor<?xi32>, %table: !braid.weight<1003x96, q5_1>) -> tensor<?x96xf32> {
  %y = braid.embed %ids, %table {scale = 8.0 : f64} : (tensor<?xi32>, !braid.weight<1003x96, q5_1>) -> tensor<?x96xf32>
  return %y : tensor<?x96xf32>
}
check.close @q5_1 {tolerance = 1.0e-06, tokens = array<i64: 1, 3, 17, 65>}

// 2 blocks a row, scaled.
func.func @q8_0(%ids: tensor<?xi32>, %table: !braid.weight<1003x64, q8_0>) -> tensor<?x64xf32> {
  %y = braid.embed %ids, %table {scale = 8.0 : f64} : (tensor<?xi32>, !braid.weight<1003x64, q8_0>) -> tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}
check.close @q8_0 {tolerance = 1.0e-06, tokens = array<i64: 1, 3, 17, 65>}

// 1 blocks a row.
func.func @q4_k(%ids: tensor<?xi32>, %table: !braid.weight<1003x256, q4_k>) -> tensor<?x256xf32> {
  %y = braid.embed %ids, %table : (tensor<?xi32>, !braid.weight<1003x256, q4_k>) -> tensor<?x256xf32>
  return %y : tensor<?x256xf32>
}
check.close @q4_k {tolerance = 1.0e-06, tokens = array<i64: 1, 3, 17, 65>}

// 2 blocks a row.
func.func @q5_k(%ids: tensor<?xi32>, %table: !braid.weight<1003x512, q5_k>) -> tensor<?x512xf32> {
  %y = braid.embed %ids, %table : (tensor<?xi32>, !braid.weight<1003x512, q5_k>) -> tensor<?x512xf32>
  return %y : tensor<?x512xf32>
}
check.close @q5_k {tolerance = 1.0e-06, tokens = array<i64: 1, 3, 17, 65>}

// 1 blocks a row.
func.func @q6_k(%ids: tensor<?xi32>, %table: !braid.weight<1003x256, q6_k>) -> tensor<?x256xf32> {
  %y = braid.embed %ids, %table : (tensor<?xi32>, !braid.weight<1003x256, q6_k>) -> tensor<?x256xf32>
  return %y : tensor<?x256xf32>
}
check.close @q6_k {tolerance = 1.0e-06, tokens = array<i64: 1, 3, 17, 65>}
