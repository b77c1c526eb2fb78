// RUN: braid-check %s | FileCheck %s

// Groups of heads that share what is computed before them: once for a group, in a kernel with the recurrence of its heads.
// One thread takes a group in a task, head after head; three threads, where groups are few, a head, or a part of one. An
// error of 0 would be that of the naive meaning.

// Two heads a group, as many groups as keep three threads busy.
func.func @two_each(%xq: tensor<?x192xf32>, %xk: tensor<?x192xf32>, %xv: tensor<?x480xf32>, %f: tensor<?x24xf32>, %xb: tensor<?x24xf32>, %z: tensor<?x480xf32>, %g: !braid.weight<20, f32>,
    %wq: !braid.weight<192x4, f32>, %wk: !braid.weight<192x4, f32>, %tq: !braid.tail<3x192>, %tk: !braid.tail<3x192>,
    %s: !braid.recurrent<heads = 24, key = 16, value = 20, matrices = 1, columns = 0>) -> tensor<?x480xf32> {
  %cq, %nq = braid.short_conv %xq, %wq, %tq : (tensor<?x192xf32>, !braid.weight<192x4, f32>, !braid.tail<3x192>) -> (tensor<?x192xf32>, !braid.tail<3x192>)
  %aq = braid.activate silu %cq : tensor<?x192xf32>
  %q = braid.l2_norm %aq {epsilon = 1.0e-06 : f64, heads = 12 : i64} : (tensor<?x192xf32>) -> tensor<?x192xf32>
  %ck, %nk = braid.short_conv %xk, %wk, %tk : (tensor<?x192xf32>, !braid.weight<192x4, f32>, !braid.tail<3x192>) -> (tensor<?x192xf32>, !braid.tail<3x192>)
  %ak = braid.activate silu %ck : tensor<?x192xf32>
  %k = braid.l2_norm %ak {epsilon = 1.0e-06 : f64, heads = 12 : i64} : (tensor<?x192xf32>) -> tensor<?x192xf32>
  %v = braid.activate silu %xv : tensor<?x480xf32>
  %f1 = braid.activate softplus %f : tensor<?x24xf32>
  %d = arith.negf %f1 : tensor<?x24xf32>
  %b = braid.activate sigmoid %xb : tensor<?x24xf32>
  %o, %next = braid.recur @gated_delta_net(%q, %k, %v, %d, %b), %s
    : (tensor<?x192xf32>, tensor<?x192xf32>, tensor<?x480xf32>, tensor<?x24xf32>, tensor<?x24xf32>, !braid.recurrent<heads = 24, key = 16, value = 20, matrices = 1, columns = 0>)
    -> (tensor<?x480xf32>, !braid.recurrent<heads = 24, key = 16, value = 20, matrices = 1, columns = 0>)
  %n = braid.rms_norm %o, %g {epsilon = 1.0e-05 : f64, heads = 24 : i64} : (tensor<?x480xf32>, !braid.weight<20, f32>) -> tensor<?x480xf32>
  %z1 = braid.activate silu %z : tensor<?x480xf32>
  %y = arith.mulf %n, %z1 : tensor<?x480xf32>
  return %y : tensor<?x480xf32>
}
// CHECK: @two_each: x86-64-v3, exact: {{.*}}error {{[1-9]}}
check.close @two_each {tolerance = 1.0e-05, tokens = array<i64: 1, 5, 1, 70, 33, 2>, inputs = ["random", "repeated"]}

// Three heads a group, groups as files have them that repeat; heads of odd sizes.
func.func @three_each(%xq: tensor<?x80xf32>, %xk: tensor<?x80xf32>, %xv: tensor<?x156xf32>, %f: tensor<?x12xf32>, %xb: tensor<?x12xf32>, %z: tensor<?x156xf32>, %g: !braid.weight<13, f32>,
    %s: !braid.recurrent<heads = 12, key = 20, value = 13, matrices = 1, columns = 0>) -> tensor<?x156xf32> {
  %aq = braid.activate silu %xq : tensor<?x80xf32>
  %q = braid.l2_norm %aq {epsilon = 1.0e-06 : f64, heads = 4 : i64} : (tensor<?x80xf32>) -> tensor<?x80xf32>
  %ak = braid.activate silu %xk : tensor<?x80xf32>
  %k = braid.l2_norm %ak {epsilon = 1.0e-06 : f64, heads = 4 : i64} : (tensor<?x80xf32>) -> tensor<?x80xf32>
  %v = braid.activate silu %xv : tensor<?x156xf32>
  %f1 = braid.activate softplus %f : tensor<?x12xf32>
  %d = arith.negf %f1 : tensor<?x12xf32>
  %b = braid.activate sigmoid %xb : tensor<?x12xf32>
  %o, %next = braid.recur @gated_delta_net(%q, %k, %v, %d, %b), %s {tiled}
    : (tensor<?x80xf32>, tensor<?x80xf32>, tensor<?x156xf32>, tensor<?x12xf32>, tensor<?x12xf32>, !braid.recurrent<heads = 12, key = 20, value = 13, matrices = 1, columns = 0>)
    -> (tensor<?x156xf32>, !braid.recurrent<heads = 12, key = 20, value = 13, matrices = 1, columns = 0>)
  %n = braid.rms_norm %o, %g {epsilon = 1.0e-05 : f64, heads = 12 : i64} : (tensor<?x156xf32>, !braid.weight<13, f32>) -> tensor<?x156xf32>
  %z1 = braid.activate silu %z : tensor<?x156xf32>
  %y = arith.mulf %n, %z1 : tensor<?x156xf32>
  return %y : tensor<?x156xf32>
}
// CHECK: @three_each: x86-64-v3, exact: {{.*}}error {{[1-9]}}
check.close @three_each {tolerance = 1.0e-05, tokens = array<i64: 3, 1, 65, 1, 40>, inputs = ["random", "repeated"]}

// The same with convolutions.
func.func @three_tiled(%xq: tensor<?x48xf32>, %xk: tensor<?x48xf32>, %xv: tensor<?x216xf32>, %f: tensor<?x9xf32>, %xb: tensor<?x9xf32>, %z: tensor<?x216xf32>, %g: !braid.weight<24, f32>,
    %wq: !braid.weight<48x3, f32>, %wk: !braid.weight<48x3, f32>, %tq: !braid.tail<2x48>, %tk: !braid.tail<2x48>,
    %s: !braid.recurrent<heads = 9, key = 16, value = 24, matrices = 1, columns = 0>) -> tensor<?x216xf32> {
  %cq, %nq = braid.short_conv %xq, %wq, %tq : (tensor<?x48xf32>, !braid.weight<48x3, f32>, !braid.tail<2x48>) -> (tensor<?x48xf32>, !braid.tail<2x48>)
  %aq = braid.activate silu %cq : tensor<?x48xf32>
  %q = braid.l2_norm %aq {epsilon = 1.0e-06 : f64, heads = 3 : i64} : (tensor<?x48xf32>) -> tensor<?x48xf32>
  %ck, %nk = braid.short_conv %xk, %wk, %tk : (tensor<?x48xf32>, !braid.weight<48x3, f32>, !braid.tail<2x48>) -> (tensor<?x48xf32>, !braid.tail<2x48>)
  %ak = braid.activate silu %ck : tensor<?x48xf32>
  %k = braid.l2_norm %ak {epsilon = 1.0e-06 : f64, heads = 3 : i64} : (tensor<?x48xf32>) -> tensor<?x48xf32>
  %v = braid.activate silu %xv : tensor<?x216xf32>
  %f1 = braid.activate softplus %f : tensor<?x9xf32>
  %d = arith.negf %f1 : tensor<?x9xf32>
  %b = braid.activate sigmoid %xb : tensor<?x9xf32>
  %o, %next = braid.recur @gated_delta_net(%q, %k, %v, %d, %b), %s {tiled}
    : (tensor<?x48xf32>, tensor<?x48xf32>, tensor<?x216xf32>, tensor<?x9xf32>, tensor<?x9xf32>, !braid.recurrent<heads = 9, key = 16, value = 24, matrices = 1, columns = 0>)
    -> (tensor<?x216xf32>, !braid.recurrent<heads = 9, key = 16, value = 24, matrices = 1, columns = 0>)
  %n = braid.rms_norm %o, %g {epsilon = 1.0e-05 : f64, heads = 9 : i64} : (tensor<?x216xf32>, !braid.weight<24, f32>) -> tensor<?x216xf32>
  %z1 = braid.activate silu %z : tensor<?x216xf32>
  %y = arith.mulf %n, %z1 : tensor<?x216xf32>
  return %y : tensor<?x216xf32>
}
// CHECK: @three_tiled: x86-64-v3, exact: {{.*}}error {{[1-9]}}
check.close @three_tiled {tolerance = 1.0e-05, tokens = array<i64: 2, 1, 1, 37, 66>, inputs = ["random", "repeated"]}

// So few heads that several tasks share one.
func.func @few_heads(%xq: tensor<?x32xf32>, %xk: tensor<?x32xf32>, %xv: tensor<?x120xf32>, %f: tensor<?x3xf32>, %xb: tensor<?x3xf32>, %z: tensor<?x120xf32>, %g: !braid.weight<40, f32>,
    %wq: !braid.weight<32x4, f32>, %wk: !braid.weight<32x4, f32>, %tq: !braid.tail<3x32>, %tk: !braid.tail<3x32>,
    %s: !braid.recurrent<heads = 3, key = 32, value = 40, matrices = 1, columns = 0>) -> tensor<?x120xf32> {
  %cq, %nq = braid.short_conv %xq, %wq, %tq : (tensor<?x32xf32>, !braid.weight<32x4, f32>, !braid.tail<3x32>) -> (tensor<?x32xf32>, !braid.tail<3x32>)
  %aq = braid.activate silu %cq : tensor<?x32xf32>
  %q = braid.l2_norm %aq {epsilon = 1.0e-06 : f64, heads = 1 : i64} : (tensor<?x32xf32>) -> tensor<?x32xf32>
  %ck, %nk = braid.short_conv %xk, %wk, %tk : (tensor<?x32xf32>, !braid.weight<32x4, f32>, !braid.tail<3x32>) -> (tensor<?x32xf32>, !braid.tail<3x32>)
  %ak = braid.activate silu %ck : tensor<?x32xf32>
  %k = braid.l2_norm %ak {epsilon = 1.0e-06 : f64, heads = 1 : i64} : (tensor<?x32xf32>) -> tensor<?x32xf32>
  %v = braid.activate silu %xv : tensor<?x120xf32>
  %f1 = braid.activate softplus %f : tensor<?x3xf32>
  %d = arith.negf %f1 : tensor<?x3xf32>
  %b = braid.activate sigmoid %xb : tensor<?x3xf32>
  %o, %next = braid.recur @gated_delta_net(%q, %k, %v, %d, %b), %s
    : (tensor<?x32xf32>, tensor<?x32xf32>, tensor<?x120xf32>, tensor<?x3xf32>, tensor<?x3xf32>, !braid.recurrent<heads = 3, key = 32, value = 40, matrices = 1, columns = 0>)
    -> (tensor<?x120xf32>, !braid.recurrent<heads = 3, key = 32, value = 40, matrices = 1, columns = 0>)
  %n = braid.rms_norm %o, %g {epsilon = 1.0e-05 : f64, heads = 3 : i64} : (tensor<?x120xf32>, !braid.weight<40, f32>) -> tensor<?x120xf32>
  %z1 = braid.activate silu %z : tensor<?x120xf32>
  %y = arith.mulf %n, %z1 : tensor<?x120xf32>
  return %y : tensor<?x120xf32>
}
// CHECK: @few_heads: x86-64-v3, exact: {{.*}}error {{[1-9]}}
check.close @few_heads {tolerance = 1.0e-05, tokens = array<i64: 1, 70, 1, 3>, inputs = ["random", "repeated"]}

// One head a group.
func.func @one_each(%xq: tensor<?x80xf32>, %xk: tensor<?x80xf32>, %xv: tensor<?x165xf32>, %f: tensor<?x5xf32>, %xb: tensor<?x5xf32>, %z: tensor<?x165xf32>, %g: !braid.weight<33, f32>,
    %wq: !braid.weight<80x2, f32>, %wk: !braid.weight<80x2, f32>, %tq: !braid.tail<1x80>, %tk: !braid.tail<1x80>,
    %s: !braid.recurrent<heads = 5, key = 16, value = 33, matrices = 1, columns = 0>) -> tensor<?x165xf32> {
  %cq, %nq = braid.short_conv %xq, %wq, %tq : (tensor<?x80xf32>, !braid.weight<80x2, f32>, !braid.tail<1x80>) -> (tensor<?x80xf32>, !braid.tail<1x80>)
  %aq = braid.activate silu %cq : tensor<?x80xf32>
  %q = braid.l2_norm %aq {epsilon = 1.0e-06 : f64, heads = 5 : i64} : (tensor<?x80xf32>) -> tensor<?x80xf32>
  %ck, %nk = braid.short_conv %xk, %wk, %tk : (tensor<?x80xf32>, !braid.weight<80x2, f32>, !braid.tail<1x80>) -> (tensor<?x80xf32>, !braid.tail<1x80>)
  %ak = braid.activate silu %ck : tensor<?x80xf32>
  %k = braid.l2_norm %ak {epsilon = 1.0e-06 : f64, heads = 5 : i64} : (tensor<?x80xf32>) -> tensor<?x80xf32>
  %v = braid.activate silu %xv : tensor<?x165xf32>
  %f1 = braid.activate softplus %f : tensor<?x5xf32>
  %d = arith.negf %f1 : tensor<?x5xf32>
  %b = braid.activate sigmoid %xb : tensor<?x5xf32>
  %o, %next = braid.recur @gated_delta_net(%q, %k, %v, %d, %b), %s
    : (tensor<?x80xf32>, tensor<?x80xf32>, tensor<?x165xf32>, tensor<?x5xf32>, tensor<?x5xf32>, !braid.recurrent<heads = 5, key = 16, value = 33, matrices = 1, columns = 0>)
    -> (tensor<?x165xf32>, !braid.recurrent<heads = 5, key = 16, value = 33, matrices = 1, columns = 0>)
  %n = braid.rms_norm %o, %g {epsilon = 1.0e-05 : f64, heads = 5 : i64} : (tensor<?x165xf32>, !braid.weight<33, f32>) -> tensor<?x165xf32>
  %z1 = braid.activate silu %z : tensor<?x165xf32>
  %y = arith.mulf %n, %z1 : tensor<?x165xf32>
  return %y : tensor<?x165xf32>
}
// CHECK: @one_each: x86-64-v3, exact: {{.*}}error {{[1-9]}}
check.close @one_each {tolerance = 1.0e-05, tokens = array<i64: 1, 34, 6>, inputs = ["random", "repeated"]}

// States that would not stay in cache if heads took turns: such a group is taken at once in a step alone.
func.func @large_states(%xq: tensor<?x128xf32>, %xk: tensor<?x128xf32>, %xv: tensor<?x768xf32>, %f: tensor<?x6xf32>, %xb: tensor<?x6xf32>, %z: tensor<?x768xf32>, %g: !braid.weight<128, f32>,
    %wq: !braid.weight<128x4, f32>, %wk: !braid.weight<128x4, f32>, %tq: !braid.tail<3x128>, %tk: !braid.tail<3x128>,
    %s: !braid.recurrent<heads = 6, key = 128, value = 128, matrices = 1, columns = 0>) -> tensor<?x768xf32> {
  %cq, %nq = braid.short_conv %xq, %wq, %tq : (tensor<?x128xf32>, !braid.weight<128x4, f32>, !braid.tail<3x128>) -> (tensor<?x128xf32>, !braid.tail<3x128>)
  %aq = braid.activate silu %cq : tensor<?x128xf32>
  %q = braid.l2_norm %aq {epsilon = 1.0e-06 : f64, heads = 1 : i64} : (tensor<?x128xf32>) -> tensor<?x128xf32>
  %ck, %nk = braid.short_conv %xk, %wk, %tk : (tensor<?x128xf32>, !braid.weight<128x4, f32>, !braid.tail<3x128>) -> (tensor<?x128xf32>, !braid.tail<3x128>)
  %ak = braid.activate silu %ck : tensor<?x128xf32>
  %k = braid.l2_norm %ak {epsilon = 1.0e-06 : f64, heads = 1 : i64} : (tensor<?x128xf32>) -> tensor<?x128xf32>
  %v = braid.activate silu %xv : tensor<?x768xf32>
  %f1 = braid.activate softplus %f : tensor<?x6xf32>
  %d = arith.negf %f1 : tensor<?x6xf32>
  %b = braid.activate sigmoid %xb : tensor<?x6xf32>
  %o, %next = braid.recur @gated_delta_net(%q, %k, %v, %d, %b), %s
    : (tensor<?x128xf32>, tensor<?x128xf32>, tensor<?x768xf32>, tensor<?x6xf32>, tensor<?x6xf32>, !braid.recurrent<heads = 6, key = 128, value = 128, matrices = 1, columns = 0>)
    -> (tensor<?x768xf32>, !braid.recurrent<heads = 6, key = 128, value = 128, matrices = 1, columns = 0>)
  %n = braid.rms_norm %o, %g {epsilon = 1.0e-05 : f64, heads = 6 : i64} : (tensor<?x768xf32>, !braid.weight<128, f32>) -> tensor<?x768xf32>
  %z1 = braid.activate silu %z : tensor<?x768xf32>
  %y = arith.mulf %n, %z1 : tensor<?x768xf32>
  return %y : tensor<?x768xf32>
}
// CHECK: @large_states: x86-64-v3, exact: {{.*}}error {{[1-9]}}
check.close @large_states {tolerance = 1.0e-05, tokens = array<i64: 1, 40, 1>, inputs = ["random"]}

// States of bf16, which tasks widen head by head.
func.func @narrow_states(%xq: tensor<?x128xf32>, %xk: tensor<?x128xf32>, %xv: tensor<?x192xf32>, %f: tensor<?x8xf32>, %xb: tensor<?x8xf32>, %z: tensor<?x192xf32>, %g: !braid.weight<24, f32>,
    %wq: !braid.weight<128x4, f32>, %wk: !braid.weight<128x4, f32>, %tq: !braid.tail<3x128>, %tk: !braid.tail<3x128>,
    %s: !braid.recurrent<heads = 8, key = 32, value = 24, matrices = 1, columns = 0, bf16>) -> tensor<?x192xf32> {
  %cq, %nq = braid.short_conv %xq, %wq, %tq : (tensor<?x128xf32>, !braid.weight<128x4, f32>, !braid.tail<3x128>) -> (tensor<?x128xf32>, !braid.tail<3x128>)
  %aq = braid.activate silu %cq : tensor<?x128xf32>
  %q = braid.l2_norm %aq {epsilon = 1.0e-06 : f64, heads = 4 : i64} : (tensor<?x128xf32>) -> tensor<?x128xf32>
  %ck, %nk = braid.short_conv %xk, %wk, %tk : (tensor<?x128xf32>, !braid.weight<128x4, f32>, !braid.tail<3x128>) -> (tensor<?x128xf32>, !braid.tail<3x128>)
  %ak = braid.activate silu %ck : tensor<?x128xf32>
  %k = braid.l2_norm %ak {epsilon = 1.0e-06 : f64, heads = 4 : i64} : (tensor<?x128xf32>) -> tensor<?x128xf32>
  %v = braid.activate silu %xv : tensor<?x192xf32>
  %f1 = braid.activate softplus %f : tensor<?x8xf32>
  %d = arith.negf %f1 : tensor<?x8xf32>
  %b = braid.activate sigmoid %xb : tensor<?x8xf32>
  %o, %next = braid.recur @gated_delta_net(%q, %k, %v, %d, %b), %s
    : (tensor<?x128xf32>, tensor<?x128xf32>, tensor<?x192xf32>, tensor<?x8xf32>, tensor<?x8xf32>, !braid.recurrent<heads = 8, key = 32, value = 24, matrices = 1, columns = 0, bf16>)
    -> (tensor<?x192xf32>, !braid.recurrent<heads = 8, key = 32, value = 24, matrices = 1, columns = 0, bf16>)
  %n = braid.rms_norm %o, %g {epsilon = 1.0e-05 : f64, heads = 8 : i64} : (tensor<?x192xf32>, !braid.weight<24, f32>) -> tensor<?x192xf32>
  %z1 = braid.activate silu %z : tensor<?x192xf32>
  %y = arith.mulf %n, %z1 : tensor<?x192xf32>
  return %y : tensor<?x192xf32>
}
// CHECK: @narrow_states: x86-64-v3, exact: {{.*}}error {{[1-9]}}
check.close @narrow_states {tolerance = 1.0e-03, tokens = array<i64: 1, 5, 1, 33, 2>, inputs = ["random", "repeated"]}
