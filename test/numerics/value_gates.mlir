// RUN: braid-check %s | FileCheck %s

// Gates along the value channels: a forget gate for each of them, as in HGRN (arXiv 2311.04823), with an outer product
// written; and beside gates of keys and scalars in a delta rule. No catalogue has them.

attn.recurrence @value_gates(%S: !attn.state, %q: !attn.key {shared}, %k: !attn.key {shared}, %v: !attn.value,
                             %f: !attn.value {log}) {
  %a = attn.map exp %f
  %one = attn.constant 1.0 : !attn.value
  %i = attn.sub %one, %a
  %w = attn.mul %v, %i
  %D = attn.decay %S, %f
  %N = attn.write %D, %k, %w
  %o = attn.read %N, %q
  attn.yield %N, %o
}

attn.recurrence @all_gates(%S: !attn.state, %q: !attn.key, %k: !attn.key {unit}, %v: !attn.value, %f: !attn.value {log},
                           %g: !attn.key {log}, %h: !attn.scalar {log}) {
  %D = attn.decay %S, %f
  %E = attn.decay %D, %g
  %r = attn.read %E, %k
  %e = attn.sub %v, %r
  %N = attn.write %E, %k, %e
  %F = attn.decay %N, %h
  %G = attn.decay %F, %f
  %o = attn.read %G, %q
  attn.yield %G, %o
}

// Calls of one token and of many; 40 value channels are one block of columns and part of one.
// CHECK: @forget: x86-64-v3, exact: {{[1-9][0-9]*}} calls
func.func @forget(%q: tensor<?x32xf32>, %k: tensor<?x32xf32>, %v: tensor<?x160xf32>, %x: tensor<?x160xf32>,
    %s: !braid.recurrent<heads = 4, key = 16, value = 40, matrices = 1, columns = 0>) -> tensor<?x160xf32> {
  %x2 = arith.mulf %x, %x : tensor<?x160xf32>
  %f = arith.negf %x2 : tensor<?x160xf32>
  %o, %next = braid.recur @value_gates(%q, %k, %v, %f), %s
    : (tensor<?x32xf32>, tensor<?x32xf32>, tensor<?x160xf32>, tensor<?x160xf32>, !braid.recurrent<heads = 4, key = 16, value = 40, matrices = 1, columns = 0>)
    -> (tensor<?x160xf32>, !braid.recurrent<heads = 4, key = 16, value = 40, matrices = 1, columns = 0>)
  return %o : tensor<?x160xf32>
}
check.close @forget {tolerance = 1.0e-05, tokens = array<i64: 1, 17, 1, 66>, inputs = ["random", "zeros", "repeated"]}

// K that is no multiple of a vector.
// CHECK: @everything_forgets: x86-64-v3, exact: {{[1-9][0-9]*}} calls
func.func @everything_forgets(%q: tensor<?x40xf32>, %k: tensor<?x40xf32>, %v: tensor<?x24xf32>, %x: tensor<?x24xf32>,
    %y: tensor<?x40xf32>, %z: tensor<?x2xf32>, %s: !braid.recurrent<heads = 2, key = 20, value = 12, matrices = 1, columns = 0>)
    -> tensor<?x24xf32> {
  %u = braid.l2_norm %k {epsilon = 1.0e-06 : f64, heads = 2 : i64} : (tensor<?x40xf32>) -> tensor<?x40xf32>
  %x2 = arith.mulf %x, %x : tensor<?x24xf32>
  %f = arith.negf %x2 : tensor<?x24xf32>
  %y2 = arith.mulf %y, %y : tensor<?x40xf32>
  %g = arith.negf %y2 : tensor<?x40xf32>
  %z2 = arith.mulf %z, %z : tensor<?x2xf32>
  %h = arith.negf %z2 : tensor<?x2xf32>
  %o, %next = braid.recur @all_gates(%q, %u, %v, %f, %g, %h), %s
    : (tensor<?x40xf32>, tensor<?x40xf32>, tensor<?x24xf32>, tensor<?x24xf32>, tensor<?x40xf32>, tensor<?x2xf32>, !braid.recurrent<heads = 2, key = 20, value = 12, matrices = 1, columns = 0>)
    -> (tensor<?x24xf32>, !braid.recurrent<heads = 2, key = 20, value = 12, matrices = 1, columns = 0>)
  return %o : tensor<?x24xf32>
}
check.close @everything_forgets {tolerance = 1.0e-05, tokens = array<i64: 1, 33, 1, 5>, inputs = ["random", "zeros", "repeated"]}
