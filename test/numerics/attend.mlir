// RUN: braid-check %s | FileCheck %s

// Attention over a cache that grows from call to call. Rows of f16 and bf16 round keys and values alike everywhere.

// As many queries as keys and values; every kind of call.
func.func @one_head(%q: tensor<?x64xf32>, %k: tensor<?x64xf32>, %v: tensor<?x64xf32>, %kv: !braid.kv<heads = 1, dim = 64, window = 0, f32>,
    %position: index) -> tensor<?x64xf32> {
  %o, %next = braid.attend @causal() %q, %k, %v, %kv, %position {heads = 1 : i64, scale = 0.125 : f64}
    : (tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>, !braid.kv<heads = 1, dim = 64, window = 0, f32>, index)
    -> (tensor<?x64xf32>, !braid.kv<heads = 1, dim = 64, window = 0, f32>)
  return %o : tensor<?x64xf32>
}
// CHECK: @one_head: x86-64-v3, exact: 27 calls
check.close @one_head {tolerance = 1.0e-05, inputs = ["random", "zeros", "repeated"]}

// Three query heads share a key head.
func.func @grouped(%q: tensor<?x576xf32>, %k: tensor<?x192xf32>, %v: tensor<?x192xf32>, %kv: !braid.kv<heads = 3, dim = 64, window = 0, f16>,
    %position: index) -> tensor<?x576xf32> {
  %o, %next = braid.attend @causal() %q, %k, %v, %kv, %position {heads = 9 : i64, scale = 0.125 : f64}
    : (tensor<?x576xf32>, tensor<?x192xf32>, tensor<?x192xf32>, !braid.kv<heads = 3, dim = 64, window = 0, f16>, index)
    -> (tensor<?x576xf32>, !braid.kv<heads = 3, dim = 64, window = 0, f16>)
  return %o : tensor<?x576xf32>
}
check.close @grouped {tolerance = 1.0e-05, tokens = array<i64: 17, 1, 65, 2, 1, 130, 1>, inputs = ["random", "zeros", "repeated"]}

// Eight query heads share the only key head.
func.func @many_share(%q: tensor<?x256xf32>, %k: tensor<?x32xf32>, %v: tensor<?x32xf32>, %kv: !braid.kv<heads = 1, dim = 32, window = 0, bf16>,
    %position: index) -> tensor<?x256xf32> {
  %o, %next = braid.attend @causal() %q, %k, %v, %kv, %position {heads = 8 : i64, scale = 0.176777 : f64}
    : (tensor<?x256xf32>, tensor<?x32xf32>, tensor<?x32xf32>, !braid.kv<heads = 1, dim = 32, window = 0, bf16>, index)
    -> (tensor<?x256xf32>, !braid.kv<heads = 1, dim = 32, window = 0, bf16>)
  return %o : tensor<?x256xf32>
}
check.close @many_share {tolerance = 1.0e-05, tokens = array<i64: 3, 1, 64, 16, 1, 1>, inputs = ["random", "zeros", "repeated"]}

// A head that is no whole number of vectors.
func.func @odd_head(%q: tensor<?x201xf32>, %k: tensor<?x201xf32>, %v: tensor<?x201xf32>, %kv: !braid.kv<heads = 3, dim = 67, window = 0, f16>,
    %position: index) -> tensor<?x201xf32> {
  %o, %next = braid.attend @causal() %q, %k, %v, %kv, %position {heads = 3 : i64, scale = 0.122169 : f64}
    : (tensor<?x201xf32>, tensor<?x201xf32>, tensor<?x201xf32>, !braid.kv<heads = 3, dim = 67, window = 0, f16>, index)
    -> (tensor<?x201xf32>, !braid.kv<heads = 3, dim = 67, window = 0, f16>)
  return %o : tensor<?x201xf32>
}
check.close @odd_head {tolerance = 1.0e-05, tokens = array<i64: 7, 1, 33, 1>, inputs = ["random", "zeros", "repeated"]}

// A head of 80.
func.func @wide_head(%q: tensor<?x320xf32>, %k: tensor<?x160xf32>, %v: tensor<?x160xf32>, %kv: !braid.kv<heads = 2, dim = 80, window = 0, f32>,
    %position: index) -> tensor<?x320xf32> {
  %o, %next = braid.attend @causal() %q, %k, %v, %kv, %position {heads = 4 : i64, scale = 0.111803 : f64}
    : (tensor<?x320xf32>, tensor<?x160xf32>, tensor<?x160xf32>, !braid.kv<heads = 2, dim = 80, window = 0, f32>, index)
    -> (tensor<?x320xf32>, !braid.kv<heads = 2, dim = 80, window = 0, f32>)
  return %o : tensor<?x320xf32>
}
check.close @wide_head {tolerance = 1.0e-05, tokens = array<i64: 1, 33, 1, 16>, inputs = ["random", "zeros", "repeated"]}

// A head of 128.
func.func @wider_head(%q: tensor<?x256xf32>, %k: tensor<?x128xf32>, %v: tensor<?x128xf32>, %kv: !braid.kv<heads = 1, dim = 128, window = 0, bf16>,
    %position: index) -> tensor<?x256xf32> {
  %o, %next = braid.attend @causal() %q, %k, %v, %kv, %position {heads = 2 : i64, scale = 0.088388 : f64}
    : (tensor<?x256xf32>, tensor<?x128xf32>, tensor<?x128xf32>, !braid.kv<heads = 1, dim = 128, window = 0, bf16>, index)
    -> (tensor<?x256xf32>, !braid.kv<heads = 1, dim = 128, window = 0, bf16>)
  return %o : tensor<?x256xf32>
}
check.close @wider_head {tolerance = 1.0e-05, tokens = array<i64: 17, 1, 48>, inputs = ["random", "zeros", "repeated"]}

// Token by token.
func.func @decode(%q: tensor<?x128xf32>, %k: tensor<?x64xf32>, %v: tensor<?x64xf32>, %kv: !braid.kv<heads = 2, dim = 32, window = 0, f16>,
    %position: index) -> tensor<?x128xf32> {
  %o, %next = braid.attend @causal() %q, %k, %v, %kv, %position {heads = 4 : i64, scale = 0.176777 : f64}
    : (tensor<?x128xf32>, tensor<?x64xf32>, tensor<?x64xf32>, !braid.kv<heads = 2, dim = 32, window = 0, f16>, index)
    -> (tensor<?x128xf32>, !braid.kv<heads = 2, dim = 32, window = 0, f16>)
  return %o : tensor<?x128xf32>
}
check.close @decode {tolerance = 1.0e-05, tokens = array<i64: 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1>, inputs = ["random", "zeros", "repeated"]}

// Scores in the hundreds.
func.func @large(%q: tensor<?x32xf32>, %k: tensor<?x32xf32>, %v: tensor<?x32xf32>, %kv: !braid.kv<heads = 2, dim = 16, window = 0, f32>,
    %position: index) -> tensor<?x32xf32> {
  %o, %next = braid.attend @causal() %q, %k, %v, %kv, %position {heads = 2 : i64, scale = 0.25 : f64}
    : (tensor<?x32xf32>, tensor<?x32xf32>, tensor<?x32xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f32>, index)
    -> (tensor<?x32xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f32>)
  return %o : tensor<?x32xf32>
}
check.close @large {tolerance = 1.0e-03, tokens = array<i64: 5, 1, 40>, inputs = ["large", "tiny"]}
