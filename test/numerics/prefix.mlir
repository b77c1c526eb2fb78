// RUN: braid-check %s | FileCheck %s

// The first keys are seen by every query of their call, what follows is causal.

// A prefix in the middle of the first call.
func.func @within(%q: tensor<?x192xf32>, %k: tensor<?x64xf32>, %v: tensor<?x64xf32>, %kv: !braid.kv<heads = 1, dim = 64, window = 0, f16>,
    %position: index) -> tensor<?x192xf32> {
  %o, %next = braid.attend @prefix(20) %q, %k, %v, %kv, %position {heads = 3 : i64, scale = 0.125 : f64}
    : (tensor<?x192xf32>, tensor<?x64xf32>, tensor<?x64xf32>, !braid.kv<heads = 1, dim = 64, window = 0, f16>, index)
    -> (tensor<?x192xf32>, !braid.kv<heads = 1, dim = 64, window = 0, f16>)
  return %o : tensor<?x192xf32>
}
// CHECK: @within: x86-64-v3, exact: 12 calls
check.close @within {tolerance = 1.0e-05, tokens = array<i64: 33, 1, 16, 1>, inputs = ["random", "zeros", "repeated"]}

// An empty prefix is causal.
func.func @none(%q: tensor<?x64xf32>, %k: tensor<?x64xf32>, %v: tensor<?x64xf32>, %kv: !braid.kv<heads = 2, dim = 32, window = 0, f32>,
    %position: index) -> tensor<?x64xf32> {
  %o, %next = braid.attend @prefix(0) %q, %k, %v, %kv, %position {heads = 2 : i64, scale = 0.176777 : f64}
    : (tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>, !braid.kv<heads = 2, dim = 32, window = 0, f32>, index)
    -> (tensor<?x64xf32>, !braid.kv<heads = 2, dim = 32, window = 0, f32>)
  return %o : tensor<?x64xf32>
}
check.close @none {tolerance = 1.0e-05, tokens = array<i64: 7, 1, 17>, inputs = ["random", "zeros", "repeated"]}

// A prefix that no call reaches the end of.
func.func @longer(%q: tensor<?x64xf32>, %k: tensor<?x32xf32>, %v: tensor<?x32xf32>, %kv: !braid.kv<heads = 1, dim = 32, window = 0, bf16>,
    %position: index) -> tensor<?x64xf32> {
  %o, %next = braid.attend @prefix(1000) %q, %k, %v, %kv, %position {heads = 2 : i64, scale = 0.176777 : f64}
    : (tensor<?x64xf32>, tensor<?x32xf32>, tensor<?x32xf32>, !braid.kv<heads = 1, dim = 32, window = 0, bf16>, index)
    -> (tensor<?x64xf32>, !braid.kv<heads = 1, dim = 32, window = 0, bf16>)
  return %o : tensor<?x64xf32>
}
check.close @longer {tolerance = 1.0e-05, tokens = array<i64: 16, 17, 1>, inputs = ["random", "zeros", "repeated"]}
