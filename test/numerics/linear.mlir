// RUN: braid-check %s | FileCheck %s

// Sizes that fill no tile.
func.func @f32(%x: tensor<?x67xf32>, %w: !braid.weight<33x67, f32>) -> tensor<?x33xf32> {
  %y = braid.linear %x, %w : (tensor<?x67xf32>, !braid.weight<33x67, f32>) -> tensor<?x33xf32>
  return %y : tensor<?x33xf32>
}
// CHECK: @f32: x86-64-v3, exact: 45 calls
check.close @f32 {tolerance = 1.0e-05}

// With a bias.
func.func @f16(%x: tensor<?x130xf32>, %w: !braid.weight<16x130, f16>, %b: !braid.weight<16, f16>) -> tensor<?x16xf32> {
  %y = braid.linear %x, %w bias %b : (tensor<?x130xf32>, !braid.weight<16x130, f16>, !braid.weight<16, f16>)
       -> tensor<?x16xf32>
  return %y : tensor<?x16xf32>
}
check.close @f16 {tolerance = 1.0e-05}

// An odd number of columns leaves half a pair; the bias is stored as f32.
func.func @bf16(%x: tensor<?x67xf32>, %w: !braid.weight<1003x67, bf16>, %b: !braid.weight<1003, f32>) -> tensor<?x1003xf32> {
  %y = braid.linear %x, %w bias %b : (tensor<?x67xf32>, !braid.weight<1003x67, bf16>, !braid.weight<1003, f32>)
       -> tensor<?x1003xf32>
  return %y : tensor<?x1003xf32>
}
check.close @bf16 {tolerance = 1.0e-05, tokens = array<i64: 1, 2, 17>}

// In the default form x is rounded to bf16 once. Numbers below 2^-126 may count as zero there.
check.close @bf16 {tolerance = 1.0e-05, bf16 = 5.0e-03, tokens = array<i64: 1, 2, 17>,
                   inputs = ["random", "zeros", "repeated", "large"]}

check.close @bf16 {tolerance = 1.0e-05, bf16 = 1.0, tokens = array<i64: 1, 2, 17>, inputs = ["tiny"]}

// Of numbers that are bf16 already nothing is lost.
func.func @rounded(%x: tensor<?x67xf32>, %w: !braid.weight<200x67, bf16>) -> tensor<?x200xf32> {
  %short = arith.truncf %x : tensor<?x67xf32> to tensor<?x67xbf16>
  %rounded = arith.extf %short : tensor<?x67xbf16> to tensor<?x67xf32>
  %y = braid.linear %rounded, %w : (tensor<?x67xf32>, !braid.weight<200x67, bf16>) -> tensor<?x200xf32>
  return %y : tensor<?x200xf32>
}
// CHECK: @rounded: {{.*}}, default: 36 calls
check.close @rounded {tolerance = 1.0e-05, bf16 = 1.0e-05, inputs = ["random", "zeros", "repeated", "large"]}

// Long rows.
func.func @long(%x: tensor<?x4099xf32>, %w: !braid.weight<70x4099, bf16>) -> tensor<?x70xf32> {
  %short = arith.truncf %x : tensor<?x4099xf32> to tensor<?x4099xbf16>
  %rounded = arith.extf %short : tensor<?x4099xbf16> to tensor<?x4099xf32>
  %y = braid.linear %rounded, %w : (tensor<?x4099xf32>, !braid.weight<70x4099, bf16>) -> tensor<?x70xf32>
  return %y : tensor<?x70xf32>
}
check.close @long {tolerance = 1.0e-05, bf16 = 1.0e-05, tokens = array<i64: 1, 7, 33>,
                   inputs = ["random", "zeros", "repeated", "large"]}

// One number out of one.
func.func @narrow(%x: tensor<?x1xf32>, %w: !braid.weight<1x1, f32>) -> tensor<?x1xf32> {
  %y = braid.linear %x, %w : (tensor<?x1xf32>, !braid.weight<1x1, f32>) -> tensor<?x1xf32>
  return %y : tensor<?x1xf32>
}
check.close @narrow {tolerance = 1.0e-05}
