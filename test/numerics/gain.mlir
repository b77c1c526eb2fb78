// RUN: braid-check %s | FileCheck %s

// Numbers that serve neighbours, and numbers that repeat; with biases that do.

// A number a feature; the weight is stored as bf16.
func.func @each(%x: tensor<?x67xf32>, %w: !braid.weight<67, bf16>) -> tensor<?x67xf32> {
  %y = braid.gain %x, %w : (tensor<?x67xf32>, !braid.weight<67, bf16>) -> tensor<?x67xf32>
  return %y : tensor<?x67xf32>
}
// CHECK: @each: x86-64-v3, exact: 45 calls, same bits
check.equal @each

// A number a head of 24.
func.func @heads(%x: tensor<?x120xf32>, %w: !braid.weight<5, f32>, %b: !braid.weight<5, f16>) -> tensor<?x120xf32> {
  %g = braid.gain %x, %w : (tensor<?x120xf32>, !braid.weight<5, f32>) -> tensor<?x120xf32>
  %y = braid.bias %g, %b : (tensor<?x120xf32>, !braid.weight<5, f16>) -> tensor<?x120xf32>
  return %y : tensor<?x120xf32>
}
check.close @heads {tolerance = 1.0e-06}

// The numbers of one head of 24, for five heads.
func.func @tiled(%x: tensor<?x120xf32>, %w: !braid.weight<24, f32>, %b: !braid.weight<24, f32>) -> tensor<?x120xf32> {
  %g = braid.gain %x, %w tiled : (tensor<?x120xf32>, !braid.weight<24, f32>) -> tensor<?x120xf32>
  %y = braid.bias %g, %b tiled : (tensor<?x120xf32>, !braid.weight<24, f32>) -> tensor<?x120xf32>
  return %y : tensor<?x120xf32>
}
check.close @tiled {tolerance = 1.0e-06}

// Heads of 3: less than a vector.
func.func @narrow(%x: tensor<?x33xf32>, %w: !braid.weight<11, f32>, %b: !braid.weight<3, f32>) -> tensor<?x33xf32> {
  %g = braid.gain %x, %w : (tensor<?x33xf32>, !braid.weight<11, f32>) -> tensor<?x33xf32>
  %y = braid.bias %g, %b tiled : (tensor<?x33xf32>, !braid.weight<3, f32>) -> tensor<?x33xf32>
  return %y : tensor<?x33xf32>
}
check.close @narrow {tolerance = 1.0e-06}

// One number for all features.
func.func @one(%x: tensor<?x35xf32>, %w: !braid.weight<1, f32>) -> tensor<?x35xf32> {
  %g = braid.gain %x, %w tiled : (tensor<?x35xf32>, !braid.weight<1, f32>) -> tensor<?x35xf32>
  %y = braid.bias %g, %w : (tensor<?x35xf32>, !braid.weight<1, f32>) -> tensor<?x35xf32>
  return %y : tensor<?x35xf32>
}
check.close @one {tolerance = 1.0e-06}
