// RUN: braid-check %s | FileCheck %s

// Whole decoder layers, as the importers write them: five kernels each.

// Grouped heads.
func.func @llama(%x: tensor<?x72xf32>, %table: tensor<?x8xf32>, %position: index,
    %kv: !braid.kv<heads = 3, dim = 8, window = 0, f32>, %g0: !braid.weight<72, f32>,
    %wq: !braid.weight<72x72, f32>, %wk: !braid.weight<24x72, f32>, %wv: !braid.weight<24x72, f32>,
    %wo: !braid.weight<72x72, f32>, %g1: !braid.weight<72, f32>, %wg: !braid.weight<100x72, f32>,
    %wu: !braid.weight<100x72, f32>, %wd: !braid.weight<72x100, f32>) -> (tensor<?x72xf32>, !braid.kv<heads = 3, dim = 8, window = 0, f32>) {
  %n0 = braid.rms_norm %x, %g0 {epsilon = 1.0e-05} : (tensor<?x72xf32>, !braid.weight<72, f32>) -> tensor<?x72xf32>
  %q0 = braid.linear %n0, %wq : (tensor<?x72xf32>, !braid.weight<72x72, f32>) -> tensor<?x72xf32>
  %k0 = braid.linear %n0, %wk : (tensor<?x72xf32>, !braid.weight<24x72, f32>) -> tensor<?x24xf32>
  %v = braid.linear %n0, %wv : (tensor<?x72xf32>, !braid.weight<24x72, f32>) -> tensor<?x24xf32>
  %qr = braid.rope %q0, %table {heads = 9 : i64} : (tensor<?x72xf32>, tensor<?x8xf32>) -> tensor<?x72xf32>
  %kr = braid.rope %k0, %table {heads = 3 : i64} : (tensor<?x24xf32>, tensor<?x8xf32>) -> tensor<?x24xf32>
  %o, %next = braid.attend @causal() %qr, %kr, %v, %kv, %position {heads = 9 : i64, scale = 0.353553 : f64}
    : (tensor<?x72xf32>, tensor<?x24xf32>, tensor<?x24xf32>, !braid.kv<heads = 3, dim = 8, window = 0, f32>, index) -> (tensor<?x72xf32>, !braid.kv<heads = 3, dim = 8, window = 0, f32>)
  %p = braid.linear %o, %wo : (tensor<?x72xf32>, !braid.weight<72x72, f32>) -> tensor<?x72xf32>
  %x1 = arith.addf %x, %p : tensor<?x72xf32>
  %n1 = braid.rms_norm %x1, %g1 {epsilon = 1.0e-05} : (tensor<?x72xf32>, !braid.weight<72, f32>) -> tensor<?x72xf32>
  %gate = braid.linear %n1, %wg : (tensor<?x72xf32>, !braid.weight<100x72, f32>) -> tensor<?x100xf32>
  %up = braid.linear %n1, %wu : (tensor<?x72xf32>, !braid.weight<100x72, f32>) -> tensor<?x100xf32>
  %a = braid.activate silu %gate : tensor<?x100xf32>
  %b = arith.mulf %a, %up : tensor<?x100xf32>
  %d = braid.linear %b, %wd : (tensor<?x100xf32>, !braid.weight<72x100, f32>) -> tensor<?x72xf32>
  %y = arith.addf %x1, %d : tensor<?x72xf32>
  return %y, %next : tensor<?x72xf32>, !braid.kv<heads = 3, dim = 8, window = 0, f32>
}
check.close @llama {tolerance = 1.0e-04, tokens = array<i64: 17, 1, 33, 1, 2>, inputs = ["random", "zeros", "repeated"]}

// CHECK: @llama: x86-64-v3, exact: 15 calls

// Biases of queries, keys and values.
func.func @qwen2(%x: tensor<?x64xf32>, %table: tensor<?x16xf32>, %position: index,
    %kv: !braid.kv<heads = 2, dim = 16, window = 0, f16>, %g0: !braid.weight<64, f32>,
    %wq: !braid.weight<64x64, bf16>, %wk: !braid.weight<32x64, bf16>, %wv: !braid.weight<32x64, bf16>,
    %bq: !braid.weight<64, f32>, %bk: !braid.weight<32, f32>, %bv: !braid.weight<32, f32>,
    %wo: !braid.weight<64x64, bf16>, %g1: !braid.weight<64, f32>, %wg: !braid.weight<96x64, bf16>,
    %wu: !braid.weight<96x64, bf16>, %wd: !braid.weight<64x96, bf16>) -> (tensor<?x64xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f16>) {
  %n0 = braid.rms_norm %x, %g0 {epsilon = 1.0e-05} : (tensor<?x64xf32>, !braid.weight<64, f32>) -> tensor<?x64xf32>
  %q0 = braid.linear %n0, %wq bias %bq : (tensor<?x64xf32>, !braid.weight<64x64, bf16>, !braid.weight<64, f32>) -> tensor<?x64xf32>
  %k0 = braid.linear %n0, %wk bias %bk : (tensor<?x64xf32>, !braid.weight<32x64, bf16>, !braid.weight<32, f32>) -> tensor<?x32xf32>
  %v = braid.linear %n0, %wv bias %bv : (tensor<?x64xf32>, !braid.weight<32x64, bf16>, !braid.weight<32, f32>) -> tensor<?x32xf32>
  %qr = braid.rope %q0, %table {heads = 4 : i64} : (tensor<?x64xf32>, tensor<?x16xf32>) -> tensor<?x64xf32>
  %kr = braid.rope %k0, %table {heads = 2 : i64} : (tensor<?x32xf32>, tensor<?x16xf32>) -> tensor<?x32xf32>
  %o, %next = braid.attend @causal() %qr, %kr, %v, %kv, %position {heads = 4 : i64, scale = 0.25 : f64}
    : (tensor<?x64xf32>, tensor<?x32xf32>, tensor<?x32xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f16>, index) -> (tensor<?x64xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f16>)
  %p = braid.linear %o, %wo : (tensor<?x64xf32>, !braid.weight<64x64, bf16>) -> tensor<?x64xf32>
  %x1 = arith.addf %x, %p : tensor<?x64xf32>
  %n1 = braid.rms_norm %x1, %g1 {epsilon = 1.0e-05} : (tensor<?x64xf32>, !braid.weight<64, f32>) -> tensor<?x64xf32>
  %gate = braid.linear %n1, %wg : (tensor<?x64xf32>, !braid.weight<96x64, bf16>) -> tensor<?x96xf32>
  %up = braid.linear %n1, %wu : (tensor<?x64xf32>, !braid.weight<96x64, bf16>) -> tensor<?x96xf32>
  %a = braid.activate silu %gate : tensor<?x96xf32>
  %b = arith.mulf %a, %up : tensor<?x96xf32>
  %d = braid.linear %b, %wd : (tensor<?x96xf32>, !braid.weight<64x96, bf16>) -> tensor<?x64xf32>
  %y = arith.addf %x1, %d : tensor<?x64xf32>
  return %y, %next : tensor<?x64xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f16>
}
check.close @qwen2 {tolerance = 1.0e-03, tokens = array<i64: 17, 1, 33, 1, 2>, inputs = ["random", "zeros", "repeated"]}

// Norms of queries and keys.
func.func @qwen3(%x: tensor<?x60xf32>, %table: tensor<?x20xf32>, %position: index,
    %kv: !braid.kv<heads = 1, dim = 20, window = 0, f32>, %g0: !braid.weight<60, f32>,
    %wq: !braid.weight<80x60, f16>, %wk: !braid.weight<20x60, f16>, %wv: !braid.weight<20x60, f16>,
    %gq: !braid.weight<20, f32>, %gk: !braid.weight<20, f32>, %wo: !braid.weight<60x80, f16>,
    %g1: !braid.weight<60, f32>, %wg: !braid.weight<80x60, f16>, %wu: !braid.weight<80x60, f16>,
    %wd: !braid.weight<60x80, f16>) -> (tensor<?x60xf32>, !braid.kv<heads = 1, dim = 20, window = 0, f32>) {
  %n0 = braid.rms_norm %x, %g0 {epsilon = 1.0e-05} : (tensor<?x60xf32>, !braid.weight<60, f32>) -> tensor<?x60xf32>
  %q0 = braid.linear %n0, %wq : (tensor<?x60xf32>, !braid.weight<80x60, f16>) -> tensor<?x80xf32>
  %k0 = braid.linear %n0, %wk : (tensor<?x60xf32>, !braid.weight<20x60, f16>) -> tensor<?x20xf32>
  %v = braid.linear %n0, %wv : (tensor<?x60xf32>, !braid.weight<20x60, f16>) -> tensor<?x20xf32>
  %q1 = braid.rms_norm %q0, %gq {epsilon = 1.0e-06, heads = 4 : i64} : (tensor<?x80xf32>, !braid.weight<20, f32>) -> tensor<?x80xf32>
  %k1 = braid.rms_norm %k0, %gk {epsilon = 1.0e-06, heads = 1 : i64} : (tensor<?x20xf32>, !braid.weight<20, f32>) -> tensor<?x20xf32>
  %qr = braid.rope %q1, %table {heads = 4 : i64} : (tensor<?x80xf32>, tensor<?x20xf32>) -> tensor<?x80xf32>
  %kr = braid.rope %k1, %table {heads = 1 : i64} : (tensor<?x20xf32>, tensor<?x20xf32>) -> tensor<?x20xf32>
  %o, %next = braid.attend @causal() %qr, %kr, %v, %kv, %position {heads = 4 : i64, scale = 0.223607 : f64}
    : (tensor<?x80xf32>, tensor<?x20xf32>, tensor<?x20xf32>, !braid.kv<heads = 1, dim = 20, window = 0, f32>, index) -> (tensor<?x80xf32>, !braid.kv<heads = 1, dim = 20, window = 0, f32>)
  %p = braid.linear %o, %wo : (tensor<?x80xf32>, !braid.weight<60x80, f16>) -> tensor<?x60xf32>
  %x1 = arith.addf %x, %p : tensor<?x60xf32>
  %n1 = braid.rms_norm %x1, %g1 {epsilon = 1.0e-05} : (tensor<?x60xf32>, !braid.weight<60, f32>) -> tensor<?x60xf32>
  %gate = braid.linear %n1, %wg : (tensor<?x60xf32>, !braid.weight<80x60, f16>) -> tensor<?x80xf32>
  %up = braid.linear %n1, %wu : (tensor<?x60xf32>, !braid.weight<80x60, f16>) -> tensor<?x80xf32>
  %a = braid.activate silu %gate : tensor<?x80xf32>
  %b = arith.mulf %a, %up : tensor<?x80xf32>
  %d = braid.linear %b, %wd : (tensor<?x80xf32>, !braid.weight<60x80, f16>) -> tensor<?x60xf32>
  %y = arith.addf %x1, %d : tensor<?x60xf32>
  return %y, %next : tensor<?x60xf32>, !braid.kv<heads = 1, dim = 20, window = 0, f32>
}
check.close @qwen3 {tolerance = 1.0e-04, tokens = array<i64: 17, 1, 33, 1, 2>, inputs = ["random", "zeros", "repeated"]}
