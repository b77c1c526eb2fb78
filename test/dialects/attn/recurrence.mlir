// RUN: braid-opt %s | FileCheck %s
// RUN: braid-opt %s --mlir-print-op-generic | braid-opt | FileCheck %s

// A step reads as its formula: no types behind the arguments' own, names kept.
// CHECK-LABEL: attn.recurrence @delta(%S: !attn.state, %q: !attn.key {shared}, %k: !attn.key {shared, unit},
// CHECK-SAME:    %v: !attn.value, %g: !attn.key {log}, %b: !attn.scalar {range = [0.000000e+00, 2.000000e+00]}) {
// CHECK-NEXT:    %[[D:.*]] = attn.decay %S, %g
// CHECK-NEXT:    %[[R:.*]] = attn.read %[[D]], %k
// CHECK-NEXT:    %[[E:.*]] = attn.sub %v, %[[R]]
// CHECK-NEXT:    %[[W:.*]] = attn.scale %[[E]], %b
// CHECK-NEXT:    %[[N:.*]] = attn.write %[[D]], %k, %[[W]]
// CHECK-NEXT:    %[[O:.*]] = attn.read %[[N]], %q
// CHECK-NEXT:    attn.yield %[[N]], %[[O]]
attn.recurrence @delta(%S: !attn.state, %q: !attn.key {shared}, %k: !attn.key {shared, unit}, %v: !attn.value,
                       %g: !attn.key {log}, %b: !attn.scalar {range = [0.0, 2.0]}) {
  %D = attn.decay %S, %g
  %r = attn.read %D, %k
  %e = attn.sub %v, %r
  %w = attn.scale %e, %b
  %N = attn.write %D, %k, %w
  %o = attn.read %N, %q
  attn.yield %N, %o
}

// A column is read as a scalar and takes scalars; states come back in the order of the arguments.
// CHECK-LABEL: attn.recurrence @two_states
// CHECK:         %[[ONE:.*]] = attn.constant 1.000000e+00 : !attn.scalar
// CHECK:         %[[Z:.*]] = attn.write %z, %k, %[[ONE]]
// CHECK:         %[[N:.*]] = attn.read %[[Z]], %q
// CHECK:         %[[F:.*]] = attn.map reciprocal %[[N]]
// CHECK:         attn.scale %{{.*}}, %[[F]]
// CHECK:         attn.yield %{{.*}}, %[[Z]], %{{.*}}
attn.recurrence @two_states(%S: !attn.state, %z: !attn.column, %q: !attn.key, %k: !attn.key, %v: !attn.value) {
  %one = attn.constant 1.0 : !attn.scalar
  %N = attn.write %S, %k, %v
  %m = attn.write %z, %k, %one
  %r = attn.read %N, %q
  %n = attn.read %m, %q
  %f = attn.map reciprocal %n
  %o = attn.scale %r, %f
  attn.yield %N, %m, %o
}

// The algebra keeps the type of its operands; a dot is a scalar, of keys and of values alike.
// CHECK-LABEL: attn.recurrence @algebra
// CHECK:         attn.add %q, %k
// CHECK:         attn.mul %{{.*}}, %k
// CHECK:         attn.neg %v
// CHECK:         attn.dot %v, %v
// CHECK:         attn.dot %q, %k
// CHECK:         attn.map tanh %S
attn.recurrence @algebra(%S: !attn.state, %q: !attn.key, %k: !attn.key, %v: !attn.value, %c: !attn.scalar {constant}) {
  %a = attn.add %q, %k
  %m = attn.mul %a, %k
  %n = attn.neg %v
  %d = attn.dot %v, %v
  %e = attn.dot %q, %k
  %f = attn.mul %d, %e
  %g = attn.add %f, %c
  %T = attn.map tanh %S
  %r = attn.read %T, %m
  %s = attn.scale %n, %g
  %o = attn.add %r, %s
  attn.yield %T, %o
}
