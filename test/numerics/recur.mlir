// RUN: braid-check %s | FileCheck %s

// Recurrences of the catalogue in a graph, over calls of several sizes: fast code against the step, op by op. Gates are
// made from random numbers as models make them.

// A gate is minus a square, which every number's is: a decay is never above 1.
func.func @key_gates(%q: tensor<?x80xf32>, %k: tensor<?x80xf32>, %v: tensor<?x96xf32>, %u: tensor<?x80xf32>,
    %s: !braid.recurrent<heads = 4, key = 20, value = 24, matrices = 1, columns = 0>) -> tensor<?x96xf32> {
  %u2 = arith.mulf %u, %u : tensor<?x80xf32>
  %g = arith.negf %u2 : tensor<?x80xf32>
  %o, %next = braid.recur @gla(%q, %k, %v, %g), %s
    : (tensor<?x80xf32>, tensor<?x80xf32>, tensor<?x96xf32>, tensor<?x80xf32>, !braid.recurrent<heads = 4, key = 20, value = 24, matrices = 1, columns = 0>)
    -> (tensor<?x96xf32>, !braid.recurrent<heads = 4, key = 20, value = 24, matrices = 1, columns = 0>)
  return %o : tensor<?x96xf32>
}
// CHECK: @key_gates: x86-64-v3, exact: {{.*}}error
check.close @key_gates {tolerance = 1.0e-05, tokens = array<i64: 1, 5, 1, 33, 2>, inputs = ["random", "zeros", "repeated"]}

// Keys of one head for each two, a skip that is a weight.
func.func @scalar_gates(%q: tensor<?x32xf32>, %k: tensor<?x32xf32>, %v: tensor<?x48xf32>, %u: tensor<?x4xf32>, %skip: !braid.weight<4, f32>,
    %s: !braid.recurrent<heads = 4, key = 16, value = 12, matrices = 1, columns = 0>) -> tensor<?x48xf32> {
  %d = arith.mulf %u, %u : tensor<?x4xf32>
  %g = arith.negf %d : tensor<?x4xf32>
  %o, %next = braid.recur @mamba2(%q, %k, %v, %g, %d, %skip), %s
    : (tensor<?x32xf32>, tensor<?x32xf32>, tensor<?x48xf32>, tensor<?x4xf32>, tensor<?x4xf32>, !braid.weight<4, f32>,
       !braid.recurrent<heads = 4, key = 16, value = 12, matrices = 1, columns = 0>)
    -> (tensor<?x48xf32>, !braid.recurrent<heads = 4, key = 16, value = 12, matrices = 1, columns = 0>)
  return %o : tensor<?x48xf32>
}
// CHECK: @scalar_gates: x86-64-v3, exact: {{.*}}error
check.close @scalar_gates {tolerance = 1.0e-05, tokens = array<i64: 7, 1, 1, 70>, inputs = ["random", "zeros", "repeated"]}

// The same, but heads that share keys lie apart: 0 and 2, 1 and 3.
func.func @tiled_groups(%q: tensor<?x32xf32>, %k: tensor<?x32xf32>, %v: tensor<?x48xf32>, %u: tensor<?x4xf32>, %skip: !braid.weight<4, f32>,
    %s: !braid.recurrent<heads = 4, key = 16, value = 12, matrices = 1, columns = 0>) -> tensor<?x48xf32> {
  %d = arith.mulf %u, %u : tensor<?x4xf32>
  %g = arith.negf %d : tensor<?x4xf32>
  %o, %next = braid.recur @mamba2(%q, %k, %v, %g, %d, %skip), %s {tiled}
    : (tensor<?x32xf32>, tensor<?x32xf32>, tensor<?x48xf32>, tensor<?x4xf32>, tensor<?x4xf32>, !braid.weight<4, f32>,
       !braid.recurrent<heads = 4, key = 16, value = 12, matrices = 1, columns = 0>)
    -> (tensor<?x48xf32>, !braid.recurrent<heads = 4, key = 16, value = 12, matrices = 1, columns = 0>)
  return %o : tensor<?x48xf32>
}
// CHECK: @tiled_groups: x86-64-v3, exact: {{.*}}error
check.close @tiled_groups {tolerance = 1.0e-05, tokens = array<i64: 7, 1, 1, 70>, inputs = ["random", "zeros", "repeated"]}

// A state of its own variant beside the matrix: the step has no normal form, so it runs as it is written.
attn.recurrence @saturated(%S: !attn.state, %q: !attn.key, %k: !attn.key, %v: !attn.value) {
  %N = attn.write %S, %k, %v
  %T = attn.map tanh %N
  %o = attn.read %T, %q
  attn.yield %T, %o
}
func.func @saturated_states(%q: tensor<?x20xf32>, %k: tensor<?x20xf32>, %v: tensor<?x14xf32>,
    %s: !braid.recurrent<heads = 2, key = 10, value = 7, matrices = 1, columns = 0>) -> tensor<?x14xf32> {
  %o, %next = braid.recur @saturated(%q, %k, %v), %s
    : (tensor<?x20xf32>, tensor<?x20xf32>, tensor<?x14xf32>, !braid.recurrent<heads = 2, key = 10, value = 7, matrices = 1, columns = 0>)
    -> (tensor<?x14xf32>, !braid.recurrent<heads = 2, key = 10, value = 7, matrices = 1, columns = 0>)
  return %o : tensor<?x14xf32>
}
// CHECK: @saturated_states: x86-64-v3, exact: {{.*}}error
check.close @saturated_states {tolerance = 1.0e-05, tokens = array<i64: 3, 1, 9>, inputs = ["random", "repeated"]}

// Linear attention with a normaliser: a matrix and a column.
func.func @normalised(%q: tensor<?x24xf32>, %k: tensor<?x24xf32>, %v: tensor<?x48xf32>,
    %s: !braid.recurrent<heads = 3, key = 8, value = 16, matrices = 1, columns = 1>) -> tensor<?x48xf32> {
  %q2 = arith.mulf %q, %q : tensor<?x24xf32>
  %k2 = arith.mulf %k, %k : tensor<?x24xf32>
  %o, %next = braid.recur @linear_attention_normalised(%q2, %k2, %v), %s
    : (tensor<?x24xf32>, tensor<?x24xf32>, tensor<?x48xf32>, !braid.recurrent<heads = 3, key = 8, value = 16, matrices = 1, columns = 1>)
    -> (tensor<?x48xf32>, !braid.recurrent<heads = 3, key = 8, value = 16, matrices = 1, columns = 1>)
  return %o : tensor<?x48xf32>
}
// CHECK: @normalised: x86-64-v3, exact: {{.*}}error
check.close @normalised {tolerance = 1.0e-05, tokens = array<i64: 3, 1, 40>, inputs = ["random", "repeated"]}
