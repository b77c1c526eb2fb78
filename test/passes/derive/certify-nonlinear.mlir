// RUN: certify-normal-form file %s | FileCheck %s

// Steps that are not affine, but keep columns apart, are evaluated in one sweep as well.

// The write is a function of a read.
// CHECK-LABEL: @squashed_read: -, 6 K V flops
// CHECK-SAME:    certified
attn.recurrence @squashed_read(%S: !attn.state, %q: !attn.key, %k: !attn.key {unit}, %v: !attn.value) {
  %r = attn.read %S, %k
  %t = attn.map tanh %r
  %w = attn.sub %v, %t
  %N = attn.write %S, %k, %w
  %o = attn.read %N, %q
  attn.yield %N, %o
}

// The write is a product of a read of the state and a read of a column.
// CHECK-LABEL: @weighted_by_column: -, 7 K V flops
// CHECK-SAME:    certified
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
