// RUN: braid-check %s | FileCheck %s

// Routers behind the linear maps of their logits.

// Many blocks of rows: 400 tokens of 2 KB. Kimi's scores.
func.func @kimi_ids(%x: tensor<?x512xf32>, %w: !braid.weight<24x512, f32>, %b: !braid.weight<24, f32>) -> tensor<?x4xi32> {
  %l = braid.linear %x, %w : (tensor<?x512xf32>, !braid.weight<24x512, f32>) -> tensor<?x24xf32>
  %ids, %weights = braid.router sigmoid %l bias %b {top_k = 4 : i64, groups = 2 : i64, groups_by_pair, renormalize, epsilon = 1.0e-20 : f64, scale = 2.446 : f64}
    : (tensor<?x24xf32>, !braid.weight<24, f32>) -> (tensor<?x4xi32>, tensor<?x4xf32>)
  return %ids : tensor<?x4xi32>
}
func.func @kimi_weights(%x: tensor<?x512xf32>, %w: !braid.weight<24x512, f32>, %b: !braid.weight<24, f32>) -> tensor<?x4xf32> {
  %l = braid.linear %x, %w : (tensor<?x512xf32>, !braid.weight<24x512, f32>) -> tensor<?x24xf32>
  %ids, %weights = braid.router sigmoid %l bias %b {top_k = 4 : i64, groups = 2 : i64, groups_by_pair, renormalize, epsilon = 1.0e-20 : f64, scale = 2.446 : f64}
    : (tensor<?x24xf32>, !braid.weight<24, f32>) -> (tensor<?x4xi32>, tensor<?x4xf32>)
  return %weights : tensor<?x4xf32>
}
check.equal @kimi_ids {tokens = array<i64: 1, 2, 17, 400>}
check.close @kimi_weights {tolerance = 2.0e-05, tokens = array<i64: 1, 2, 17, 400>}
// CHECK: @kimi_ids: x86-64-v3, exact: 20 calls, same bits
// CHECK: @kimi_weights: x86-64-v3, exact: 20 calls, error

// A norm before the map and its factor, ragged features, and more panels than one.
func.func @normed_ids(%x: tensor<?x67xf32>, %g: !braid.weight<67, f32>, %w: !braid.weight<130x67, f32>) -> tensor<?x8xi32> {
  %n = braid.rms_norm %x, %g {epsilon = 1.0e-05 : f64} : (tensor<?x67xf32>, !braid.weight<67, f32>) -> tensor<?x67xf32>
  %l = braid.linear %n, %w : (tensor<?x67xf32>, !braid.weight<130x67, f32>) -> tensor<?x130xf32>
  %s = braid.scale %l {factor = 0.3 : f64} : tensor<?x130xf32>
  %ids, %weights = braid.router softmax %s {top_k = 8 : i64, renormalize}
    : (tensor<?x130xf32>) -> (tensor<?x8xi32>, tensor<?x8xf32>)
  return %ids : tensor<?x8xi32>
}
func.func @normed_weights(%x: tensor<?x67xf32>, %g: !braid.weight<67, f32>, %w: !braid.weight<130x67, f32>) -> tensor<?x8xf32> {
  %n = braid.rms_norm %x, %g {epsilon = 1.0e-05 : f64} : (tensor<?x67xf32>, !braid.weight<67, f32>) -> tensor<?x67xf32>
  %l = braid.linear %n, %w : (tensor<?x67xf32>, !braid.weight<130x67, f32>) -> tensor<?x130xf32>
  %s = braid.scale %l {factor = 0.3 : f64} : tensor<?x130xf32>
  %ids, %weights = braid.router softmax %s {top_k = 8 : i64, renormalize}
    : (tensor<?x130xf32>) -> (tensor<?x8xi32>, tensor<?x8xf32>)
  return %weights : tensor<?x8xf32>
}
check.equal @normed_ids {tokens = array<i64: 1, 2, 17, 65>}
check.close @normed_weights {tolerance = 2.0e-05, tokens = array<i64: 1, 2, 17, 65>}
// CHECK: @normed_ids: x86-64-v3, exact: 20 calls, same bits
// CHECK: @normed_weights: x86-64-v3, exact: 20 calls, error

// A bias of the map, groups by their best expert: DeepSeek-V2.
func.func @biased_ids(%x: tensor<?x64xf32>, %w: !braid.weight<20x64, f32>, %b: !braid.weight<20, f32>) -> tensor<?x3xi32> {
  %l = braid.linear %x, %w bias %b : (tensor<?x64xf32>, !braid.weight<20x64, f32>, !braid.weight<20, f32>) -> tensor<?x20xf32>
  %ids, %weights = braid.router softmax %l {top_k = 3 : i64, groups = 5 : i64, top_groups = 2 : i64, scale = 16.0 : f64}
    : (tensor<?x20xf32>) -> (tensor<?x3xi32>, tensor<?x3xf32>)
  return %ids : tensor<?x3xi32>
}
func.func @biased_weights(%x: tensor<?x64xf32>, %w: !braid.weight<20x64, f32>, %b: !braid.weight<20, f32>) -> tensor<?x3xf32> {
  %l = braid.linear %x, %w bias %b : (tensor<?x64xf32>, !braid.weight<20x64, f32>, !braid.weight<20, f32>) -> tensor<?x20xf32>
  %ids, %weights = braid.router softmax %l {top_k = 3 : i64, groups = 5 : i64, top_groups = 2 : i64, scale = 16.0 : f64}
    : (tensor<?x20xf32>) -> (tensor<?x3xi32>, tensor<?x3xf32>)
  return %weights : tensor<?x3xf32>
}
check.equal @biased_ids {tokens = array<i64: 1, 2, 17, 65>}
check.close @biased_weights {tolerance = 2.0e-05, tokens = array<i64: 1, 2, 17, 65>}
// CHECK: @biased_ids: x86-64-v3, exact: 20 calls, same bits
// CHECK: @biased_weights: x86-64-v3, exact: 20 calls, error

// Beside a gate that reads the same tokens: Qwen3-Next's. What both give together.
func.func @beside(%x: tensor<?x96xf32>, %w: !braid.weight<40x96, f32>, %g: !braid.weight<6x96, f32>) -> tensor<?x6xf32> {
  %a = braid.linear %x, %g : (tensor<?x96xf32>, !braid.weight<6x96, f32>) -> tensor<?x6xf32>
  %l = braid.linear %x, %w : (tensor<?x96xf32>, !braid.weight<40x96, f32>) -> tensor<?x40xf32>
  %ids, %weights = braid.router softmax %l {top_k = 6 : i64, renormalize}
    : (tensor<?x40xf32>) -> (tensor<?x6xi32>, tensor<?x6xf32>)
  %y = arith.mulf %a, %weights : tensor<?x6xf32>
  return %y : tensor<?x6xf32>
}
check.close @beside {tolerance = 2.0e-05, tokens = array<i64: 1, 2, 17, 65>}
// CHECK: @beside: x86-64-v3, exact: 20 calls, error
