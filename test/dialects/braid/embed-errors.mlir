// RUN: braid-opt %s --verify-diagnostics --split-input-file

// A table has a row for each token of the vocabulary.
func.func @table_is_a_vector(%ids: tensor<?xi32>, %w: !braid.weight<64, f32>) {
  // expected-error @+1 {{expected a table of 2 dimensions, [vocabulary, features], got 1}}
  %0 = braid.embed %ids, %w : (tensor<?xi32>, !braid.weight<64, f32>) -> tensor<?x64xf32>
  return
}

// -----

// The result is a row of the table.
func.func @result_is_narrower(%ids: tensor<?xi32>, %w: !braid.weight<1003x64, f32>) {
  // expected-error @+1 {{expected a result of 64 features, got 63}}
  %0 = braid.embed %ids, %w : (tensor<?xi32>, !braid.weight<1003x64, f32>) -> tensor<?x63xf32>
  return
}

// -----

// The count of tokens is dynamic.
func.func @ids_are_static(%ids: tensor<4xi32>, %w: !braid.weight<1003x64, f32>) {
  // expected-error @+1 {{operand #0 must be token ids: tensor<?xi32>, but got 'tensor<4xi32>'}}
  %0 = braid.embed %ids, %w : (tensor<4xi32>, !braid.weight<1003x64, f32>) -> tensor<?x64xf32>
  return
}
