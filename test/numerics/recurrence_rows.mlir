// RUN: braid-check %s | FileCheck %s

// What a recurrence's kernel computes around it, head by head: against op by op, over calls that end within a block of
// tokens and within a piece of blocks.

// Kimi Delta Attention: convolution, SiLU and norm of queries, keys and values; gates; a norm and a gate behind it.
func.func @kimi_delta(%xq: tensor<?x32xf32>, %xk: tensor<?x32xf32>, %xv: tensor<?x96xf32>, %f: tensor<?x32xf32>, %xb: tensor<?x2xf32>, %z: tensor<?x96xf32>,
    %wq: !braid.weight<32x4, f32>, %wk: !braid.weight<32x4, bf16>, %wv: !braid.weight<96x3, f32>, %bv: !braid.weight<96, f32>,
    %dt: !braid.weight<32, f32>, %a: !braid.weight<2, f32>, %g: !braid.weight<48, f32>,
    %tq: !braid.tail<3x32>, %tk: !braid.tail<3x32>, %tv: !braid.tail<2x96>,
    %s: !braid.recurrent<heads = 2, key = 16, value = 48, matrices = 1, columns = 0>) -> tensor<?x96xf32> {
  %cq, %nq = braid.short_conv %xq, %wq, %tq : (tensor<?x32xf32>, !braid.weight<32x4, f32>, !braid.tail<3x32>) -> (tensor<?x32xf32>, !braid.tail<3x32>)
  %aq = braid.activate silu %cq : tensor<?x32xf32>
  %q = braid.l2_norm %aq {epsilon = 1.0e-06 : f64, heads = 2 : i64, scale = 0.25 : f64} : (tensor<?x32xf32>) -> tensor<?x32xf32>
  %ck, %nk = braid.short_conv %xk, %wk, %tk : (tensor<?x32xf32>, !braid.weight<32x4, bf16>, !braid.tail<3x32>) -> (tensor<?x32xf32>, !braid.tail<3x32>)
  %ak = braid.activate silu %ck : tensor<?x32xf32>
  %k = braid.l2_norm %ak {epsilon = 1.0e-06 : f64, heads = 2 : i64} : (tensor<?x32xf32>) -> tensor<?x32xf32>
  %cv, %nv = braid.short_conv %xv, %wv, %tv bias %bv : (tensor<?x96xf32>, !braid.weight<96x3, f32>, !braid.tail<2x96>, !braid.weight<96, f32>) -> (tensor<?x96xf32>, !braid.tail<2x96>)
  %v = braid.activate silu %cv : tensor<?x96xf32>
  %f1 = braid.bias %f, %dt : (tensor<?x32xf32>, !braid.weight<32, f32>) -> tensor<?x32xf32>
  %f2 = braid.activate softplus %f1 : tensor<?x32xf32>
  %f3 = arith.mulf %f2, %f2 : tensor<?x32xf32>
  %f4 = arith.negf %f3 : tensor<?x32xf32>
  %a2 = braid.gain %f4, %a : (tensor<?x32xf32>, !braid.weight<2, f32>) -> tensor<?x32xf32>
  %a3 = braid.activate softplus %a2 : tensor<?x32xf32>
  %decay = arith.negf %a3 : tensor<?x32xf32>
  %b = braid.activate sigmoid %xb : tensor<?x2xf32>
  %o, %next = braid.recur @kda(%q, %k, %v, %decay, %b), %s
    : (tensor<?x32xf32>, tensor<?x32xf32>, tensor<?x96xf32>, tensor<?x32xf32>, tensor<?x2xf32>, !braid.recurrent<heads = 2, key = 16, value = 48, matrices = 1, columns = 0>)
    -> (tensor<?x96xf32>, !braid.recurrent<heads = 2, key = 16, value = 48, matrices = 1, columns = 0>)
  %n = braid.rms_norm %o, %g {epsilon = 1.0e-05 : f64, heads = 2 : i64} : (tensor<?x96xf32>, !braid.weight<48, f32>) -> tensor<?x96xf32>
  %y1 = braid.activate sigmoid %z : tensor<?x96xf32>
  %y = arith.mulf %n, %y1 : tensor<?x96xf32>
  return %y : tensor<?x96xf32>
}
// CHECK: @kimi_delta: x86-64-v3, exact: {{.*}}error
check.close @kimi_delta {tolerance = 1.0e-05, tokens = array<i64: 1, 5, 1, 70, 33, 2>, inputs = ["random", "repeated"]}

// Six heads of values on two of keys, all of odd sizes: what is shared is computed outside. Three threads share heads.
func.func @shared_keys(%xq: tensor<?x40xf32>, %k: tensor<?x40xf32>, %v: tensor<?x78xf32>, %f: tensor<?x6xf32>, %z: tensor<?x78xf32>, %g: !braid.weight<13, f32>,
    %s: !braid.recurrent<heads = 6, key = 20, value = 13, matrices = 1, columns = 0>) -> tensor<?x78xf32> {
  %q = braid.l2_norm %xq {epsilon = 1.0e-06 : f64, heads = 2 : i64} : (tensor<?x40xf32>) -> tensor<?x40xf32>
  %k1 = braid.l2_norm %k {epsilon = 1.0e-06 : f64, heads = 2 : i64} : (tensor<?x40xf32>) -> tensor<?x40xf32>
  %v1 = braid.activate silu %v : tensor<?x78xf32>
  %f1 = braid.activate softplus %f : tensor<?x6xf32>
  %decay = arith.negf %f1 : tensor<?x6xf32>
  %b = braid.activate sigmoid %f : tensor<?x6xf32>
  %o, %next = braid.recur @gated_delta_net(%q, %k1, %v1, %decay, %b), %s
    : (tensor<?x40xf32>, tensor<?x40xf32>, tensor<?x78xf32>, tensor<?x6xf32>, tensor<?x6xf32>, !braid.recurrent<heads = 6, key = 20, value = 13, matrices = 1, columns = 0>)
    -> (tensor<?x78xf32>, !braid.recurrent<heads = 6, key = 20, value = 13, matrices = 1, columns = 0>)
  %n = braid.rms_norm %o, %g {epsilon = 1.0e-05 : f64, heads = 6 : i64} : (tensor<?x78xf32>, !braid.weight<13, f32>) -> tensor<?x78xf32>
  %z1 = braid.activate silu %z : tensor<?x78xf32>
  %y = arith.mulf %n, %z1 : tensor<?x78xf32>
  return %y : tensor<?x78xf32>
}
check.close @shared_keys {tolerance = 1.0e-05, tokens = array<i64: 3, 1, 65, 1, 40>, inputs = ["random", "zeros", "repeated"]}

// One value is two arguments, and the result is passed on as it is.
func.func @arguments_alone(%x: tensor<?x70xf32>, %v: tensor<?x45xf32>, %u: tensor<?x70xf32>,
    %s: !braid.recurrent<heads = 5, key = 14, value = 9, matrices = 1, columns = 0>) -> tensor<?x45xf32> {
  %n = braid.l2_norm %x {epsilon = 1.0e-06 : f64, heads = 5 : i64} : (tensor<?x70xf32>) -> tensor<?x70xf32>
  %u1 = arith.mulf %u, %u : tensor<?x70xf32>
  %g = arith.negf %u1 : tensor<?x70xf32>
  %o, %next = braid.recur @gla(%n, %n, %v, %g), %s
    : (tensor<?x70xf32>, tensor<?x70xf32>, tensor<?x45xf32>, tensor<?x70xf32>, !braid.recurrent<heads = 5, key = 14, value = 9, matrices = 1, columns = 0>)
    -> (tensor<?x45xf32>, !braid.recurrent<heads = 5, key = 14, value = 9, matrices = 1, columns = 0>)
  return %o : tensor<?x45xf32>
}
check.close @arguments_alone {tolerance = 1.0e-05, tokens = array<i64: 1, 37, 4>}

// A gate behind the recurrence, nothing before it.
func.func @result_alone(%q: tensor<?x24xf32>, %k: tensor<?x24xf32>, %v: tensor<?x60xf32>, %z: tensor<?x60xf32>,
    %s: !braid.recurrent<heads = 3, key = 8, value = 20, matrices = 1, columns = 0>) -> tensor<?x60xf32> {
  %o, %next = braid.recur @linear_attention(%q, %k, %v), %s
    : (tensor<?x24xf32>, tensor<?x24xf32>, tensor<?x60xf32>, !braid.recurrent<heads = 3, key = 8, value = 20, matrices = 1, columns = 0>)
    -> (tensor<?x60xf32>, !braid.recurrent<heads = 3, key = 8, value = 20, matrices = 1, columns = 0>)
  %z1 = braid.activate silu %z : tensor<?x60xf32>
  %y = arith.mulf %o, %z1 : tensor<?x60xf32>
  return %y : tensor<?x60xf32>
}
check.close @result_alone {tolerance = 1.0e-05, tokens = array<i64: 1, 37, 4, 100>, inputs = ["random", "zeros", "repeated"]}
