// RUN: braid-check %s | FileCheck %s

// One slice, of an odd size.
func.func @norm(%x: tensor<?x67xf32>, %g: !braid.weight<67, f32>, %b: !braid.weight<67, bf16>) -> tensor<?x67xf32> {
  %y = braid.layer_norm %x, %g, %b {epsilon = 1.0e-05} : (tensor<?x67xf32>, !braid.weight<67, f32>, !braid.weight<67, bf16>) -> tensor<?x67xf32>
  return %y : tensor<?x67xf32>
}
// CHECK: @norm: x86-64-v3, exact: 45 calls
check.close @norm {tolerance = 2.0e-06}

// A group norm, with a weight for all heads and a bias for one.
func.func @groups(%x: tensor<?x240xf32>, %g: !braid.weight<240, f32>, %b: !braid.weight<80, f32>) -> tensor<?x240xf32> {
  %y = braid.layer_norm %x, %g, %b {epsilon = 6.4e-04, heads = 3 : i64} : (tensor<?x240xf32>, !braid.weight<240, f32>, !braid.weight<80, f32>) -> tensor<?x240xf32>
  return %y : tensor<?x240xf32>
}
check.close @groups {tolerance = 2.0e-06}

// No bias, heads of less than a vector.
func.func @narrow(%x: tensor<?x60xf32>, %g: !braid.weight<6, f32>) -> tensor<?x60xf32> {
  %y = braid.layer_norm %x, %g {epsilon = 1.0e-05, heads = 10 : i64} : (tensor<?x60xf32>, !braid.weight<6, f32>) -> tensor<?x60xf32>
  return %y : tensor<?x60xf32>
}
check.close @narrow {tolerance = 2.0e-06}

// A mean far from 0 takes nothing from the variance.
func.func @far(%x: tensor<?x67xf32>, %s: !braid.weight<1, f32>, %g: !braid.weight<67, f32>) -> tensor<?x67xf32> {
  %c = braid.activate sigmoid %x : tensor<?x67xf32>
  %o = braid.bias %c, %s : (tensor<?x67xf32>, !braid.weight<1, f32>) -> tensor<?x67xf32>
  %y = braid.layer_norm %o, %g {epsilon = 1.0e-05} : (tensor<?x67xf32>, !braid.weight<67, f32>) -> tensor<?x67xf32>
  return %y : tensor<?x67xf32>
}
check.close @far {tolerance = 1.0e-05, inputs = ["random", "repeated", "large"]}
