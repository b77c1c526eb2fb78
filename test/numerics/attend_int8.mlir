// RUN: braid-check %s | FileCheck %s

// Rows of int8: codes, and a scale for each 64 numbers of a head. Keys and values are rounded alike everywhere.

// A group is a head; three query heads share a key head.
func.func @grouped(%q: tensor<?x576xf32>, %k: tensor<?x192xf32>, %v: tensor<?x192xf32>, %kv: !braid.kv<heads = 3, dim = 64, window = 0, int8>,
    %position: index) -> tensor<?x576xf32> {
  %o, %next = braid.attend @causal() %q, %k, %v, %kv, %position {heads = 9 : i64, scale = 0.125000 : f64}
    : (tensor<?x576xf32>, tensor<?x192xf32>, tensor<?x192xf32>, !braid.kv<heads = 3, dim = 64, window = 0, int8>, index) -> (tensor<?x576xf32>, !braid.kv<heads = 3, dim = 64, window = 0, int8>)
  return %o : tensor<?x576xf32>
}
// CHECK: @grouped: x86-64-v3, exact: 21 calls
check.close @grouped {tolerance = 1.0e-05, tokens = array<i64: 17, 1, 65, 2, 1, 130, 1>, inputs = ["random", "zeros", "repeated"]}

// Two groups.
func.func @two_groups(%q: tensor<?x512xf32>, %k: tensor<?x256xf32>, %v: tensor<?x256xf32>, %kv: !braid.kv<heads = 2, dim = 128, window = 0, int8>,
    %position: index) -> tensor<?x512xf32> {
  %o, %next = braid.attend @causal() %q, %k, %v, %kv, %position {heads = 4 : i64, scale = 0.088388 : f64}
    : (tensor<?x512xf32>, tensor<?x256xf32>, tensor<?x256xf32>, !braid.kv<heads = 2, dim = 128, window = 0, int8>, index) -> (tensor<?x512xf32>, !braid.kv<heads = 2, dim = 128, window = 0, int8>)
  return %o : tensor<?x512xf32>
}
check.close @two_groups {tolerance = 1.0e-05, tokens = array<i64: 7, 1, 150, 1, 1, 3>, inputs = ["random", "zeros", "repeated"]}

// The last group is short.
func.func @three_groups(%q: tensor<?x320xf32>, %k: tensor<?x320xf32>, %v: tensor<?x320xf32>, %kv: !braid.kv<heads = 2, dim = 160, window = 0, int8>,
    %position: index) -> tensor<?x320xf32> {
  %o, %next = braid.attend @causal() %q, %k, %v, %kv, %position {heads = 2 : i64, scale = 0.079057 : f64}
    : (tensor<?x320xf32>, tensor<?x320xf32>, tensor<?x320xf32>, !braid.kv<heads = 2, dim = 160, window = 0, int8>, index) -> (tensor<?x320xf32>, !braid.kv<heads = 2, dim = 160, window = 0, int8>)
  return %o : tensor<?x320xf32>
}
check.close @three_groups {tolerance = 1.0e-05, tokens = array<i64: 1, 20, 1, 33>, inputs = ["random", "zeros", "repeated"]}

// A head that is no whole number of vectors, and whose last group has three numbers.
func.func @odd_head(%q: tensor<?x201xf32>, %k: tensor<?x201xf32>, %v: tensor<?x201xf32>, %kv: !braid.kv<heads = 3, dim = 67, window = 0, int8>,
    %position: index) -> tensor<?x201xf32> {
  %o, %next = braid.attend @causal() %q, %k, %v, %kv, %position {heads = 3 : i64, scale = 0.122169 : f64}
    : (tensor<?x201xf32>, tensor<?x201xf32>, tensor<?x201xf32>, !braid.kv<heads = 3, dim = 67, window = 0, int8>, index) -> (tensor<?x201xf32>, !braid.kv<heads = 3, dim = 67, window = 0, int8>)
  return %o : tensor<?x201xf32>
}
check.close @odd_head {tolerance = 1.0e-05, tokens = array<i64: 7, 1, 33, 1>, inputs = ["random", "zeros", "repeated"]}

// A head of less than a vector; many query heads share it.
func.func @narrow_head(%q: tensor<?x204xf32>, %k: tensor<?x12xf32>, %v: tensor<?x12xf32>, %kv: !braid.kv<heads = 1, dim = 12, window = 0, int8>,
    %position: index) -> tensor<?x204xf32> {
  %o, %next = braid.attend @causal() %q, %k, %v, %kv, %position {heads = 17 : i64, scale = 0.288675 : f64}
    : (tensor<?x204xf32>, tensor<?x12xf32>, tensor<?x12xf32>, !braid.kv<heads = 1, dim = 12, window = 0, int8>, index) -> (tensor<?x204xf32>, !braid.kv<heads = 1, dim = 12, window = 0, int8>)
  return %o : tensor<?x204xf32>
}
check.close @narrow_head {tolerance = 1.0e-05, tokens = array<i64: 5, 1, 18, 1, 1>, inputs = ["random", "zeros", "repeated"]}

// Token by token.
func.func @decode(%q: tensor<?x320xf32>, %k: tensor<?x160xf32>, %v: tensor<?x160xf32>, %kv: !braid.kv<heads = 2, dim = 80, window = 0, int8>,
    %position: index) -> tensor<?x320xf32> {
  %o, %next = braid.attend @causal() %q, %k, %v, %kv, %position {heads = 4 : i64, scale = 0.111803 : f64}
    : (tensor<?x320xf32>, tensor<?x160xf32>, tensor<?x160xf32>, !braid.kv<heads = 2, dim = 80, window = 0, int8>, index) -> (tensor<?x320xf32>, !braid.kv<heads = 2, dim = 80, window = 0, int8>)
  return %o : tensor<?x320xf32>
}
check.close @decode {tolerance = 1.0e-05, tokens = array<i64: 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1>, inputs = ["random", "zeros", "repeated"]}

// So many keys that a token's are taken in parts.
func.func @split(%q: tensor<?x128xf32>, %k: tensor<?x64xf32>, %v: tensor<?x64xf32>, %kv: !braid.kv<heads = 1, dim = 64, window = 0, int8>,
    %position: index) -> tensor<?x128xf32> {
  %o, %next = braid.attend @causal() %q, %k, %v, %kv, %position {heads = 2 : i64, scale = 0.125000 : f64}
    : (tensor<?x128xf32>, tensor<?x64xf32>, tensor<?x64xf32>, !braid.kv<heads = 1, dim = 64, window = 0, int8>, index) -> (tensor<?x128xf32>, !braid.kv<heads = 1, dim = 64, window = 0, int8>)
  return %o : tensor<?x128xf32>
}
check.close @split {tolerance = 1.0e-05, tokens = array<i64: 700, 1, 3, 1>, inputs = ["random"]}

// A ring that wraps.
func.func @ring(%q: tensor<?x288xf32>, %k: tensor<?x144xf32>, %v: tensor<?x144xf32>, %kv: !braid.kv<heads = 2, dim = 72, window = 5, int8>,
    %position: index) -> tensor<?x288xf32> {
  %o, %next = braid.attend @sliding_window(5) %q, %k, %v, %kv, %position {heads = 4 : i64, scale = 0.117851 : f64}
    : (tensor<?x288xf32>, tensor<?x144xf32>, tensor<?x144xf32>, !braid.kv<heads = 2, dim = 72, window = 5, int8>, index) -> (tensor<?x288xf32>, !braid.kv<heads = 2, dim = 72, window = 5, int8>)
  return %o : tensor<?x288xf32>
}
check.close @ring {tolerance = 1.0e-05, tokens = array<i64: 3, 1, 16, 1, 17, 7, 16, 1, 1, 17, 16, 2, 17>, inputs = ["random", "zeros", "repeated"]}

// Scores in the hundreds, and numbers near zero.
func.func @large(%q: tensor<?x32xf32>, %k: tensor<?x32xf32>, %v: tensor<?x32xf32>, %kv: !braid.kv<heads = 2, dim = 16, window = 0, int8>,
    %position: index) -> tensor<?x32xf32> {
  %o, %next = braid.attend @causal() %q, %k, %v, %kv, %position {heads = 2 : i64, scale = 0.250000 : f64}
    : (tensor<?x32xf32>, tensor<?x32xf32>, tensor<?x32xf32>, !braid.kv<heads = 2, dim = 16, window = 0, int8>, index) -> (tensor<?x32xf32>, !braid.kv<heads = 2, dim = 16, window = 0, int8>)
  return %o : tensor<?x32xf32>
}
check.close @large {tolerance = 1.0e-03, tokens = array<i64: 5, 1, 40>, inputs = ["large", "tiny"]}
