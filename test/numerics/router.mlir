// RUN: braid-check %s | FileCheck %s

// Routers of published models. Ids are compared bit by bit; weights that belong to other ids would be far off.

// Softmax over all, then the best: Qwen3-MoE and MiniMax renormalise.
func.func @qwen3_ids(%x: tensor<?x128xf32>) -> tensor<?x8xi32> {
  %ids, %weights = braid.router softmax %x {top_k = 8 : i64, renormalize}
    : (tensor<?x128xf32>) -> (tensor<?x8xi32>, tensor<?x8xf32>)
  return %ids : tensor<?x8xi32>
}
func.func @qwen3_weights(%x: tensor<?x128xf32>) -> tensor<?x8xf32> {
  %ids, %weights = braid.router softmax %x {top_k = 8 : i64, renormalize}
    : (tensor<?x128xf32>) -> (tensor<?x8xi32>, tensor<?x8xf32>)
  return %weights : tensor<?x8xf32>
}
check.equal @qwen3_ids {tokens = array<i64: 1, 2, 17, 65>}
check.close @qwen3_weights {tolerance = 2.0e-06, tokens = array<i64: 1, 2, 17, 65>}
// CHECK: @qwen3_ids: x86-64-v3, exact: 20 calls, same bits

// Not renormalised, groups by their best expert: DeepSeek-V2.
func.func @deepseek2_ids(%x: tensor<?x20xf32>) -> tensor<?x3xi32> {
  %ids, %weights = braid.router softmax %x {top_k = 3 : i64, groups = 5 : i64, top_groups = 2 : i64, scale = 16.0 : f64}
    : (tensor<?x20xf32>) -> (tensor<?x3xi32>, tensor<?x3xf32>)
  return %ids : tensor<?x3xi32>
}
func.func @deepseek2_weights(%x: tensor<?x20xf32>) -> tensor<?x3xf32> {
  %ids, %weights = braid.router softmax %x {top_k = 3 : i64, groups = 5 : i64, top_groups = 2 : i64, scale = 16.0 : f64}
    : (tensor<?x20xf32>) -> (tensor<?x3xi32>, tensor<?x3xf32>)
  return %weights : tensor<?x3xf32>
}
check.equal @deepseek2_ids {tokens = array<i64: 1, 2, 17, 65>}
check.close @deepseek2_weights {tolerance = 2.0e-06, tokens = array<i64: 1, 2, 17, 65>}

// Groups by their two best, a bias that chooses only, 0 for other groups: DeepSeek-V3 and Kimi.
func.func @deepseek3_ids(%x: tensor<?x16xf32>, %b: !braid.weight<16, f32>) -> tensor<?x4xi32> {
  %ids, %weights = braid.router sigmoid %x bias %b {top_k = 4 : i64, groups = 4 : i64, top_groups = 2 : i64, groups_by_pair, zero_masked, renormalize, epsilon = 1.0e-20 : f64, scale = 2.5 : f64}
    : (tensor<?x16xf32>, !braid.weight<16, f32>) -> (tensor<?x4xi32>, tensor<?x4xf32>)
  return %ids : tensor<?x4xi32>
}
func.func @deepseek3_weights(%x: tensor<?x16xf32>, %b: !braid.weight<16, f32>) -> tensor<?x4xf32> {
  %ids, %weights = braid.router sigmoid %x bias %b {top_k = 4 : i64, groups = 4 : i64, top_groups = 2 : i64, groups_by_pair, zero_masked, renormalize, epsilon = 1.0e-20 : f64, scale = 2.5 : f64}
    : (tensor<?x16xf32>, !braid.weight<16, f32>) -> (tensor<?x4xi32>, tensor<?x4xf32>)
  return %weights : tensor<?x4xf32>
}
check.equal @deepseek3_ids {tokens = array<i64: 1, 2, 17, 65>}
check.close @deepseek3_weights {tolerance = 2.0e-06, tokens = array<i64: 1, 2, 17, 65>}

// The same where other groups are out.
func.func @kimi_ids(%x: tensor<?x24xf32>, %b: !braid.weight<24, f32>) -> tensor<?x4xi32> {
  %ids, %weights = braid.router sigmoid %x bias %b {top_k = 4 : i64, groups = 2 : i64, groups_by_pair, renormalize, epsilon = 1.0e-20 : f64, scale = 2.446 : f64}
    : (tensor<?x24xf32>, !braid.weight<24, f32>) -> (tensor<?x4xi32>, tensor<?x4xf32>)
  return %ids : tensor<?x4xi32>
}
func.func @kimi_weights(%x: tensor<?x24xf32>, %b: !braid.weight<24, f32>) -> tensor<?x4xf32> {
  %ids, %weights = braid.router sigmoid %x bias %b {top_k = 4 : i64, groups = 2 : i64, groups_by_pair, renormalize, epsilon = 1.0e-20 : f64, scale = 2.446 : f64}
    : (tensor<?x24xf32>, !braid.weight<24, f32>) -> (tensor<?x4xi32>, tensor<?x4xf32>)
  return %weights : tensor<?x4xf32>
}
check.equal @kimi_ids {tokens = array<i64: 1, 2, 17, 65>}
check.close @kimi_weights {tolerance = 2.0e-06, tokens = array<i64: 1, 2, 17, 65>}

// The bias weighs as well.
func.func @biased_ids(%x: tensor<?x67xf32>, %b: !braid.weight<67, f32>) -> tensor<?x5xi32> {
  %ids, %weights = braid.router sigmoid %x bias %b {top_k = 5 : i64, renormalize, epsilon = 1.0e-20 : f64, biased_weights}
    : (tensor<?x67xf32>, !braid.weight<67, f32>) -> (tensor<?x5xi32>, tensor<?x5xf32>)
  return %ids : tensor<?x5xi32>
}
func.func @biased_weights(%x: tensor<?x67xf32>, %b: !braid.weight<67, f32>) -> tensor<?x5xf32> {
  %ids, %weights = braid.router sigmoid %x bias %b {top_k = 5 : i64, renormalize, epsilon = 1.0e-20 : f64, biased_weights}
    : (tensor<?x67xf32>, !braid.weight<67, f32>) -> (tensor<?x5xi32>, tensor<?x5xf32>)
  return %weights : tensor<?x5xf32>
}
check.equal @biased_ids {tokens = array<i64: 1, 2, 17, 65>}
check.close @biased_weights {tolerance = 2.0e-06, tokens = array<i64: 1, 2, 17, 65>}

// All experts; an odd number of them.
func.func @all_ids(%x: tensor<?x7xf32>) -> tensor<?x7xi32> {
  %ids, %weights = braid.router softmax %x {top_k = 7 : i64}
    : (tensor<?x7xf32>) -> (tensor<?x7xi32>, tensor<?x7xf32>)
  return %ids : tensor<?x7xi32>
}
func.func @all_weights(%x: tensor<?x7xf32>) -> tensor<?x7xf32> {
  %ids, %weights = braid.router softmax %x {top_k = 7 : i64}
    : (tensor<?x7xf32>) -> (tensor<?x7xi32>, tensor<?x7xf32>)
  return %weights : tensor<?x7xf32>
}
check.equal @all_ids {tokens = array<i64: 1, 2, 17, 65>}
check.close @all_weights {tolerance = 2.0e-06, tokens = array<i64: 1, 2, 17, 65>}

// Only one.
func.func @one_ids(%x: tensor<?x1xf32>) -> tensor<?x1xi32> {
  %ids, %weights = braid.router sigmoid %x {top_k = 1 : i64}
    : (tensor<?x1xf32>) -> (tensor<?x1xi32>, tensor<?x1xf32>)
  return %ids : tensor<?x1xi32>
}
func.func @one_weights(%x: tensor<?x1xf32>) -> tensor<?x1xf32> {
  %ids, %weights = braid.router sigmoid %x {top_k = 1 : i64}
    : (tensor<?x1xf32>) -> (tensor<?x1xi32>, tensor<?x1xf32>)
  return %weights : tensor<?x1xf32>
}
check.equal @one_ids {tokens = array<i64: 1, 2, 17, 65>}
check.close @one_weights {tolerance = 2.0e-06, tokens = array<i64: 1, 2, 17, 65>}
