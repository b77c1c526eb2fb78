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
