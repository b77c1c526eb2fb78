// RUN: braid-opt %s --split-input-file --pass-pipeline="builtin.module(attn.recurrence(braid-derive-normal-form{print}))" \
// RUN:   --mlir-disable-threading | FileCheck %s

// Nothing says that the gate is a logarithm of a factor up to 1: exponents might be positive, so there is no chunk form.
// CHECK-LABEL: @unknown: affine, class C2
// CHECK:         forms: step, scan{{$}}
// CHECK-NEXT:    the decay of S is not known to be at most 0: mark its gate 'log'
// CHECK-LABEL: attn.recurrence @unknown
// CHECK-SAME:    attributes {class = "C2", forms = ["step", "scan"]}
attn.recurrence @unknown(%S: !attn.state, %q: !attn.key, %g: !attn.scalar) {
  %D = attn.decay %S, %g
  %o = attn.read %D, %q
  attn.yield %D, %o
}

// -----

// What is known of the inputs bounds a gate that the step computes itself: -exp(a) softplus(x), log(sigmoid(x)), a range.
// CHECK-LABEL: @known: affine, class C3
// CHECK:         forms: step, scan, chunk, combine
// CHECK-LABEL: attn.recurrence @known
// CHECK-SAME:    attributes {class = "C3", forms = ["step", "scan", "chunk", "combine"]}
attn.recurrence @known(%S: !attn.state, %q: !attn.key, %x: !attn.key, %a: !attn.scalar {constant},
                       %y: !attn.scalar {range = [-5.0, 0.0]}) {
  %step = attn.map softplus %x
  %rate = attn.map exp %a
  %neg = attn.neg %rate
  %g = attn.scale %step, %neg
  %A = attn.decay %S, %g
  %sigmoid = attn.map sigmoid %x
  %log = attn.map log %sigmoid
  %B = attn.decay %A, %log
  %C = attn.decay %B, %y
  %o = attn.read %C, %q
  attn.yield %C, %o
}

// -----

// Decays of value channels stand on the right of the state; what is read before and after them differs by columns.
// CHECK-LABEL: @columns: affine by columns, class -
// CHECK:         r0 = S^T (q * exp(g))
// CHECK-NEXT:    r1 = S^T (k * exp(g))
// CHECK-NEXT:    w0 = b * (v - exp(f) * r1)
// CHECK-NEXT:    o = r0 * exp(f)
// CHECK-NEXT:    S' = exp(h) Diag(exp(g)) S Diag(exp(f)) + k
// CHECK-NEXT:    forms: step, scan{{$}}
// CHECK-NEXT:    flops a token: 8 K V
// CHECK-LABEL: attn.recurrence @columns
attn.recurrence @columns(%S: !attn.state, %q: !attn.key, %k: !attn.key, %v: !attn.value, %f: !attn.value {log},
                         %g: !attn.key {log}, %h: !attn.scalar {log}, %b: !attn.scalar) {
  %D = attn.decay %S, %f
  %E = attn.decay %D, %g
  %o = attn.read %E, %q
  %r = attn.read %E, %k
  %e = attn.sub %v, %r
  %w = attn.scale %e, %b
  %F = attn.decay %E, %h
  %N = attn.write %F, %k, %w
  attn.yield %N, %o
}
