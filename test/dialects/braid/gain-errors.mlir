// RUN: braid-opt %s --verify-diagnostics --split-input-file

// Each number serves as many features.
func.func @gain_does_not_divide(%x: tensor<?x64xf32>, %w: !braid.weight<24, f32>) {
  // expected-error @+1 {{expected a gain whose size divides 64 features, got 24}}
  %0 = braid.gain %x, %w : (tensor<?x64xf32>, !braid.weight<24, f32>) -> tensor<?x64xf32>
  return
}

// -----

// A bias is a vector.
func.func @bias_is_a_matrix(%x: tensor<?x64xf32>, %w: !braid.weight<4x16, f32>) {
  // expected-error @+1 {{expected a bias whose size divides 64 features, got 4x16}}
  %0 = braid.bias %x, %w tiled : (tensor<?x64xf32>, !braid.weight<4x16, f32>) -> tensor<?x64xf32>
  return
}

// -----

// A gain keeps the features.
func.func @result_is_wider(%x: tensor<?x64xf32>, %w: !braid.weight<64, f32>) {
  // expected-error @+1 {{expected a result of 64 features, got 128}}
  %0 = braid.gain %x, %w : (tensor<?x64xf32>, !braid.weight<64, f32>) -> tensor<?x128xf32>
  return
}

// -----

// So does a bias.
func.func @bias_result_is_wider(%x: tensor<?x64xf32>, %w: !braid.weight<64, f32>) {
  // expected-error @+1 {{expected a result of 64 features, got 128}}
  %0 = braid.bias %x, %w : (tensor<?x64xf32>, !braid.weight<64, f32>) -> tensor<?x128xf32>
  return
}
