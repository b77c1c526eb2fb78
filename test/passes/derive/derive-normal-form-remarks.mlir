// RUN: braid-opt %s --pass-pipeline="builtin.module(attn.recurrence(braid-derive-normal-form))" \
// RUN:   --verify-diagnostics --mlir-disable-threading

// The state itself goes through a function.
attn.recurrence @squashed_state(%S: !attn.state, %q: !attn.key, %k: !attn.key, %v: !attn.value) {
  %N = attn.write %S, %k, %v
  // expected-remark @+1 {{'attn.map tanh' of the state breaks affinity; the step runs in its step form}}
  %T = attn.map tanh %N
  %o = attn.read %T, %q
  attn.yield %T, %o
}

// What is written is a function of what was read: columns stay apart, so a sweep is left.
attn.recurrence @squashed_read(%S: !attn.state, %q: !attn.key, %k: !attn.key, %v: !attn.value) {
  %r = attn.read %S, %k
  // expected-remark @+1 {{'attn.map sigmoid' of the state breaks affinity; step and scan are derived, chunk and combine are not}}
  %t = attn.map sigmoid %r
  %N = attn.write %S, %k, %t
  %o = attn.read %N, %q
  attn.yield %N, %o
}

// Two reads multiply each other.
attn.recurrence @squared(%S: !attn.state, %q: !attn.key, %k: !attn.key) {
  %r = attn.read %S, %k
  // expected-remark @+1 {{'attn.mul' of two factors that depend on the state breaks affinity; step and scan are derived}}
  %w = attn.mul %r, %r
  %N = attn.write %S, %k, %w
  %o = attn.read %N, %q
  attn.yield %N, %o
}

// How strongly the state forgets depends on the state, here on what its column holds.
attn.recurrence @own_gate(%S: !attn.state, %z: !attn.column, %q: !attn.key, %k: !attn.key) {
  %g = attn.read %z, %k
  // expected-remark @+1 {{the gate of 'attn.decay' depends on the state, which breaks affinity; the step runs in its step form}}
  %D = attn.decay %S, %g
  %o = attn.read %D, %q
  attn.yield %D, %z, %o
}

// Where it is read depends on the state.
attn.recurrence @own_key(%S: !attn.state, %z: !attn.column, %q: !attn.key, %k: !attn.key) {
  %g = attn.read %z, %k
  %p = attn.scale %q, %g
  // expected-remark @+1 {{the key of 'attn.read' depends on the state, which breaks affinity; the step runs in its step form}}
  %o = attn.read %S, %p
  attn.yield %S, %z, %o
}

// An inner product of what was read needs all columns at once.
attn.recurrence @mixed_columns(%S: !attn.state, %q: !attn.key, %k: !attn.key, %v: !attn.value) {
  %r = attn.read %S, %k
  // expected-remark @+1 {{'attn.dot' of values that depend on the state mixes its columns; the step runs in its step form}}
  %n = attn.dot %r, %v
  %w = attn.scale %v, %n
  %N = attn.write %S, %k, %w
  %o = attn.read %N, %q
  attn.yield %N, %o
}

// An erase gate along the value channels gives each column its own transition.
attn.recurrence @column_gate(%S: !attn.state, %q: !attn.key, %k: !attn.key, %v: !attn.value, %b: !attn.value) {
  %r = attn.read %S, %k
  %e = attn.sub %v, %r
  // expected-remark @+1 {{what is read is weighted by value channels, so columns differ in their transition; step and scan are derived}}
  %w = attn.mul %e, %b
  %N = attn.write %S, %k, %w
  %o = attn.read %N, %q
  attn.yield %N, %o
}

// So does a decay along them.
attn.recurrence @column_decay(%S: !attn.state, %q: !attn.key, %k: !attn.key, %v: !attn.value, %f: !attn.value {log}) {
  // expected-remark @+1 {{the state decays by value channels, so columns differ in their transition; step and scan are derived}}
  %D = attn.decay %S, %f
  %N = attn.write %D, %k, %v
  %o = attn.read %N, %q
  attn.yield %N, %o
}

// Where it does not come back, it is but a weight of the output.
attn.recurrence @column_decay_of_the_output(%S: !attn.state, %q: !attn.key, %k: !attn.key, %v: !attn.value,
                                            %f: !attn.value {log}) {
  %N = attn.write %S, %k, %v
  %D = attn.decay %N, %f
  %o = attn.read %D, %q
  attn.yield %N, %o
}

// Two states that change places have no decay of their own.
attn.recurrence @swapped(%S: !attn.state, %T: !attn.state, %q: !attn.key, %k: !attn.key, %v: !attn.value) {
  %A = attn.write %S, %k, %v
  %o = attn.read %A, %q
  // expected-remark @+1 {{states that change places are not kept apart; the step runs in its step form}}
  attn.yield %T, %A, %o
}

// A function of the output is no concern: it does not come back.
attn.recurrence @squashed_output(%S: !attn.state, %q: !attn.key, %k: !attn.key, %v: !attn.value) {
  %N = attn.write %S, %k, %v
  %r = attn.read %N, %q
  %o = attn.map tanh %r
  attn.yield %N, %o
}
