// RUN: braid-check %s | FileCheck %s

// States that are bf16 between calls: a call computes in f32, and rounds them once. A number that lies between two of
// bf16 may be rounded the other way where sums are taken in another order.

// A step after the other, and blocks of tokens; sizes that fill no vector.
func.func @key_gates(%q: tensor<?x80xf32>, %k: tensor<?x80xf32>, %v: tensor<?x96xf32>, %u: tensor<?x80xf32>,
    %s: !braid.recurrent<heads = 4, key = 20, value = 24, matrices = 1, columns = 0, bf16>) -> tensor<?x96xf32> {
  %u2 = arith.mulf %u, %u : tensor<?x80xf32>
  %g = arith.negf %u2 : tensor<?x80xf32>
  %o, %next = braid.recur @gla(%q, %k, %v, %g), %s
    : (tensor<?x80xf32>, tensor<?x80xf32>, tensor<?x96xf32>, tensor<?x80xf32>, !braid.recurrent<heads = 4, key = 20, value = 24, matrices = 1, columns = 0, bf16>)
    -> (tensor<?x96xf32>, !braid.recurrent<heads = 4, key = 20, value = 24, matrices = 1, columns = 0, bf16>)
  return %o : tensor<?x96xf32>
}
// CHECK: @key_gates: x86-64-v3, exact: {{.*}}error
check.close @key_gates {tolerance = 1.0e-03, tokens = array<i64: 1, 5, 1, 1, 33, 2>, inputs = ["random", "zeros", "repeated"]}

// One call from nothing: no rounding is seen.
func.func @one_call(%q: tensor<?x256xf32>, %k: tensor<?x256xf32>, %v: tensor<?x128xf32>, %u: tensor<?x2xf32>,
    %s: !braid.recurrent<heads = 2, key = 128, value = 64, matrices = 1, columns = 0, bf16>) -> tensor<?x128xf32> {
  %u2 = arith.mulf %u, %u : tensor<?x2xf32>
  %g = arith.negf %u2 : tensor<?x2xf32>
  %o, %next = braid.recur @simple_gla(%q, %k, %v, %g), %s
    : (tensor<?x256xf32>, tensor<?x256xf32>, tensor<?x128xf32>, tensor<?x2xf32>, !braid.recurrent<heads = 2, key = 128, value = 64, matrices = 1, columns = 0, bf16>)
    -> (tensor<?x128xf32>, !braid.recurrent<heads = 2, key = 128, value = 64, matrices = 1, columns = 0, bf16>)
  return %o : tensor<?x128xf32>
}
// CHECK: @one_call: x86-64-v3, exact: {{.*}}error
check.close @one_call {tolerance = 1.0e-05, tokens = array<i64: 70>, inputs = ["random", "zeros", "repeated"]}

// A matrix and a column.
func.func @normalised(%q: tensor<?x24xf32>, %k: tensor<?x24xf32>, %v: tensor<?x48xf32>,
    %s: !braid.recurrent<heads = 3, key = 8, value = 16, matrices = 1, columns = 1, bf16>) -> tensor<?x48xf32> {
  %q2 = arith.mulf %q, %q : tensor<?x24xf32>
  %k2 = arith.mulf %k, %k : tensor<?x24xf32>
  %o, %next = braid.recur @linear_attention_normalised(%q2, %k2, %v), %s
    : (tensor<?x24xf32>, tensor<?x24xf32>, tensor<?x48xf32>, !braid.recurrent<heads = 3, key = 8, value = 16, matrices = 1, columns = 1, bf16>)
    -> (tensor<?x48xf32>, !braid.recurrent<heads = 3, key = 8, value = 16, matrices = 1, columns = 1, bf16>)
  return %o : tensor<?x48xf32>
}
// CHECK: @normalised: x86-64-v3, exact: {{.*}}error
check.close @normalised {tolerance = 1.0e-03, tokens = array<i64: 3, 1, 1, 33>, inputs = ["random", "zeros"]}

// A step that runs as it is written.
attn.recurrence @saturated(%S: !attn.state, %q: !attn.key, %k: !attn.key, %v: !attn.value) {
  %N = attn.write %S, %k, %v
  %T = attn.map tanh %N
  %o = attn.read %T, %q
  attn.yield %T, %o
}
func.func @saturated_states(%q: tensor<?x20xf32>, %k: tensor<?x20xf32>, %v: tensor<?x14xf32>,
    %s: !braid.recurrent<heads = 2, key = 10, value = 7, matrices = 1, columns = 0, bf16>) -> tensor<?x14xf32> {
  %o, %next = braid.recur @saturated(%q, %k, %v), %s
    : (tensor<?x20xf32>, tensor<?x20xf32>, tensor<?x14xf32>, !braid.recurrent<heads = 2, key = 10, value = 7, matrices = 1, columns = 0, bf16>)
    -> (tensor<?x14xf32>, !braid.recurrent<heads = 2, key = 10, value = 7, matrices = 1, columns = 0, bf16>)
  return %o : tensor<?x14xf32>
}
// CHECK: @saturated_states: x86-64-v3, exact: {{.*}}error
check.close @saturated_states {tolerance = 1.0e-05, tokens = array<i64: 3, 1, 9>, inputs = ["random", "repeated"]}
