// RUN: braid-opt %s --verify-diagnostics --split-input-file

// expected-error @+1 {{expected a state or a column as its first argument, got none}}
attn.recurrence @no_state(%v: !attn.value) {
  attn.yield %v
}

// -----

// expected-error @+1 {{expected the states before the token's inputs, got argument #2 of '!attn.column'}}
attn.recurrence @late_state(%S: !attn.state, %v: !attn.value, %z: !attn.column) {
  attn.yield %S, %z, %v
}

// -----

// expected-error @+1 {{expected argument #1 to be a state, a column, a key, a value or a scalar, got 'f32'}}
attn.recurrence @strange_argument(%S: !attn.state, %x: f32, %v: !attn.value) {
  attn.yield %S, %v
}

// -----

attn.recurrence @no_output(%S: !attn.state) {
  // expected-error @+1 {{expected the next states and the output, '!attn.state', '!attn.value', got '!attn.state'}}
  attn.yield %S
}

// -----

attn.recurrence @key_for_output(%S: !attn.state, %q: !attn.key) {
  // expected-error @+1 {{expected the next states and the output, '!attn.state', '!attn.value', got '!attn.state', '!attn.key'}}
  attn.yield %S, %q
}

// -----

attn.recurrence @no_end(%S: !attn.state, %q: !attn.key) {
  // expected-error @+1 {{block with no terminator}}
  %o = attn.read %S, %q
}

// -----

// expected-error @+1 {{expected 'log', 'unit', 'range', 'constant' or 'shared' for argument #1, got "positive"}}
attn.recurrence @unknown_fact(%S: !attn.state, %v: !attn.value {positive}) {
  attn.yield %S, %v
}

// -----

// expected-error @+1 {{expected the range of argument #1 to be two numbers [low, high], got [1.000000e+00]}}
attn.recurrence @half_a_range(%S: !attn.state, %v: !attn.value {range = [1.0]}) {
  attn.yield %S, %v
}

// -----

// expected-error @+1 {{expected the range of argument #1 to rise, got [1.000000e+00, 0.000000e+00]}}
attn.recurrence @falling_range(%S: !attn.state, %v: !attn.value {range = [1.0, 0.0]}) {
  attn.yield %S, %v
}

// -----

// expected-error @+1 {{expected 'log' of argument #1 to stand alone, got 2 : i64}}
attn.recurrence @fact_with_a_number(%S: !attn.state, %v: !attn.value {log = 2}) {
  attn.yield %S, %v
}

// -----

// expected-error @+1 {{expected argument #1 to be a key or a value, as it is 'unit', got '!attn.scalar'}}
attn.recurrence @unit_scalar(%S: !attn.state, %b: !attn.scalar {unit}, %v: !attn.value) {
  attn.yield %S, %v
}

// -----

// expected-error @+1 {{expected nothing to be said of a state, got 'constant' for argument #0}}
attn.recurrence @fact_of_a_state(%S: !attn.state {constant}, %v: !attn.value) {
  attn.yield %S, %v
}

// -----

attn.recurrence @foreign_op(%S: !attn.state, %v: !attn.value) {
  // expected-error @+1 {{expected an operation of the attn dialect in a recurrence, got arith.constant}}
  %c = arith.constant 1.0 : f32
  attn.yield %S, %v
}
