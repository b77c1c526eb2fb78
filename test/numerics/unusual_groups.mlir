// RUN: braid-check %s | FileCheck %s

// Groups of ops that fusion forms and no emitter takes run by their meaning, with what lies between in scratch memory;
// values with more than one reader stay right.

// Queries alone rotate.
func.func @query_rotates(%q: tensor<?x64xf32>, %k: tensor<?x32xf32>, %v: tensor<?x32xf32>, %table: tensor<?x16xf32>, %kv: !braid.kv<heads = 2, dim = 16, window = 0, f16>,
    %position: index) -> tensor<?x64xf32> {
  %r = braid.rope %q, %table {heads = 4 : i64} : (tensor<?x64xf32>, tensor<?x16xf32>) -> tensor<?x64xf32>
  %o, %next = braid.attend @causal() %r, %k, %v, %kv, %position {heads = 4 : i64, scale = 0.25 : f64}
    : (tensor<?x64xf32>, tensor<?x32xf32>, tensor<?x32xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f16>, index) -> (tensor<?x64xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f16>)
  return %o : tensor<?x64xf32>
}
// CHECK: @query_rotates: x86-64-v3, exact: 15 calls
check.close @query_rotates {tolerance = 1.0e-05, tokens = array<i64: 7, 1, 33>}

// Keys alone are normed, then rotate; the table of the queries is another one.
func.func @two_tables(%q: tensor<?x64xf32>, %k: tensor<?x32xf32>, %v: tensor<?x32xf32>, %t0: tensor<?x16xf32>, %t1: tensor<?x8xf32>, %kv: !braid.kv<heads = 2, dim = 16, window = 0, f16>,
    %position: index, %g: !braid.weight<16, f32>) -> tensor<?x64xf32> {
  %r = braid.rope %q, %t0 {heads = 4 : i64} : (tensor<?x64xf32>, tensor<?x16xf32>) -> tensor<?x64xf32>
  %n = braid.rms_norm %k, %g {epsilon = 1.0e-06, heads = 2 : i64} : (tensor<?x32xf32>, !braid.weight<16, f32>) -> tensor<?x32xf32>
  %s = braid.rope %n, %t1 {heads = 2 : i64} : (tensor<?x32xf32>, tensor<?x8xf32>) -> tensor<?x32xf32>
  %o, %next = braid.attend @causal() %r, %s, %v, %kv, %position {heads = 4 : i64, scale = 0.25 : f64}
    : (tensor<?x64xf32>, tensor<?x32xf32>, tensor<?x32xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f16>, index) -> (tensor<?x64xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f16>)
  return %o : tensor<?x64xf32>
}
check.close @two_tables {tolerance = 1.0e-03, tokens = array<i64: 7, 1, 33>, inputs = ["random", "zeros"]}

// Maps of one input with different storages.
func.func @mixed_storages(%x: tensor<?x64xf32>, %g: !braid.weight<64, f32>, %w: !braid.weight<33x64, q8_0>, %v: !braid.weight<16x64, f16>, %u: !braid.weight<8x64, q8_0>)
    -> (tensor<?x33xf32>, tensor<?x16xf32>, tensor<?x8xf32>) {
  %n = braid.rms_norm %x, %g {epsilon = 1.0e-05} : (tensor<?x64xf32>, !braid.weight<64, f32>) -> tensor<?x64xf32>
  %a = braid.linear %n, %w : (tensor<?x64xf32>, !braid.weight<33x64, q8_0>) -> tensor<?x33xf32>
  %b = braid.linear %n, %v : (tensor<?x64xf32>, !braid.weight<16x64, f16>) -> tensor<?x16xf32>
  %c = braid.linear %n, %u : (tensor<?x64xf32>, !braid.weight<8x64, q8_0>) -> tensor<?x8xf32>
  return %a, %b, %c : tensor<?x33xf32>, tensor<?x16xf32>, tensor<?x8xf32>
}
check.close @mixed_storages {tolerance = 1.0e-05, int8 = 3.0e-02, tokens = array<i64: 1, 17>, inputs = ["random", "large"]}

// A map whose result is returned, activated and multiplied.
func.func @shared_map(%x: tensor<?x33xf32>, %w: !braid.weight<40x33, f32>) -> (tensor<?x40xf32>, tensor<?x40xf32>) {
  %l = braid.linear %x, %w : (tensor<?x33xf32>, !braid.weight<40x33, f32>) -> tensor<?x40xf32>
  %a = braid.activate gelu %l : tensor<?x40xf32>
  %y = arith.mulf %a, %l : tensor<?x40xf32>
  return %l, %y : tensor<?x40xf32>, tensor<?x40xf32>
}
check.close @shared_map {tolerance = 1.0e-05, tokens = array<i64: 1, 17>}

// A gate whose activation is returned as well.
func.func @shared_activation(%x: tensor<?x33xf32>, %w: !braid.weight<40x33, f32>, %v: !braid.weight<40x33, f32>) -> (tensor<?x40xf32>, tensor<?x40xf32>) {
  %l = braid.linear %x, %w : (tensor<?x33xf32>, !braid.weight<40x33, f32>) -> tensor<?x40xf32>
  %u = braid.linear %x, %v : (tensor<?x33xf32>, !braid.weight<40x33, f32>) -> tensor<?x40xf32>
  %a = braid.activate silu %l : tensor<?x40xf32>
  %y = arith.mulf %a, %u : tensor<?x40xf32>
  return %a, %y : tensor<?x40xf32>, tensor<?x40xf32>
}
check.close @shared_activation {tolerance = 1.0e-05, tokens = array<i64: 1, 17>}

// A norm that two maps and a sum read.
func.func @shared_norm(%x: tensor<?x33xf32>, %g: !braid.weight<33, f32>, %w: !braid.weight<33x33, f32>, %v: !braid.weight<20x33, bf16>) -> (tensor<?x33xf32>, tensor<?x20xf32>) {
  %n = braid.rms_norm %x, %g {epsilon = 1.0e-05} : (tensor<?x33xf32>, !braid.weight<33, f32>) -> tensor<?x33xf32>
  %l = braid.linear %n, %w : (tensor<?x33xf32>, !braid.weight<33x33, f32>) -> tensor<?x33xf32>
  %r = braid.linear %n, %v : (tensor<?x33xf32>, !braid.weight<20x33, bf16>) -> tensor<?x20xf32>
  %y = arith.addf %n, %l : tensor<?x33xf32>
  return %y, %r : tensor<?x33xf32>, tensor<?x20xf32>
}
check.close @shared_norm {tolerance = 1.0e-05, tokens = array<i64: 1, 17>}

// Two keys and values from one map each, on two states.
func.func @two_states(%q: tensor<?x32xf32>, %k: tensor<?x32xf32>, %a: !braid.kv<heads = 2, dim = 16, window = 0, f16>, %b: !braid.kv<heads = 2, dim = 16, window = 0, f16>, %position: index) -> tensor<?x32xf32> {
  %o, %a1 = braid.attend @causal() %q, %k, %k, %a, %position {heads = 2 : i64, scale = 0.25 : f64}
    : (tensor<?x32xf32>, tensor<?x32xf32>, tensor<?x32xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f16>, index) -> (tensor<?x32xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f16>)
  %p, %b1 = braid.attend @sliding_window(3) %o, %k, %q, %b, %position {heads = 2 : i64, scale = 0.25 : f64}
    : (tensor<?x32xf32>, tensor<?x32xf32>, tensor<?x32xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f16>, index) -> (tensor<?x32xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f16>)
  %y = arith.addf %o, %p : tensor<?x32xf32>
  return %y : tensor<?x32xf32>
}
check.close @two_states {tolerance = 1.0e-04, tokens = array<i64: 7, 1, 33, 1>, inputs = ["random", "repeated"]}
