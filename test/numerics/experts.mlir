// RUN: braid-check %s | FileCheck %s

// Mixtures of experts, each behind its router.

// Sizes that fill no tile.
func.func @f32(%x: tensor<?x67xf32>, %r: tensor<?x7xf32>, %g: !braid.weight<7x33x67, f32>,
    %u: !braid.weight<7x33x67, f32>, %d: !braid.weight<7x67x33, f32>) -> tensor<?x67xf32> {
  %ids, %w = braid.router softmax %r {top_k = 2 : i64, renormalize}
    : (tensor<?x7xf32>) -> (tensor<?x2xi32>, tensor<?x2xf32>)
  %e = braid.experts silu %x, %ids, %w, gate %g, up %u, down %d
    : (tensor<?x67xf32>, tensor<?x2xi32>, tensor<?x2xf32>, !braid.weight<7x33x67, f32>, !braid.weight<7x33x67, f32>,
       !braid.weight<7x67x33, f32>) -> tensor<?x67xf32>
  return %e : tensor<?x67xf32>
}
// CHECK: @f32: x86-64-v3, exact: 20 calls
check.close @f32 {tolerance = 1.0e-05, tokens = array<i64: 1, 2, 3, 17, 65>, inputs = ["random", "zeros", "repeated", "large"]}

// Without a gate; a sum with what goes around.
func.func @no_gate(%x: tensor<?x48xf32>, %r: tensor<?x5xf32>,
    %u: !braid.weight<5x50x48, f16>, %d: !braid.weight<5x48x50, f16>) -> tensor<?x48xf32> {
  %ids, %w = braid.router softmax %r {top_k = 3 : i64}
    : (tensor<?x5xf32>) -> (tensor<?x3xi32>, tensor<?x3xf32>)
  %e = braid.experts relu2 %x, %ids, %w, up %u, down %d
    : (tensor<?x48xf32>, tensor<?x3xi32>, tensor<?x3xf32>, !braid.weight<5x50x48, f16>,
       !braid.weight<5x48x50, f16>) -> tensor<?x48xf32>
  %y = arith.addf %x, %e : tensor<?x48xf32>
  return %y : tensor<?x48xf32>
}
check.close @no_gate {tolerance = 1.0e-05, tokens = array<i64: 1, 2, 3, 17, 65>, inputs = ["random", "zeros", "repeated", "large"]}

// Pairs of bf16, of which half a one is left over; more experts than pairs in a call.
func.func @bf16(%x: tensor<?x33xf32>, %r: tensor<?x40xf32>, %b: !braid.weight<40, f32>, %g: !braid.weight<40x35x33, bf16>,
    %u: !braid.weight<40x35x33, bf16>, %d: !braid.weight<40x33x35, bf16>) -> tensor<?x33xf32> {
  %ids, %w = braid.router sigmoid %r bias %b {top_k = 8 : i64, renormalize, epsilon = 1.0e-20 : f64, scale = 2.446 : f64}
    : (tensor<?x40xf32>, !braid.weight<40, f32>) -> (tensor<?x8xi32>, tensor<?x8xf32>)
  %e = braid.experts silu %x, %ids, %w, gate %g, up %u, down %d
    : (tensor<?x33xf32>, tensor<?x8xi32>, tensor<?x8xf32>, !braid.weight<40x35x33, bf16>, !braid.weight<40x35x33, bf16>,
       !braid.weight<40x33x35, bf16>) -> tensor<?x33xf32>
  return %e : tensor<?x33xf32>
}
check.close @bf16 {tolerance = 1.0e-05, bf16 = 2.0e-02, tokens = array<i64: 1, 2, 3, 17, 65>, inputs = ["random", "zeros", "repeated", "large"]}

// Every token goes everywhere.
func.func @dense(%x: tensor<?x32xf32>, %r: tensor<?x3xf32>, %g: !braid.weight<3x16x32, f32>,
    %u: !braid.weight<3x16x32, f32>, %d: !braid.weight<3x32x16, f32>) -> tensor<?x32xf32> {
  %ids, %w = braid.router softmax %r {top_k = 3 : i64}
    : (tensor<?x3xf32>) -> (tensor<?x3xi32>, tensor<?x3xf32>)
  %e = braid.experts silu %x, %ids, %w, gate %g, up %u, down %d
    : (tensor<?x32xf32>, tensor<?x3xi32>, tensor<?x3xf32>, !braid.weight<3x16x32, f32>, !braid.weight<3x16x32, f32>,
       !braid.weight<3x32x16, f32>) -> tensor<?x32xf32>
  return %e : tensor<?x32xf32>
}
check.close @dense {tolerance = 1.0e-05, tokens = array<i64: 1, 2, 3, 17, 65>, inputs = ["random", "zeros", "repeated", "large"]}

// A lone expert.
func.func @lone(%x: tensor<?x20xf32>, %r: tensor<?x1xf32>, %g: !braid.weight<1x24x20, f32>,
    %u: !braid.weight<1x24x20, f32>, %d: !braid.weight<1x20x24, f32>) -> tensor<?x20xf32> {
  %ids, %w = braid.router softmax %r {top_k = 1 : i64}
    : (tensor<?x1xf32>) -> (tensor<?x1xi32>, tensor<?x1xf32>)
  %e = braid.experts silu %x, %ids, %w, gate %g, up %u, down %d
    : (tensor<?x20xf32>, tensor<?x1xi32>, tensor<?x1xf32>, !braid.weight<1x24x20, f32>, !braid.weight<1x24x20, f32>,
       !braid.weight<1x20x24, f32>) -> tensor<?x20xf32>
  return %e : tensor<?x20xf32>
}
check.close @lone {tolerance = 1.0e-05, tokens = array<i64: 1, 2, 3, 17, 65>, inputs = ["random", "zeros", "repeated", "large"]}

// Blocks, with another type behind.
func.func @q8_0(%x: tensor<?x64xf32>, %r: tensor<?x6xf32>, %g: !braid.weight<6x96x64, q8_0>,
    %u: !braid.weight<6x96x64, q8_0>, %d: !braid.weight<6x64x96, q4_1>) -> tensor<?x64xf32> {
  %ids, %w = braid.router softmax %r {top_k = 2 : i64, renormalize}
    : (tensor<?x6xf32>) -> (tensor<?x2xi32>, tensor<?x2xf32>)
  %e = braid.experts gelu_tanh %x, %ids, %w, gate %g, up %u, down %d
    : (tensor<?x64xf32>, tensor<?x2xi32>, tensor<?x2xf32>, !braid.weight<6x96x64, q8_0>, !braid.weight<6x96x64, q8_0>,
       !braid.weight<6x64x96, q4_1>) -> tensor<?x64xf32>
  return %e : tensor<?x64xf32>
}
// CHECK: @q8_0: x86-64-v3, default: 20 calls
check.close @q8_0 {tolerance = 1.0e-05, int8 = 3.0e-02, tokens = array<i64: 1, 2, 3, 17, 65>, inputs = ["random", "zeros", "repeated", "large"]}

// Blocks of 256.
func.func @q4_k(%x: tensor<?x256xf32>, %r: tensor<?x4xf32>, %g: !braid.weight<4x256x256, q4_k>,
    %u: !braid.weight<4x256x256, q4_k>, %d: !braid.weight<4x256x256, q6_k>) -> tensor<?x256xf32> {
  %ids, %w = braid.router softmax %r {top_k = 2 : i64, renormalize}
    : (tensor<?x4xf32>) -> (tensor<?x2xi32>, tensor<?x2xf32>)
  %e = braid.experts silu %x, %ids, %w, gate %g, up %u, down %d
    : (tensor<?x256xf32>, tensor<?x2xi32>, tensor<?x2xf32>, !braid.weight<4x256x256, q4_k>, !braid.weight<4x256x256, q4_k>,
       !braid.weight<4x256x256, q6_k>) -> tensor<?x256xf32>
  return %e : tensor<?x256xf32>
}
check.close @q4_k {tolerance = 1.0e-05, int8 = 3.0e-02, tokens = array<i64: 1, 2, 19>, inputs = ["random", "zeros", "repeated", "large"]}
