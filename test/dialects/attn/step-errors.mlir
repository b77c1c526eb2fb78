// RUN: braid-opt %s --verify-diagnostics --split-input-file

attn.recurrence @value_gate_of_a_column(%z: !attn.column, %q: !attn.key, %v: !attn.value) {
  // expected-error @+1 {{expected the gate of a column to be a scalar or a key, got '!attn.value'}}
  %D = attn.decay %z, %v
  attn.yield %D, %v
}

// -----

attn.recurrence @state_as_a_gate(%S: !attn.state, %q: !attn.key) {
  // expected-error @+1 {{expected its gate to be a scalar, a key or a value, got '!attn.state'}}
  %D = attn.decay %S, %S
  %o = attn.read %D, %q
  attn.yield %D, %o
}

// -----

attn.recurrence @decayed_key(%S: !attn.state, %q: !attn.key, %g: !attn.scalar) {
  // expected-error @+1 {{'state' must be a state or a column, but got '!attn.key'}}
  %D = attn.decay %q, %g
  %o = attn.read %S, %q
  attn.yield %S, %o
}

// -----

attn.recurrence @read_for_a_value(%S: !attn.state, %v: !attn.value) {
  // expected-error @+1 {{expected what it reads for to be a key, got '!attn.value'}}
  %o = attn.read %S, %v
  attn.yield %S, %o
}

// -----

attn.recurrence @write_at_a_value(%S: !attn.state, %v: !attn.value) {
  // expected-error @+1 {{expected where it writes to be a key, got '!attn.value'}}
  %N = attn.write %S, %v, %v
  attn.yield %N, %v
}

// -----

attn.recurrence @write_a_key(%S: !attn.state, %k: !attn.key, %v: !attn.value) {
  // expected-error @+1 {{expected what it writes to a state to be a value, got '!attn.key'}}
  %N = attn.write %S, %k, %k
  attn.yield %N, %v
}

// -----

attn.recurrence @value_in_a_column(%S: !attn.column, %k: !attn.key, %v: !attn.value) {
  // expected-error @+1 {{expected what it writes to a column to be a scalar, got '!attn.value'}}
  %N = attn.write %S, %k, %v
  attn.yield %N, %v
}

// -----

attn.recurrence @key_plus_value(%S: !attn.state, %k: !attn.key, %v: !attn.value) {
  // expected-error @+1 {{expected two operands of one type, got '!attn.key' and '!attn.value'}}
  %x = attn.add %k, %v
  attn.yield %S, %v
}

// -----

attn.recurrence @times_a_scalar(%S: !attn.state, %v: !attn.value, %b: !attn.scalar) {
  // expected-error @+2 {{expected two operands of one type, got '!attn.value' and '!attn.scalar'}}
  // expected-note @+1 {{attn.scale multiplies a vector by a scalar}}
  %o = attn.mul %v, %b
  attn.yield %S, %o
}

// -----

attn.recurrence @scale_by_a_value(%S: !attn.state, %v: !attn.value) {
  // expected-error @+1 {{expected its factor to be a scalar, got '!attn.value'}}
  %o = attn.scale %v, %v
  attn.yield %S, %o
}

// -----

attn.recurrence @dot_of_scalars(%S: !attn.state, %v: !attn.value, %b: !attn.scalar) {
  // expected-error @+1 {{expected two keys or two values, got '!attn.scalar'}}
  %d = attn.dot %b, %b
  attn.yield %S, %v
}

// -----

attn.recurrence @unknown_name(%S: !attn.state, %v: !attn.value) {
  // expected-error @+1 {{use of undeclared SSA value name}}
  %o = attn.add %v, %w
  attn.yield %S, %o
}

// -----

attn.recurrence @unknown_function(%S: !attn.state, %v: !attn.value) {
  // expected-error @+1 {{[exp, log, sigmoid, softplus, tanh, relu, abs, sqrt, rsqrt, reciprocal]}}
  %o = attn.map sinh %v
  attn.yield %S, %o
}
