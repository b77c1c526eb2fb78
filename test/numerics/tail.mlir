// RUN: braid-check %s | FileCheck %s

// The last three tokens, or all where a call has fewer.
func.func @last(%x: tensor<?x33xf32>, %position: index, %rows: index) -> tensor<?x33xf32> {
  %y = braid.tail %x, %rows : (tensor<?x33xf32>, index) -> tensor<?x33xf32>
  return %y : tensor<?x33xf32>
}
// CHECK: @last: x86-64-v3, exact: 45 calls, same bits
check.equal @last {rows = 3}

// As a model's head does it: norm and linear map of the last token alone.
func.func @head(%x: tensor<?x64xf32>, %position: index, %rows: index, %g: !braid.weight<64, f32>, %w: !braid.weight<1003x64, f16>) -> tensor<?x1003xf32> {
  %t = braid.tail %x, %rows : (tensor<?x64xf32>, index) -> tensor<?x64xf32>
  %n = braid.rms_norm %t, %g {epsilon = 1.0e-05} : (tensor<?x64xf32>, !braid.weight<64, f32>) -> tensor<?x64xf32>
  %y = braid.linear %n, %w : (tensor<?x64xf32>, !braid.weight<1003x64, f16>) -> tensor<?x1003xf32>
  return %y : tensor<?x1003xf32>
}
check.close @head {tolerance = 1.0e-05}
