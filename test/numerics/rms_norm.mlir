// RUN: braid-check %s | FileCheck %s

// One slice, of an odd size.
func.func @norm(%x: tensor<?x67xf32>, %g: !braid.weight<67, f32>) -> tensor<?x67xf32> {
  %y = braid.rms_norm %x, %g {epsilon = 1.0e-05} : (tensor<?x67xf32>, !braid.weight<67, f32>) -> tensor<?x67xf32>
  return %y : tensor<?x67xf32>
}
// CHECK: @norm: x86-64-v3, exact: 45 calls
check.close @norm {tolerance = 1.0e-06}

// A slice a head; the weight is stored as bf16.
func.func @heads(%x: tensor<?x240xf32>, %g: !braid.weight<80, bf16>) -> tensor<?x240xf32> {
  %y = braid.rms_norm %x, %g {epsilon = 1.0e-06, heads = 3 : i64} : (tensor<?x240xf32>, !braid.weight<80, bf16>) -> tensor<?x240xf32>
  return %y : tensor<?x240xf32>
}
check.close @heads {tolerance = 1.0e-06}

// In the prologue of a linear map.
func.func @before_linear(%x: tensor<?x67xf32>, %g: !braid.weight<67, f16>, %w: !braid.weight<33x67, f32>) -> tensor<?x33xf32> {
  %n = braid.rms_norm %x, %g {epsilon = 1.0e-05} : (tensor<?x67xf32>, !braid.weight<67, f16>) -> tensor<?x67xf32>
  %y = braid.linear %n, %w : (tensor<?x67xf32>, !braid.weight<33x67, f32>) -> tensor<?x33xf32>
  return %y : tensor<?x33xf32>
}
check.close @before_linear {tolerance = 1.0e-05}

// A weight for all heads.
func.func @heads_of_own_weights(%x: tensor<?x240xf32>, %g: !braid.weight<240, f32>) -> tensor<?x240xf32> {
  %y = braid.rms_norm %x, %g {epsilon = 1.0e-06, heads = 3 : i64} : (tensor<?x240xf32>, !braid.weight<240, f32>) -> tensor<?x240xf32>
  return %y : tensor<?x240xf32>
}
check.close @heads_of_own_weights {tolerance = 1.0e-06}

// Queries and keys whose norms have a weight for all heads.
func.func @before_attention(%q: tensor<?x96xf32>, %k: tensor<?x32xf32>, %kv: !braid.kv<heads = 2, dim = 16, window = 0, f32>, %position: index,
    %qg: !braid.weight<96, f32>, %kg: !braid.weight<32, f32>) -> tensor<?x96xf32> {
  %qn = braid.rms_norm %q, %qg {epsilon = 1.0e-06, heads = 6 : i64} : (tensor<?x96xf32>, !braid.weight<96, f32>) -> tensor<?x96xf32>
  %kn = braid.rms_norm %k, %kg {epsilon = 1.0e-06, heads = 2 : i64} : (tensor<?x32xf32>, !braid.weight<32, f32>) -> tensor<?x32xf32>
  %o, %next = braid.attend @causal() %qn, %kn, %k, %kv, %position {heads = 6 : i64, scale = 0.2 : f64}
    : (tensor<?x96xf32>, tensor<?x32xf32>, tensor<?x32xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f32>, index) -> (tensor<?x96xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f32>)
  return %o : tensor<?x96xf32>
}
check.close @before_attention {tolerance = 1.0e-05, tokens = array<i64: 5, 1, 33>, inputs = ["random", "zeros", "repeated"]}
