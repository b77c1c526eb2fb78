// RUN: braid-check %s | FileCheck %s

// A window, over a ring of rows that is overwritten: its size is the window and one call, in granules of 16.

// The ring wraps many times; the window is smaller than a granule.
func.func @narrow(%q: tensor<?x128xf32>, %k: tensor<?x64xf32>, %v: tensor<?x64xf32>, %kv: !braid.kv<heads = 1, dim = 64, window = 5, f16>,
    %position: index) -> tensor<?x128xf32> {
  %o, %next = braid.attend @sliding_window(5) %q, %k, %v, %kv, %position {heads = 2 : i64, scale = 0.125 : f64}
    : (tensor<?x128xf32>, tensor<?x64xf32>, tensor<?x64xf32>, !braid.kv<heads = 1, dim = 64, window = 5, f16>, index)
    -> (tensor<?x128xf32>, !braid.kv<heads = 1, dim = 64, window = 5, f16>)
  return %o : tensor<?x128xf32>
}
// CHECK: @narrow: x86-64-v3, exact: 39 calls
check.close @narrow {tolerance = 1.0e-05, tokens = array<i64: 3, 1, 16, 1, 17, 7, 16, 1, 1, 17, 16, 2, 17>, inputs = ["random", "zeros", "repeated"]}

// A window of more than a granule.
func.func @wide(%q: tensor<?x288xf32>, %k: tensor<?x96xf32>, %v: tensor<?x96xf32>, %kv: !braid.kv<heads = 2, dim = 48, window = 40, f32>,
    %position: index) -> tensor<?x288xf32> {
  %o, %next = braid.attend @sliding_window(40) %q, %k, %v, %kv, %position {heads = 6 : i64, scale = 0.144338 : f64}
    : (tensor<?x288xf32>, tensor<?x96xf32>, tensor<?x96xf32>, !braid.kv<heads = 2, dim = 48, window = 40, f32>, index)
    -> (tensor<?x288xf32>, !braid.kv<heads = 2, dim = 48, window = 40, f32>)
  return %o : tensor<?x288xf32>
}
check.close @wide {tolerance = 1.0e-05, tokens = array<i64: 33, 1, 33, 7, 1, 33, 33, 1, 1>, inputs = ["random", "zeros", "repeated"]}

// Each token sees itself alone.
func.func @itself(%q: tensor<?x32xf32>, %k: tensor<?x32xf32>, %v: tensor<?x32xf32>, %kv: !braid.kv<heads = 2, dim = 16, window = 1, bf16>,
    %position: index) -> tensor<?x32xf32> {
  %o, %next = braid.attend @sliding_window(1) %q, %k, %v, %kv, %position {heads = 2 : i64, scale = 0.25 : f64}
    : (tensor<?x32xf32>, tensor<?x32xf32>, tensor<?x32xf32>, !braid.kv<heads = 2, dim = 16, window = 1, bf16>, index)
    -> (tensor<?x32xf32>, !braid.kv<heads = 2, dim = 16, window = 1, bf16>)
  return %o : tensor<?x32xf32>
}
check.close @itself {tolerance = 1.0e-05, tokens = array<i64: 1, 5, 17, 1>, inputs = ["random", "zeros", "repeated"]}

// A window over a cache that keeps all rows.
func.func @kept(%q: tensor<?x64xf32>, %k: tensor<?x32xf32>, %v: tensor<?x32xf32>, %kv: !braid.kv<heads = 1, dim = 32, window = 0, f16>,
    %position: index) -> tensor<?x64xf32> {
  %o, %next = braid.attend @sliding_window(9) %q, %k, %v, %kv, %position {heads = 2 : i64, scale = 0.176777 : f64}
    : (tensor<?x64xf32>, tensor<?x32xf32>, tensor<?x32xf32>, !braid.kv<heads = 1, dim = 32, window = 0, f16>, index)
    -> (tensor<?x64xf32>, !braid.kv<heads = 1, dim = 32, window = 0, f16>)
  return %o : tensor<?x64xf32>
}
check.close @kept {tolerance = 1.0e-05, tokens = array<i64: 33, 1, 17, 1, 1>, inputs = ["random", "zeros", "repeated"]}
