// RUN: braid-opt %s --verify-diagnostics --split-input-file

// Heads are equal slices of the features.
func.func @heads_do_not_divide(%x: tensor<?x64xf32>, %g: !braid.weight<64, f32>) {
  // expected-error @+1 {{expected heads that divide 64 features, got 3}}
  %0 = braid.layer_norm %x, %g {epsilon = 1.0e-05, heads = 3 : i64} : (tensor<?x64xf32>, !braid.weight<64, f32>) -> tensor<?x64xf32>
  return
}

// -----

// With one head there is one size.
func.func @weight_is_short(%x: tensor<?x64xf32>, %g: !braid.weight<16, f32>) {
  // expected-error @+1 {{expected a weight of shape 64, got 16}}
  %0 = braid.layer_norm %x, %g {epsilon = 1.0e-05} : (tensor<?x64xf32>, !braid.weight<16, f32>) -> tensor<?x64xf32>
  return
}

// -----

// The bias has the size of one head, or of all.
func.func @bias_is_short(%x: tensor<?x64xf32>, %g: !braid.weight<64, f32>, %b: !braid.weight<8, f32>) {
  // expected-error @+1 {{expected a bias of shape 16 or 64, got 8}}
  %0 = braid.layer_norm %x, %g, %b {epsilon = 1.0e-05, heads = 4 : i64} : (tensor<?x64xf32>, !braid.weight<64, f32>, !braid.weight<8, f32>) -> tensor<?x64xf32>
  return
}

// -----

// A norm keeps the features.
func.func @result_is_narrower(%x: tensor<?x64xf32>, %g: !braid.weight<64, f32>) {
  // expected-error @+1 {{expected a result of 64 features, got 32}}
  %0 = braid.layer_norm %x, %g {epsilon = 1.0e-05} : (tensor<?x64xf32>, !braid.weight<64, f32>) -> tensor<?x32xf32>
  return
}
