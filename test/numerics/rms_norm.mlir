// RUN: braid-check %s | FileCheck %s

// One slice, of an odd size.
func.func @norm(%x: tensor<?x67xf32>, %g: !braid.weight<67, f32>) -> tensor<?x67xf32> {
  %y = braid.rms_norm %x, %g {epsilon = 1.0e-05} : (tensor<?x67xf32>, !braid.weight<67, f32>) -> tensor<?x67xf32>
  return %y : tensor<?x67xf32>
}
// CHECK: @norm: x86-64-v3, exact: 45 calls
check.close @norm {tolerance = 1.0e-06}

// A slice a head; the weight is stored as bf16.
func.func @heads(%x: tensor<?x240xf32>, %g: !braid.weight<80, bf16>) -> tensor<?x240xf32> {
  %y = braid.rms_norm %x, %g {epsilon = 1.0e-06, heads = 3 : i64} : (tensor<?x240xf32>, !braid.weight<80, bf16>) -> tensor<?x240xf32>
  return %y : tensor<?x240xf32>
}
check.close @heads {tolerance = 1.0e-06}

// In the prologue of a linear map.
func.func @before_linear(%x: tensor<?x67xf32>, %g: !braid.weight<67, f16>, %w: !braid.weight<33x67, f32>) -> tensor<?x33xf32> {
  %n = braid.rms_norm %x, %g {epsilon = 1.0e-05} : (tensor<?x67xf32>, !braid.weight<67, f16>) -> tensor<?x67xf32>
  %y = braid.linear %n, %w : (tensor<?x67xf32>, !braid.weight<33x67, f32>) -> tensor<?x33xf32>
  return %y : tensor<?x33xf32>
}
check.close @before_linear {tolerance = 1.0e-05}
