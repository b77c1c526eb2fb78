// RUN: recurrence-check native,x86-64-v3 %s | FileCheck %s

// Steps that are not affine, but keep columns apart, have kernels as well. All functions, dots along keys and values,
// several states.

// The write is a function of a read.
// CHECK-NOT: WRONG
// CHECK: @squashed_read, native: {{.*}} certified
attn.recurrence @squashed_read(%S: !attn.state, %q: !attn.key, %k: !attn.key {unit}, %v: !attn.value) {
  %r = attn.read %S, %k
  %t = attn.map tanh %r
  %w = attn.sub %v, %t
  %N = attn.write %S, %k, %w
  %o = attn.read %N, %q
  attn.yield %N, %o
}

// The write is a product of a read of the state and a read of a column that decays.
// CHECK-NOT: WRONG
// CHECK: @weighted_by_column, native: {{.*}} certified
attn.recurrence @weighted_by_column(%S: !attn.state, %z: !attn.column, %q: !attn.key, %k: !attn.key {unit},
                                    %v: !attn.value, %g: !attn.scalar {log}, %b: !attn.scalar {range = [0.0, 1.0]}) {
  %D = attn.decay %S, %g
  %y = attn.decay %z, %g
  %m = attn.write %y, %k, %b
  %n = attn.read %m, %k
  %t = attn.map tanh %n
  %r = attn.read %D, %k
  %s = attn.scale %r, %t
  %w = attn.sub %v, %s
  %N = attn.write %D, %k, %w
  %o = attn.read %N, %q
  attn.yield %N, %m, %o
}

// Two states with decays of both kinds; the gate is a softplus, a strength comes from an inner product of values.
// CHECK-NOT: WRONG
// CHECK: @two_states, native: {{.*}} certified
attn.recurrence @two_states(%S: !attn.state, %T: !attn.state, %q: !attn.key {shared}, %k: !attn.key {shared, unit},
                            %v: !attn.value, %x: !attn.key, %g: !attn.scalar {log},
                            %b: !attn.scalar {range = [0.0, 1.0]}) {
  %p = attn.map softplus %x
  %h = attn.neg %p
  %D = attn.decay %S, %h
  %E = attn.decay %D, %g
  %n = attn.dot %v, %v
  %c = attn.map sigmoid %n
  %r = attn.read %E, %k
  %d = attn.sub %v, %r
  %w = attn.scale %d, %c
  %N = attn.write %E, %k, %w
  %F = attn.decay %T, %g
  %y = attn.scale %r, %b
  %M = attn.write %F, %k, %y
  %o1 = attn.read %N, %q
  %o2 = attn.read %M, %q
  %o = attn.add %o1, %o2
  attn.yield %N, %M, %o
}

// CHECK: 3 variants, 0 failures
