// RUN: braid-opt %s --pass-pipeline="builtin.module(func.func(braid-fuse-recurrence))" | FileCheck %s

// A variant as the catalogue has it stays as it is.
// CHECK-LABEL: attn.recurrence @gated_delta_net
attn.recurrence @gated_delta_net(%S: !attn.state, %q: !attn.key {shared}, %k: !attn.key {shared, unit},
                                 %v: !attn.value, %g: !attn.scalar {log}, %b: !attn.scalar {range = [0.0, 2.0]}) {
  %D = attn.decay %S, %g
  %r = attn.read %D, %k
  %e = attn.sub %v, %r
  %w = attn.scale %e, %b
  %N = attn.write %D, %k, %w
  %o = attn.read %N, %q
  attn.yield %N, %o
}

// Everything that a head computes by itself: gates, convolution and norms before, norm and gate behind.
// CHECK-LABEL: func.func @all_of_it
// CHECK-NEXT:    %[[K:.*]]:3 = braid.kernel
// CHECK-DAG:       braid.short_conv
// CHECK-DAG:       braid.l2_norm
// CHECK-DAG:       braid.activate softplus
// CHECK:           %[[O:.*]], %{{.*}} = braid.recur @gated_delta_net
// CHECK:           braid.rms_norm %[[O]]
// CHECK:           arith.mulf
// CHECK-NEXT:      braid.yield
// CHECK-NEXT:    }
// CHECK-NEXT:    return %[[K]]#2, %[[K]]#0, %[[K]]#1
func.func @all_of_it(%xk: tensor<?x32xf32>, %v: tensor<?x24xf32>, %f: tensor<?x2xf32>, %xb: tensor<?x2xf32>, %z: tensor<?x24xf32>,
    %w: !braid.weight<32x4, f32>, %dt: !braid.weight<2, f32>, %g: !braid.weight<12, f32>, %t: !braid.tail<3x32>,
    %s: !braid.recurrent<heads = 2, key = 16, value = 12, matrices = 1, columns = 0>) -> (tensor<?x24xf32>, !braid.tail<3x32>, !braid.recurrent<heads = 2, key = 16, value = 12, matrices = 1, columns = 0>) {
  %c, %nt = braid.short_conv %xk, %w, %t : (tensor<?x32xf32>, !braid.weight<32x4, f32>, !braid.tail<3x32>) -> (tensor<?x32xf32>, !braid.tail<3x32>)
  %a = braid.activate silu %c : tensor<?x32xf32>
  %k = braid.l2_norm %a {epsilon = 1.0e-06 : f64, heads = 2 : i64} : (tensor<?x32xf32>) -> tensor<?x32xf32>
  %f1 = braid.bias %f, %dt : (tensor<?x2xf32>, !braid.weight<2, f32>) -> tensor<?x2xf32>
  %f2 = braid.activate softplus %f1 : tensor<?x2xf32>
  %d = arith.negf %f2 : tensor<?x2xf32>
  %b = braid.activate sigmoid %xb : tensor<?x2xf32>
  %o, %n = braid.recur @gated_delta_net(%k, %k, %v, %d, %b), %s
    : (tensor<?x32xf32>, tensor<?x32xf32>, tensor<?x24xf32>, tensor<?x2xf32>, tensor<?x2xf32>, !braid.recurrent<heads = 2, key = 16, value = 12, matrices = 1, columns = 0>)
    -> (tensor<?x24xf32>, !braid.recurrent<heads = 2, key = 16, value = 12, matrices = 1, columns = 0>)
  %r = braid.rms_norm %o, %g {epsilon = 1.0e-05 : f64, heads = 2 : i64} : (tensor<?x24xf32>, !braid.weight<12, f32>) -> tensor<?x24xf32>
  %z1 = braid.activate silu %z : tensor<?x24xf32>
  %y = arith.mulf %r, %z1 : tensor<?x24xf32>
  return %y, %nt, %n : tensor<?x24xf32>, !braid.tail<3x32>, !braid.recurrent<heads = 2, key = 16, value = 12, matrices = 1, columns = 0>
}

// What a group of heads shares, each group computes by itself: three heads of values on each of two of keys.
// CHECK-LABEL: func.func @of_groups
// CHECK-NEXT:    braid.kernel
// CHECK:           braid.short_conv
// CHECK:           braid.l2_norm
// CHECK:           braid.recur @gated_delta_net
// CHECK-NEXT:      braid.yield
// CHECK-NEXT:    }
// CHECK-NEXT:    return
func.func @of_groups(%xk: tensor<?x32xf32>, %xv: tensor<?x72xf32>, %d: tensor<?x6xf32>, %xb: tensor<?x6xf32>, %w: !braid.weight<32x4, f32>, %t: !braid.tail<3x32>,
    %s: !braid.recurrent<heads = 6, key = 16, value = 12, matrices = 1, columns = 0>) -> (tensor<?x72xf32>, !braid.tail<3x32>, !braid.recurrent<heads = 6, key = 16, value = 12, matrices = 1, columns = 0>) {
  %c, %nt = braid.short_conv %xk, %w, %t : (tensor<?x32xf32>, !braid.weight<32x4, f32>, !braid.tail<3x32>) -> (tensor<?x32xf32>, !braid.tail<3x32>)
  %k = braid.l2_norm %c {epsilon = 1.0e-06 : f64, heads = 2 : i64} : (tensor<?x32xf32>) -> tensor<?x32xf32>
  %v = braid.activate silu %xv : tensor<?x72xf32>
  %b = braid.activate sigmoid %xb : tensor<?x6xf32>
  %o, %n = braid.recur @gated_delta_net(%k, %k, %v, %d, %b), %s
    : (tensor<?x32xf32>, tensor<?x32xf32>, tensor<?x72xf32>, tensor<?x6xf32>, tensor<?x6xf32>, !braid.recurrent<heads = 6, key = 16, value = 12, matrices = 1, columns = 0>)
    -> (tensor<?x72xf32>, !braid.recurrent<heads = 6, key = 16, value = 12, matrices = 1, columns = 0>)
  return %o, %nt, %n : tensor<?x72xf32>, !braid.tail<3x32>, !braid.recurrent<heads = 6, key = 16, value = 12, matrices = 1, columns = 0>
}

// Groups of two sizes: there is no one thing that could compute what they share.
// CHECK-LABEL: func.func @groups_of_two_sizes
// CHECK-NEXT:    braid.activate relu
// CHECK-NEXT:    braid.activate sigmoid
// CHECK-NEXT:    braid.kernel
// CHECK-NEXT:      braid.activate silu
// CHECK-NEXT:      braid.recur
func.func @groups_of_two_sizes(%xq: tensor<?x16xf32>, %xk: tensor<?x32xf32>, %xv: tensor<?x48xf32>, %d: tensor<?x4xf32>, %b: tensor<?x4xf32>, %s: !braid.recurrent<heads = 4, key = 16, value = 12, matrices = 1, columns = 0>) -> (tensor<?x48xf32>, !braid.recurrent<heads = 4, key = 16, value = 12, matrices = 1, columns = 0>) {
  %q = braid.activate relu %xq : tensor<?x16xf32>
  %k = braid.activate sigmoid %xk : tensor<?x32xf32>
  %v = braid.activate silu %xv : tensor<?x48xf32>
  %o, %n = braid.recur @gated_delta_net(%q, %k, %v, %d, %b), %s
    : (tensor<?x16xf32>, tensor<?x32xf32>, tensor<?x48xf32>, tensor<?x4xf32>, tensor<?x4xf32>, !braid.recurrent<heads = 4, key = 16, value = 12, matrices = 1, columns = 0>)
    -> (tensor<?x48xf32>, !braid.recurrent<heads = 4, key = 16, value = 12, matrices = 1, columns = 0>)
  return %o, %n : tensor<?x48xf32>, !braid.recurrent<heads = 4, key = 16, value = 12, matrices = 1, columns = 0>
}

// Keys of a group and gates of its heads come of one value: it is computed for both, outside.
// CHECK-LABEL: func.func @for_groups_and_heads
// CHECK-NEXT:    braid.activate silu
// CHECK-NEXT:    braid.kernel
// CHECK-DAG:       braid.broadcast
// CHECK-DAG:       braid.activate sigmoid
// CHECK:           braid.recur
func.func @for_groups_and_heads(%x: tensor<?x2xf32>, %q: tensor<?x16xf32>, %v: tensor<?x24xf32>, %d: tensor<?x2xf32>, %s: !braid.recurrent<heads = 2, key = 16, value = 12, matrices = 1, columns = 0>) -> (tensor<?x24xf32>, !braid.recurrent<heads = 2, key = 16, value = 12, matrices = 1, columns = 0>) {
  %y = braid.activate silu %x : tensor<?x2xf32>
  %k = braid.broadcast %y : (tensor<?x2xf32>) -> tensor<?x16xf32>
  %b = braid.activate sigmoid %y : tensor<?x2xf32>
  %o, %n = braid.recur @gated_delta_net(%q, %k, %v, %d, %b), %s
    : (tensor<?x16xf32>, tensor<?x16xf32>, tensor<?x24xf32>, tensor<?x2xf32>, tensor<?x2xf32>, !braid.recurrent<heads = 2, key = 16, value = 12, matrices = 1, columns = 0>)
    -> (tensor<?x24xf32>, !braid.recurrent<heads = 2, key = 16, value = 12, matrices = 1, columns = 0>)
  return %o, %n : tensor<?x24xf32>, !braid.recurrent<heads = 2, key = 16, value = 12, matrices = 1, columns = 0>
}

// A head of a convolution that is no whole vectors is computed outside; so is what somebody else reads, and a norm over
// all heads or groups.
// CHECK-LABEL: func.func @stays_outside
// CHECK-DAG:     braid.l2_norm
// CHECK-DAG:     braid.short_conv
// CHECK-DAG:     %[[B:.*]] = braid.activate sigmoid
// CHECK:         %[[K:.*]]:2 = braid.kernel
// CHECK:           braid.activate silu
// CHECK-NEXT:      %[[O:.*]], %{{.*}} = braid.recur
// CHECK-NEXT:      braid.yield %[[O]]
// CHECK:         %[[R:.*]] = braid.rms_norm %[[K]]#0
// CHECK:         return %[[R]]
func.func @stays_outside(%x: tensor<?x32xf32>, %xv: tensor<?x48xf32>, %d: tensor<?x4xf32>, %xb: tensor<?x4xf32>,
    %w: !braid.weight<48x4, f32>, %g: !braid.weight<48, f32>, %t: !braid.tail<3x48>,
    %s: !braid.recurrent<heads = 4, key = 16, value = 12, matrices = 1, columns = 0>) -> (tensor<?x48xf32>, tensor<?x4xf32>, !braid.tail<3x48>, !braid.recurrent<heads = 4, key = 16, value = 12, matrices = 1, columns = 0>) {
  %k = braid.l2_norm %x {epsilon = 1.0e-06 : f64, heads = 1 : i64} : (tensor<?x32xf32>) -> tensor<?x32xf32>
  %c, %nt = braid.short_conv %xv, %w, %t : (tensor<?x48xf32>, !braid.weight<48x4, f32>, !braid.tail<3x48>) -> (tensor<?x48xf32>, !braid.tail<3x48>)
  %v = braid.activate silu %c : tensor<?x48xf32>
  %b = braid.activate sigmoid %xb : tensor<?x4xf32>
  %o, %n = braid.recur @gated_delta_net(%k, %k, %v, %d, %b), %s
    : (tensor<?x32xf32>, tensor<?x32xf32>, tensor<?x48xf32>, tensor<?x4xf32>, tensor<?x4xf32>, !braid.recurrent<heads = 4, key = 16, value = 12, matrices = 1, columns = 0>)
    -> (tensor<?x48xf32>, !braid.recurrent<heads = 4, key = 16, value = 12, matrices = 1, columns = 0>)
  %r = braid.rms_norm %o, %g {epsilon = 1.0e-05 : f64} : (tensor<?x48xf32>, !braid.weight<48, f32>) -> tensor<?x48xf32>
  return %r, %b, %nt, %n : tensor<?x48xf32>, tensor<?x4xf32>, !braid.tail<3x48>, !braid.recurrent<heads = 4, key = 16, value = 12, matrices = 1, columns = 0>
}

// And so does one that is not affine in its state.
// CHECK-LABEL: attn.recurrence @saturated
attn.recurrence @saturated(%S: !attn.state, %q: !attn.key, %k: !attn.key, %v: !attn.value) {
  %N = attn.write %S, %k, %v
  %T = attn.map tanh %N
  %o = attn.read %T, %q
  attn.yield %T, %o
}

// A step without a normal form runs as it is written, alone.
// CHECK-LABEL: func.func @no_normal_form
// CHECK-NOT:     braid.kernel
// CHECK:         return
func.func @no_normal_form(%q: tensor<?x20xf32>, %k: tensor<?x20xf32>, %x: tensor<?x14xf32>,
    %s: !braid.recurrent<heads = 2, key = 10, value = 7, matrices = 1, columns = 0>) -> tensor<?x14xf32> {
  %v = braid.activate silu %x : tensor<?x14xf32>
  %o, %next = braid.recur @saturated(%q, %k, %v), %s
    : (tensor<?x20xf32>, tensor<?x20xf32>, tensor<?x14xf32>, !braid.recurrent<heads = 2, key = 10, value = 7, matrices = 1, columns = 0>)
    -> (tensor<?x14xf32>, !braid.recurrent<heads = 2, key = 10, value = 7, matrices = 1, columns = 0>)
  return %o : tensor<?x14xf32>
}
