// RUN: braid-opt %s --verify-diagnostics --split-input-file

// A tail has fewer tokens, and the same features.
func.func @fewer_features(%x: tensor<?x64xf32>, %n: index) {
  // expected-error @+1 {{expected a result of 64 features, got 32}}
  %0 = braid.tail %x, %n : (tensor<?x64xf32>, index) -> tensor<?x32xf32>
  return
}
