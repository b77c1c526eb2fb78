// RUN: braid-check %s | FileCheck %s

// Convolutions along the tokens: calls of one token, of fewer than the taps, of more.
func.func @four_taps(%x: tensor<?x67xf32>, %w: !braid.weight<67x4, f32>, %t: !braid.tail<3x67>) -> tensor<?x67xf32> {
  %y, %next = braid.short_conv %x, %w, %t : (tensor<?x67xf32>, !braid.weight<67x4, f32>, !braid.tail<3x67>) -> (tensor<?x67xf32>, !braid.tail<3x67>)
  return %y : tensor<?x67xf32>
}
// CHECK: @four_taps: x86-64-v3, exact: {{.*}}error
check.close @four_taps {tolerance = 1.0e-06, tokens = array<i64: 1, 1, 2, 17, 3, 1>}

func.func @three_taps_and_bias(%x: tensor<?x32xf32>, %w: !braid.weight<32x3, bf16>, %t: !braid.tail<2x32>, %b: !braid.weight<32, f32>) -> tensor<?x32xf32> {
  %y, %next = braid.short_conv %x, %w, %t bias %b : (tensor<?x32xf32>, !braid.weight<32x3, bf16>, !braid.tail<2x32>, !braid.weight<32, f32>) -> (tensor<?x32xf32>, !braid.tail<2x32>)
  return %y : tensor<?x32xf32>
}
// CHECK: @three_taps_and_bias: x86-64-v3, exact: {{.*}}error
check.close @three_taps_and_bias {tolerance = 1.0e-06, tokens = array<i64: 5, 1, 2, 1>}
