// RUN: braid-opt %s --verify-diagnostics --split-input-file

// Heads are equal slices of the features.
func.func @heads_do_not_divide(%x: tensor<?x64xf32>, %g: !braid.weight<21, f32>) {
  // expected-error @+1 {{expected heads that divide 64 features, got 3}}
  %0 = braid.rms_norm %x, %g {epsilon = 1.0e-05, heads = 3 : i64}
    : (tensor<?x64xf32>, !braid.weight<21, f32>) -> tensor<?x64xf32>
  return
}

// -----

// A count of heads is positive.
func.func @no_heads(%x: tensor<?x64xf32>, %g: !braid.weight<64, f32>) {
  // expected-error @+1 {{expected heads that divide 64 features, got 0}}
  %0 = braid.rms_norm %x, %g {epsilon = 1.0e-05, heads = 0 : i64}
    : (tensor<?x64xf32>, !braid.weight<64, f32>) -> tensor<?x64xf32>
  return
}

// -----

// A negative count is told as it was written.
func.func @negative_heads(%x: tensor<?x64xf32>, %g: !braid.weight<64, f32>) {
  // expected-error @+1 {{expected heads that divide 64 features, got -1}}
  %0 = braid.rms_norm %x, %g {epsilon = 1.0e-05, heads = -1 : i64}
    : (tensor<?x64xf32>, !braid.weight<64, f32>) -> tensor<?x64xf32>
  return
}

// -----

// The weight has the size of one head, or of all.
func.func @weight_of_two_heads(%x: tensor<?x64xf32>, %g: !braid.weight<32, f32>) {
  // expected-error @+1 {{expected a weight of shape 16 or 64, got 32}}
  %0 = braid.rms_norm %x, %g {epsilon = 1.0e-05, heads = 4 : i64}
    : (tensor<?x64xf32>, !braid.weight<32, f32>) -> tensor<?x64xf32>
  return
}

// -----

// A norm keeps the features.
func.func @result_is_narrower(%x: tensor<?x64xf32>, %g: !braid.weight<64, f32>) {
  // expected-error @+1 {{expected a result of 64 features, got 32}}
  %0 = braid.rms_norm %x, %g {epsilon = 1.0e-05} : (tensor<?x64xf32>, !braid.weight<64, f32>) -> tensor<?x32xf32>
  return
}
