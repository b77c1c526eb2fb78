// RUN: braid-check %s | FileCheck %s

// Chains of row-local ops, as hybrid models have them; each chain is one kernel.

// The decay of each key channel: -exp(A) softplus(u + dt).
func.func @decay_gate(%u: tensor<?x144xf32>, %a: !braid.weight<3, f32>, %dt: !braid.weight<144, f32>) -> tensor<?x144xf32> {
  %b = braid.bias %u, %dt : (tensor<?x144xf32>, !braid.weight<144, f32>) -> tensor<?x144xf32>
  %s = braid.activate softplus %b : tensor<?x144xf32>
  %g = braid.gain %s, %a : (tensor<?x144xf32>, !braid.weight<3, f32>) -> tensor<?x144xf32>
  %y = arith.negf %g : tensor<?x144xf32>
  return %y : tensor<?x144xf32>
}
// CHECK: @decay_gate: x86-64-v3, exact: 45 calls
check.close @decay_gate {tolerance = 2.0e-06}

// A step size a head, held between two bounds; the decay that follows from it.
func.func @step_size(%u: tensor<?x5xf32>, %a: !braid.weight<5, f32>, %dt: !braid.weight<5, f32>, %lo: tensor<?x5xf32>, %hi: tensor<?x5xf32>) -> (tensor<?x5xf32>, tensor<?x5xf32>) {
  %b = braid.bias %u, %dt : (tensor<?x5xf32>, !braid.weight<5, f32>) -> tensor<?x5xf32>
  %s = braid.activate softplus %b : tensor<?x5xf32>
  %m = arith.maximumf %s, %lo : tensor<?x5xf32>
  %c = arith.minimumf %m, %hi : tensor<?x5xf32>
  %y = braid.gain %c, %a : (tensor<?x5xf32>, !braid.weight<5, f32>) -> tensor<?x5xf32>
  return %c, %y : tensor<?x5xf32>, tensor<?x5xf32>
}
check.close @step_size {tolerance = 2.0e-06}

// The norm of a mixer's heads under its gate.
func.func @gated_norm(%o: tensor<?x192xf32>, %z: tensor<?x192xf32>, %w: !braid.weight<64, bf16>) -> tensor<?x192xf32> {
  %n = braid.rms_norm %o, %w {epsilon = 1.0e-05, heads = 3 : i64} : (tensor<?x192xf32>, !braid.weight<64, bf16>) -> tensor<?x192xf32>
  %g = braid.activate sigmoid %z : tensor<?x192xf32>
  %y = arith.mulf %n, %g : tensor<?x192xf32>
  return %y : tensor<?x192xf32>
}
check.close @gated_norm {tolerance = 2.0e-06}

// The gate before the norm, groups of an odd size.
func.func @norm_of_gated(%o: tensor<?x150xf32>, %z: tensor<?x150xf32>, %w: !braid.weight<150, f32>) -> tensor<?x150xf32> {
  %g = braid.activate silu %z : tensor<?x150xf32>
  %p = arith.mulf %o, %g : tensor<?x150xf32>
  %y = braid.rms_norm %p, %w {epsilon = 1.0e-05, heads = 2 : i64} : (tensor<?x150xf32>, !braid.weight<150, f32>) -> tensor<?x150xf32>
  return %y : tensor<?x150xf32>
}
check.close @norm_of_gated {tolerance = 3.0e-06, inputs = ["random", "repeated", "tiny"]}

// Queries: nonlinearity, unit length, scale; beta beside them.
func.func @query(%x: tensor<?x160xf32>, %u: tensor<?x5xf32>) -> (tensor<?x160xf32>, tensor<?x5xf32>, tensor<?x160xf32>) {
  %s = braid.activate silu %x : tensor<?x160xf32>
  %q = braid.l2_norm %s {epsilon = 1.0e-06, heads = 5 : i64, scale = 0.17 : f64} : (tensor<?x160xf32>) -> tensor<?x160xf32>
  %b = braid.activate sigmoid %u : tensor<?x5xf32>
  %w = braid.broadcast %b : (tensor<?x5xf32>) -> tensor<?x160xf32>
  %k = arith.mulf %q, %w : tensor<?x160xf32>
  return %q, %b, %k : tensor<?x160xf32>, tensor<?x5xf32>, tensor<?x160xf32>
}
check.close @query {tolerance = 2.0e-06}

// The bonus: what this token's key and value give to the query, beside the normed output.
func.func @bonus(%r: tensor<?x96xf32>, %k: tensor<?x96xf32>, %v: tensor<?x96xf32>, %o: tensor<?x96xf32>, %gate: tensor<?x96xf32>,
    %rk: !braid.weight<96, f32>, %w: !braid.weight<96, f32>, %b: !braid.weight<96, f32>) -> tensor<?x96xf32> {
  %n = braid.layer_norm %o, %w, %b {epsilon = 6.4e-04, heads = 3 : i64} : (tensor<?x96xf32>, !braid.weight<96, f32>, !braid.weight<96, f32>) -> tensor<?x96xf32>
  %p = arith.mulf %r, %k : tensor<?x96xf32>
  %g = braid.gain %p, %rk : (tensor<?x96xf32>, !braid.weight<96, f32>) -> tensor<?x96xf32>
  %h = braid.head_sum %g {heads = 3 : i64} : (tensor<?x96xf32>) -> tensor<?x3xf32>
  %s = braid.broadcast %h : (tensor<?x3xf32>) -> tensor<?x96xf32>
  %a = arith.mulf %s, %v : tensor<?x96xf32>
  %y = arith.addf %n, %a : tensor<?x96xf32>
  %z = arith.mulf %y, %gate : tensor<?x96xf32>
  return %z : tensor<?x96xf32>
}
check.close @bonus {tolerance = 1.0e-05}

// Mixes with the token before, after a norm.
func.func @mixes(%x: tensor<?x70xf32>, %t: !braid.tail<1x70>, %g: !braid.weight<70, f32>, %a: !braid.weight<70, f32>, %b: !braid.weight<70, f32>)
    -> (tensor<?x70xf32>, tensor<?x70xf32>) {
  %n = braid.layer_norm %x, %g {epsilon = 1.0e-05} : (tensor<?x70xf32>, !braid.weight<70, f32>) -> tensor<?x70xf32>
  %p, %t1 = braid.token_shift %n, %t : (tensor<?x70xf32>, !braid.tail<1x70>) -> (tensor<?x70xf32>, !braid.tail<1x70>)
  %d = arith.subf %p, %n : tensor<?x70xf32>
  %da = braid.gain %d, %a : (tensor<?x70xf32>, !braid.weight<70, f32>) -> tensor<?x70xf32>
  %db = braid.gain %d, %b : (tensor<?x70xf32>, !braid.weight<70, f32>) -> tensor<?x70xf32>
  %ma = arith.addf %n, %da : tensor<?x70xf32>
  %mb = arith.addf %n, %db : tensor<?x70xf32>
  return %ma, %mb : tensor<?x70xf32>, tensor<?x70xf32>
}
check.close @mixes {tolerance = 5.0e-06, inputs = ["random", "zeros", "repeated", "large"]}

// Convolution, nonlinearity, unit length.
func.func @conv(%x: tensor<?x96xf32>, %w: !braid.weight<96x4, bf16>, %t: !braid.tail<3x96>) -> tensor<?x96xf32> {
  %c, %t1 = braid.short_conv %x, %w, %t : (tensor<?x96xf32>, !braid.weight<96x4, bf16>, !braid.tail<3x96>) -> (tensor<?x96xf32>, !braid.tail<3x96>)
  %s = braid.activate silu %c : tensor<?x96xf32>
  %y = braid.l2_norm %s {epsilon = 1.0e-06, heads = 3 : i64, scale = 0.17 : f64} : (tensor<?x96xf32>) -> tensor<?x96xf32>
  return %y : tensor<?x96xf32>
}
check.close @conv {tolerance = 5.0e-06, tokens = array<i64: 1, 1, 1, 5, 1, 2, 17>, inputs = ["random", "zeros", "repeated"]}

// Two convolutions of one input with biases, of odd heads; what comes before stays apart.
func.func @two_convs(%x: tensor<?x57xf32>, %w: !braid.weight<57x3, f32>, %b: !braid.weight<57, f32>, %v: !braid.weight<57x2, f16>, %t: !braid.tail<2x57>, %u: !braid.tail<1x57>)
    -> (tensor<?x57xf32>, tensor<?x57xf32>) {
  %p = arith.mulf %x, %x : tensor<?x57xf32>
  %c, %t1 = braid.short_conv %p, %w, %t bias %b : (tensor<?x57xf32>, !braid.weight<57x3, f32>, !braid.tail<2x57>, !braid.weight<57, f32>) -> (tensor<?x57xf32>, !braid.tail<2x57>)
  %d, %u1 = braid.short_conv %p, %v, %u : (tensor<?x57xf32>, !braid.weight<57x2, f16>, !braid.tail<1x57>) -> (tensor<?x57xf32>, !braid.tail<1x57>)
  %y = arith.addf %c, %d : tensor<?x57xf32>
  %z = braid.l2_norm %d {epsilon = 1.0e-03, heads = 19 : i64} : (tensor<?x57xf32>) -> tensor<?x57xf32>
  return %y, %z : tensor<?x57xf32>, tensor<?x57xf32>
}
check.close @two_convs {tolerance = 1.0e-05, tokens = array<i64: 1, 1, 4, 1, 2, 3>, inputs = ["random", "zeros"]}

// Rows of several slices, each of several heads; rows whose sums need all of them.
func.func @wide(%x: tensor<?x1536xf32>, %r: tensor<?x1536xf32>, %g: !braid.weight<1536, f32>, %h: !braid.weight<12, f32>, %table: tensor<?x64xf32>)
    -> (tensor<?x1536xf32>, tensor<?x1536xf32>) {
  %s = arith.addf %x, %r : tensor<?x1536xf32>
  %a = braid.activate silu %s : tensor<?x1536xf32>
  %q = braid.l2_norm %a {epsilon = 1.0e-06, heads = 12 : i64} : (tensor<?x1536xf32>) -> tensor<?x1536xf32>
  %w = braid.gain %q, %h : (tensor<?x1536xf32>, !braid.weight<12, f32>) -> tensor<?x1536xf32>
  %y = braid.rope %w, %table {heads = 12 : i64} : (tensor<?x1536xf32>, tensor<?x64xf32>) -> tensor<?x1536xf32>
  %z = braid.rms_norm %r, %g {epsilon = 1.0e-05} : (tensor<?x1536xf32>, !braid.weight<1536, f32>) -> tensor<?x1536xf32>
  return %y, %z : tensor<?x1536xf32>, tensor<?x1536xf32>
}
check.close @wide {tolerance = 1.0e-05, tokens = array<i64: 1, 3>, inputs = ["random"]}

// The sum of the residual stream and its norm.
func.func @residual_norm(%x: tensor<?x2052xf32>, %r: tensor<?x2052xf32>, %g: !braid.weight<2052, f32>) -> (tensor<?x2052xf32>, tensor<?x2052xf32>) {
  %s = arith.addf %x, %r : tensor<?x2052xf32>
  %n = braid.rms_norm %s, %g {epsilon = 1.0e-05} : (tensor<?x2052xf32>, !braid.weight<2052, f32>) -> tensor<?x2052xf32>
  return %s, %n : tensor<?x2052xf32>, tensor<?x2052xf32>
}
check.close @residual_norm {tolerance = 1.0e-05, tokens = array<i64: 1, 3>, inputs = ["random"]}

// Values that wait for their sum in memory, more than a stack holds.
func.func @long_wait(%x: tensor<?x20000xf32>) -> tensor<?x20000xf32> {
  %a = braid.activate sigmoid %x : tensor<?x20000xf32>
  %s = braid.head_sum %a : (tensor<?x20000xf32>) -> tensor<?x1xf32>
  %b = braid.broadcast %s : (tensor<?x1xf32>) -> tensor<?x20000xf32>
  %y = arith.divf %a, %b : tensor<?x20000xf32>
  return %y : tensor<?x20000xf32>
}
check.close @long_wait {tolerance = 1.0e-04, tokens = array<i64: 1, 19>, inputs = ["random"]}

// All that a linear attention reads: parts that exchange nothing, of unlike widths and slices.
func.func @siblings(%q: tensor<?x1056xf32>, %k: tensor<?x528xf32>, %u: tensor<?x5xf32>, %wq: !braid.weight<1056x4, f32>, %tq: !braid.tail<3x1056>, %wk: !braid.weight<528x4, f32>, %tk: !braid.tail<3x528>,
    %kv: !braid.kv<heads = 1, dim = 528, window = 0, f32>, %position: index) -> (tensor<?x1056xf32>, tensor<?x5xf32>) {
  %c, %tq1 = braid.short_conv %q, %wq, %tq : (tensor<?x1056xf32>, !braid.weight<1056x4, f32>, !braid.tail<3x1056>) -> (tensor<?x1056xf32>, !braid.tail<3x1056>)
  %s = braid.activate silu %c : tensor<?x1056xf32>
  %a = braid.l2_norm %s {epsilon = 1.0e-06, heads = 2 : i64} : (tensor<?x1056xf32>) -> tensor<?x1056xf32>
  %d, %tk1 = braid.short_conv %k, %wk, %tk : (tensor<?x528xf32>, !braid.weight<528x4, f32>, !braid.tail<3x528>) -> (tensor<?x528xf32>, !braid.tail<3x528>)
  %b = braid.activate silu %d : tensor<?x528xf32>
  %v = braid.scale %d {factor = 0.5} : tensor<?x528xf32>
  %g = braid.activate sigmoid %u : tensor<?x5xf32>
  %o, %next = braid.attend @causal() %a, %b, %v, %kv, %position {heads = 2 : i64, scale = 0.2 : f64}
    : (tensor<?x1056xf32>, tensor<?x528xf32>, tensor<?x528xf32>, !braid.kv<heads = 1, dim = 528, window = 0, f32>, index) -> (tensor<?x1056xf32>, !braid.kv<heads = 1, dim = 528, window = 0, f32>)
  return %o, %g : tensor<?x1056xf32>, tensor<?x5xf32>
}
check.close @siblings {tolerance = 1.0e-05, tokens = array<i64: 1, 2, 1, 9>, inputs = ["random"]}
