// RUN: braid-opt %s --pass-pipeline="builtin.module(attn.recurrence(braid-derive-normal-form{print}))" \
// RUN:   --mlir-disable-threading | FileCheck %s

// A delta rule with channel decay: two reads of the state before the token, one write, seven operations a number.
// CHECK-LABEL: @delta: affine, class D3
// CHECK-NEXT:    r0 = S^T (k * exp(g))
// CHECK-NEXT:    r1 = S^T (q * exp(g))
// CHECK-NEXT:    w0 = b * (v - r0)
// CHECK-NEXT:    o = r1 + (q . k) * w0
// CHECK-NEXT:    S' = Diag(exp(g)) S + k w0^T
// CHECK-NEXT:    forms: step, scan, chunk, combine
// CHECK-NEXT:    flops a token: 7 K V + 5 K + 4 V
// CHECK-NEXT:    bytes a token: step 8 K V + 12 K + 8 V + 4; scan 12 K + 8 V + 4
// CHECK-NEXT:    state: 4 K V bytes, all that snapshot, fork and rollback copy
attn.recurrence @delta(%S: !attn.state, %q: !attn.key, %k: !attn.key, %v: !attn.value, %g: !attn.key {log},
                       %b: !attn.scalar) {
  %D = attn.decay %S, %g
  %r = attn.read %D, %k
  %e = attn.sub %v, %r
  %w = attn.scale %e, %b
  %N = attn.write %D, %k, %w
  %o = attn.read %N, %q
  attn.yield %N, %o
}

// The same as removal and replacement: writes at keys that differ by a scalar are one write.
// CHECK-LABEL: @two_terms_one_write: affine, class D3
// CHECK-NEXT:    r0 = S^T (k * exp(g))
// CHECK-NEXT:    r1 = S^T (q * exp(g))
// CHECK-NEXT:    w0 = (-b) * r0 + b * v
// CHECK-NEXT:    o = r1 + (q . k) * w0
// CHECK-NEXT:    S' = Diag(exp(g)) S + k w0^T
// CHECK:         flops a token: 7 K V
attn.recurrence @two_terms_one_write(%S: !attn.state, %q: !attn.key, %k: !attn.key, %v: !attn.value,
                                     %g: !attn.key {log}, %b: !attn.scalar) {
  %D = attn.decay %S, %g
  %r = attn.read %D, %k
  %x = attn.scale %k, %b
  %y = attn.neg %x
  %E = attn.write %D, %y, %r
  %N = attn.write %E, %x, %v
  %o = attn.read %N, %q
  attn.yield %N, %o
}

// Reads whose keys differ by a scalar are one read, and a scalar decay is no work for the keys.
// CHECK-LABEL: @one_read: affine, class C2
// CHECK-NEXT:    r0 = S^T q
// CHECK-NEXT:    o = exp(g) * r0 + (q . k) * v + b * r0
// CHECK-NEXT:    S' = exp(g) S + k v^T
attn.recurrence @one_read(%S: !attn.state, %q: !attn.key, %k: !attn.key, %v: !attn.value, %g: !attn.scalar {log},
                          %b: !attn.scalar) {
  %p = attn.scale %q, %b
  %before = attn.read %S, %p
  %D = attn.decay %S, %g
  %N = attn.write %D, %k, %v
  %after = attn.read %N, %q
  %o = attn.add %after, %before
  attn.yield %N, %o
}

// A prediction from the undecayed state is a class of its own: D2', or D4 when the decay is by channels.
// CHECK-LABEL: @undecayed: affine, class D4
// CHECK-NEXT:    r0 = S^T c
// CHECK-NEXT:    r1 = S^T (q * exp(g))
// CHECK:         S' = Diag(exp(g)) S + (c * a) w0^T + k v^T
// CHECK:         flops a token: 9 K V
attn.recurrence @undecayed(%S: !attn.state, %q: !attn.key, %k: !attn.key, %v: !attn.value, %g: !attn.key {log},
                           %c: !attn.key, %a: !attn.key) {
  %r = attn.read %S, %c
  %w = attn.neg %r
  %x = attn.mul %c, %a
  %D = attn.decay %S, %g
  %E = attn.write %D, %x, %w
  %N = attn.write %E, %k, %v
  %o = attn.read %N, %q
  attn.yield %N, %o
}

// Sub-steps: the second prediction sees the first write by the overlap of their keys. A write before a decay decays.
// CHECK-LABEL: @two_steps: affine, class D2
// CHECK-NEXT:    r0 = S^T k
// CHECK-NEXT:    r1 = S^T l
// CHECK-NEXT:    r2 = S^T q
// CHECK-NEXT:    w0 = exp(g) * (v - r0)
// CHECK-NEXT:    w1 = u - (exp(g) * r1 + exp(g) * (k . l) * (v - r0))
// CHECK-NEXT:    o = exp(g) * r2 + exp(g) * (q . k) * (v - r0) + (q . l) * w1
// CHECK-NEXT:    S' = exp(g) S + k w0^T + l w1^T
attn.recurrence @two_steps(%S: !attn.state, %q: !attn.key, %k: !attn.key, %v: !attn.value, %l: !attn.key,
                           %u: !attn.value, %g: !attn.scalar {log}) {
  %r = attn.read %S, %k
  %e = attn.sub %v, %r
  %A = attn.write %S, %k, %e
  %D = attn.decay %A, %g
  %s = attn.read %D, %l
  %f = attn.sub %u, %s
  %N = attn.write %D, %l, %f
  %o = attn.read %N, %q
  attn.yield %N, %o
}

// A write that is read but not kept costs no pass over the state; a read that nobody uses is dropped.
// CHECK-LABEL: @bonus: affine, class C1
// CHECK-NEXT:    r0 = S^T q
// CHECK-NEXT:    o = r0 + (q . (k * u)) * v
// CHECK-NEXT:    S' = Diag(exp(g)) S + k v^T
// CHECK:         flops a token: 5 K V
attn.recurrence @bonus(%S: !attn.state, %q: !attn.key, %k: !attn.key, %v: !attn.value, %g: !attn.key {log, constant},
                       %u: !attn.key {constant}) {
  %unused = attn.read %S, %k
  %x = attn.mul %u, %k
  %B = attn.write %S, %x, %v
  %o = attn.read %B, %q
  %D = attn.decay %S, %g
  %N = attn.write %D, %k, %v
  attn.yield %N, %o
}

// A normaliser is a state of one column; the output need not be affine for any form.
// CHECK-LABEL: @normalised: affine, class C0
// CHECK-NEXT:    r0 = S^T q
// CHECK-NEXT:    r1 = z^T q
// CHECK-NEXT:    o = reciprocal(r1 + (q . k)) * (r0 + (q . k) * v)
// CHECK-NEXT:    S' = S + k v^T
// CHECK-NEXT:    z' = z + k 1
// CHECK-NEXT:    forms: step, scan, chunk, combine
// CHECK-NEXT:    flops a token: 4 K V + 6 K
// CHECK:         state: 4 K V + 4 K bytes
attn.recurrence @normalised(%S: !attn.state, %z: !attn.column, %q: !attn.key, %k: !attn.key, %v: !attn.value) {
  %one = attn.constant 1.0 : !attn.scalar
  %N = attn.write %S, %k, %v
  %m = attn.write %z, %k, %one
  %r = attn.read %N, %q
  %n = attn.read %m, %q
  %f = attn.map reciprocal %n
  %o = attn.scale %r, %f
  attn.yield %N, %m, %o
}

// What is written to one state and was read from another one says nothing of the order of its own decay.
// CHECK-LABEL: @two_scales: affine, class D2{{$}}
attn.recurrence @two_scales(%S: !attn.state, %F: !attn.state, %q: !attn.key, %k: !attn.key {unit}, %v: !attn.value,
                            %g: !attn.scalar {log}, %h: !attn.scalar {log}) {
  %D = attn.decay %S, %g
  %E = attn.decay %F, %h
  %r = attn.read %D, %k
  %e = attn.sub %v, %r
  %N = attn.write %D, %k, %e
  %p = attn.read %E, %k
  %x = attn.sub %e, %p
  %M = attn.write %E, %k, %x
  %o = attn.read %M, %q
  attn.yield %N, %M, %o
}
