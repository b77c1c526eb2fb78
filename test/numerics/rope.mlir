// RUN: braid-check %s | FileCheck %s

// Rotations, alone and in front of attention.

// Pairs (i, i + d/2).
func.func @halves(%x: tensor<?x192xf32>, %table: tensor<?x64xf32>) -> tensor<?x192xf32> {
  %y = braid.rope %x, %table {heads = 3 : i64} : (tensor<?x192xf32>, tensor<?x64xf32>) -> tensor<?x192xf32>
  return %y : tensor<?x192xf32>
}
// CHECK: @halves: x86-64-v3, exact: 45 calls
check.close @halves {tolerance = 1.0e-06}

// Pairs (2i, 2i + 1).
func.func @neighbours(%x: tensor<?x192xf32>, %table: tensor<?x64xf32>) -> tensor<?x192xf32> {
  %y = braid.rope %x, %table {heads = 3 : i64, interleaved} : (tensor<?x192xf32>, tensor<?x64xf32>) -> tensor<?x192xf32>
  return %y : tensor<?x192xf32>
}
check.close @neighbours {tolerance = 1.0e-06}

// Only the leading features of a head rotate.
func.func @partial(%x: tensor<?x160xf32>, %table: tensor<?x32xf32>) -> tensor<?x160xf32> {
  %y = braid.rope %x, %table {heads = 2 : i64} : (tensor<?x160xf32>, tensor<?x32xf32>) -> tensor<?x160xf32>
  return %y : tensor<?x160xf32>
}
check.close @partial {tolerance = 1.0e-06}

// The same with neighbours, an odd number of pairs.
func.func @partial_neighbours(%x: tensor<?x66xf32>, %table: tensor<?x14xf32>) -> tensor<?x66xf32> {
  %y = braid.rope %x, %table {heads = 2 : i64, interleaved} : (tensor<?x66xf32>, tensor<?x14xf32>) -> tensor<?x66xf32>
  return %y : tensor<?x66xf32>
}
check.close @partial_neighbours {tolerance = 1.0e-06}

// In the prologue of attention.
func.func @attend_halves(%q: tensor<?x128xf32>, %k: tensor<?x64xf32>, %v: tensor<?x64xf32>, %ids: tensor<?xi32>, %kv: !braid.kv<heads = 2, dim = 32, window = 0, f32>,
    %position: index) -> tensor<?x128xf32> {
  %table = braid.rope_table %ids, %position {frequencies = array<f32: 1.0, 0.562341, 0.316228, 0.177828, 0.1, 0.0562341, 0.0316228, 0.0177828, 0.01, 0.00562341, 0.00316228, 0.00177828, 0.001, 0.000562341, 0.000316228, 0.000177828>}
    : (tensor<?xi32>, index) -> tensor<?x32xf32>
  %qr = braid.rope %q, %table {heads = 4 : i64} : (tensor<?x128xf32>, tensor<?x32xf32>) -> tensor<?x128xf32>
  %kr = braid.rope %k, %table {heads = 2 : i64} : (tensor<?x64xf32>, tensor<?x32xf32>) -> tensor<?x64xf32>
  %o, %next = braid.attend @causal() %qr, %kr, %v, %kv, %position {heads = 4 : i64, scale = 0.2 : f64}
    : (tensor<?x128xf32>, tensor<?x64xf32>, tensor<?x64xf32>, !braid.kv<heads = 2, dim = 32, window = 0, f32>, index) -> (tensor<?x128xf32>, !braid.kv<heads = 2, dim = 32, window = 0, f32>)
  return %o : tensor<?x128xf32>
}
check.close @attend_halves {tolerance = 1.0e-05, tokens = array<i64: 7, 1, 33, 1>, inputs = ["random", "zeros", "repeated"]}

// With neighbours, in part.
func.func @attend_neighbours(%q: tensor<?x96xf32>, %k: tensor<?x48xf32>, %v: tensor<?x48xf32>, %ids: tensor<?xi32>, %kv: !braid.kv<heads = 1, dim = 48, window = 0, f16>,
    %position: index) -> tensor<?x96xf32> {
  %table = braid.rope_table %ids, %position {frequencies = array<f32: 1.0, 0.316228, 0.1, 0.0316228, 0.01, 0.00316228, 0.001, 0.000316228>}
    : (tensor<?xi32>, index) -> tensor<?x16xf32>
  %qr = braid.rope %q, %table {heads = 2 : i64, interleaved} : (tensor<?x96xf32>, tensor<?x16xf32>) -> tensor<?x96xf32>
  %kr = braid.rope %k, %table {heads = 1 : i64, interleaved} : (tensor<?x48xf32>, tensor<?x16xf32>) -> tensor<?x48xf32>
  %o, %next = braid.attend @causal() %qr, %kr, %v, %kv, %position {heads = 2 : i64, scale = 0.2 : f64}
    : (tensor<?x96xf32>, tensor<?x48xf32>, tensor<?x48xf32>, !braid.kv<heads = 1, dim = 48, window = 0, f16>, index) -> (tensor<?x96xf32>, !braid.kv<heads = 1, dim = 48, window = 0, f16>)
  return %o : tensor<?x96xf32>
}
check.close @attend_neighbours {tolerance = 1.0e-03, tokens = array<i64: 17, 1, 16>, inputs = ["random", "zeros", "repeated"]}

// Behind a norm of queries and keys.
func.func @attend_norm(%q: tensor<?x96xf32>, %k: tensor<?x32xf32>, %v: tensor<?x32xf32>, %ids: tensor<?xi32>, %kv: !braid.kv<heads = 2, dim = 16, window = 0, f32>,
    %position: index, %qg: !braid.weight<16, f32>, %kg: !braid.weight<16, f32>) -> tensor<?x96xf32> {
  %table = braid.rope_table %ids, %position {frequencies = array<f32: 1.0, 0.316228, 0.1, 0.0316228, 0.01, 0.00316228, 0.001, 0.000316228>}
    : (tensor<?xi32>, index) -> tensor<?x16xf32>
  %qn = braid.rms_norm %q, %qg {epsilon = 1.0e-06, heads = 6 : i64} : (tensor<?x96xf32>, !braid.weight<16, f32>) -> tensor<?x96xf32>
  %kn = braid.rms_norm %k, %kg {epsilon = 1.0e-06, heads = 2 : i64} : (tensor<?x32xf32>, !braid.weight<16, f32>) -> tensor<?x32xf32>
  %qr = braid.rope %qn, %table {heads = 6 : i64} : (tensor<?x96xf32>, tensor<?x16xf32>) -> tensor<?x96xf32>
  %kr = braid.rope %kn, %table {heads = 2 : i64} : (tensor<?x32xf32>, tensor<?x16xf32>) -> tensor<?x32xf32>
  %o, %next = braid.attend @causal() %qr, %kr, %v, %kv, %position {heads = 6 : i64, scale = 0.2 : f64}
    : (tensor<?x96xf32>, tensor<?x32xf32>, tensor<?x32xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f32>, index) -> (tensor<?x96xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f32>)
  return %o : tensor<?x96xf32>
}
check.close @attend_norm {tolerance = 1.0e-05, tokens = array<i64: 5, 1, 33>, inputs = ["random", "zeros", "repeated"]}

// The same for an odd head, in bf16 rows.
func.func @attend_norm_odd(%q: tensor<?x40xf32>, %k: tensor<?x40xf32>, %v: tensor<?x40xf32>, %ids: tensor<?xi32>, %kv: !braid.kv<heads = 2, dim = 20, window = 0, bf16>,
    %position: index, %qg: !braid.weight<20, f32>, %kg: !braid.weight<20, f32>) -> tensor<?x40xf32> {
  %table = braid.rope_table %ids, %position {frequencies = array<f32: 1.0, 0.158489, 0.0251189, 0.00398107, 0.000630957>}
    : (tensor<?xi32>, index) -> tensor<?x10xf32>
  %qn = braid.rms_norm %q, %qg {epsilon = 1.0e-06, heads = 2 : i64} : (tensor<?x40xf32>, !braid.weight<20, f32>) -> tensor<?x40xf32>
  %kn = braid.rms_norm %k, %kg {epsilon = 1.0e-06, heads = 2 : i64} : (tensor<?x40xf32>, !braid.weight<20, f32>) -> tensor<?x40xf32>
  %qr = braid.rope %qn, %table {heads = 2 : i64, interleaved} : (tensor<?x40xf32>, tensor<?x10xf32>) -> tensor<?x40xf32>
  %kr = braid.rope %kn, %table {heads = 2 : i64, interleaved} : (tensor<?x40xf32>, tensor<?x10xf32>) -> tensor<?x40xf32>
  %o, %next = braid.attend @causal() %qr, %kr, %v, %kv, %position {heads = 2 : i64, scale = 0.2 : f64}
    : (tensor<?x40xf32>, tensor<?x40xf32>, tensor<?x40xf32>, !braid.kv<heads = 2, dim = 20, window = 0, bf16>, index) -> (tensor<?x40xf32>, !braid.kv<heads = 2, dim = 20, window = 0, bf16>)
  return %o : tensor<?x40xf32>
}
check.close @attend_norm_odd {tolerance = 1.0e-02, tokens = array<i64: 3, 1, 17>, inputs = ["random", "zeros", "repeated"]}
