// RUN: braid-opt %s --verify-diagnostics --split-input-file

// Each feature is repeated as often.
func.func @no_multiple(%x: tensor<?x24xf32>) {
  // expected-error @+1 {{expected a result of a multiple of 24 features, got 64}}
  %0 = braid.broadcast %x : (tensor<?x24xf32>) -> tensor<?x64xf32>
  return
}

// -----

// Heads are equal slices of the features.
func.func @sum_of_unequal_heads(%x: tensor<?x64xf32>) {
  // expected-error @+1 {{expected heads that divide 64 features, got 3}}
  %0 = braid.head_sum %x {heads = 3 : i64} : (tensor<?x64xf32>) -> tensor<?x3xf32>
  return
}

// -----

// A sum a head.
func.func @sums_of_no_head(%x: tensor<?x64xf32>) {
  // expected-error @+1 {{expected a result of 4 features, got 8}}
  %0 = braid.head_sum %x {heads = 4 : i64} : (tensor<?x64xf32>) -> tensor<?x8xf32>
  return
}

// -----

// A count of heads is positive.
func.func @no_heads(%x: tensor<?x64xf32>) {
  // expected-error @+1 {{expected heads that divide 64 features, got 0}}
  %0 = braid.l2_norm %x {epsilon = 1.0e-06, heads = 0 : i64} : (tensor<?x64xf32>) -> tensor<?x64xf32>
  return
}

// -----

// A norm keeps the features.
func.func @norm_is_narrower(%x: tensor<?x64xf32>) {
  // expected-error @+1 {{expected a result of 64 features, got 32}}
  %0 = braid.l2_norm %x {epsilon = 1.0e-06} : (tensor<?x64xf32>) -> tensor<?x32xf32>
  return
}
