// RUN: braid-opt %s --verify-diagnostics --split-input-file

// The weight is stored [out, in], not [in, out].
func.func @weight_is_transposed(%x: tensor<?x64xf32>, %w: !braid.weight<64x32, f32>) -> tensor<?x32xf32> {
  // expected-error @+1 {{expected a weight of shape 32x64, got 64x32}}
  %0 = braid.linear %x, %w : (tensor<?x64xf32>, !braid.weight<64x32, f32>) -> tensor<?x32xf32>
  return %0 : tensor<?x32xf32>
}

// -----

// A vector is no matrix.
func.func @weight_is_a_vector(%x: tensor<?x64xf32>, %w: !braid.weight<64, f32>) -> tensor<?x1xf32> {
  // expected-error @+1 {{expected a weight of shape 1x64, got 64}}
  %0 = braid.linear %x, %w : (tensor<?x64xf32>, !braid.weight<64, f32>) -> tensor<?x1xf32>
  return %0 : tensor<?x1xf32>
}

// -----

// A bias has one number for each result feature.
func.func @bias_is_short(%x: tensor<?x64xf32>, %w: !braid.weight<32x64, f32>, %b: !braid.weight<31, f32>)
    -> tensor<?x32xf32> {
  // expected-error @+1 {{expected a bias of shape 32, got 31}}
  %0 = braid.linear %x, %w bias %b
    : (tensor<?x64xf32>, !braid.weight<32x64, f32>, !braid.weight<31, f32>) -> tensor<?x32xf32>
  return %0 : tensor<?x32xf32>
}

// -----

// Tokens are the dynamic dimension.
func.func @tokens_are_static(%x: tensor<4x64xf32>, %w: !braid.weight<32x64, f32>) -> tensor<?x32xf32> {
  // expected-error @+1 {{operand #0 must be tensor of tokens by features: tensor<?xNxf32>, but got 'tensor<4x64xf32>'}}
  %0 = braid.linear %x, %w : (tensor<4x64xf32>, !braid.weight<32x64, f32>) -> tensor<?x32xf32>
  return %0 : tensor<?x32xf32>
}

// -----

// Activations are f32; half precision is a way to store weights.
func.func @tokens_are_half(%x: tensor<?x64xf16>, %w: !braid.weight<32x64, f32>) -> tensor<?x32xf32> {
  // expected-error @+1 {{operand #0 must be tensor of tokens by features: tensor<?xNxf32>, but got 'tensor<?x64xf16>'}}
  %0 = braid.linear %x, %w : (tensor<?x64xf16>, !braid.weight<32x64, f32>) -> tensor<?x32xf32>
  return %0 : tensor<?x32xf32>
}
