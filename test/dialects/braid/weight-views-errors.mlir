// RUN: braid-opt %s --split-input-file --verify-diagnostics

func.func @beyond_the_block() {
  // expected-error @+1 {{expected rows of [block, begin, size] within a block, got [8, 6, 4]}}
  %w = braid.weight "w" {rows = array<i64: 8, 6, 4>} : !braid.weight<4x8, f32>
  return
}

// -----

func.func @no_whole_blocks() {
  // expected-error @+1 {{expected a multiple of 4 rows, got 6}}
  %w = braid.weight "w" {rows = array<i64: 8, 0, 4>} : !braid.weight<6x8, f32>
  return
}

// -----

func.func @transposed_vector() {
  // expected-error @+1 {{expected a matrix to transpose, got '!braid.weight<6, f32>'}}
  %w = braid.weight "w" {transposed} : !braid.weight<6, f32>
  return
}

// -----

func.func @function_of_a_matrix() {
  // expected-error @+1 {{expected a function of a vector, got '!braid.weight<6x2, f32>'}}
  %w = braid.weight "w" as exp : !braid.weight<6x2, f32>
  return
}

// -----

func.func @too_few_values() {
  // expected-error @+1 {{expected a vector of 1 f32 for its values, got '!braid.weight<2, f32>'}}
  %w = braid.weight "w" {values = array<f32: 0.5>} : !braid.weight<2, f32>
  return
}
