// RUN: braid-check %s | FileCheck %s

// The sum joins the linear map, on either side of the addition.
func.func @left(%x: tensor<?x67xf32>, %r: tensor<?x40xf32>, %w: !braid.weight<40x67, f32>) -> tensor<?x40xf32> {
  %l = braid.linear %x, %w : (tensor<?x67xf32>, !braid.weight<40x67, f32>) -> tensor<?x40xf32>
  %y = arith.addf %l, %r : tensor<?x40xf32>
  return %y : tensor<?x40xf32>
}
// CHECK: @left: x86-64-v3, exact: 45 calls
check.close @left {tolerance = 1.0e-05}

// int8 activations meet the sum in f32.
func.func @right(%x: tensor<?x96xf32>, %r: tensor<?x33xf32>, %w: !braid.weight<33x96, q8_0>, %b: !braid.weight<33, f32>) -> tensor<?x33xf32> {
  %l = braid.linear %x, %w bias %b : (tensor<?x96xf32>, !braid.weight<33x96, q8_0>, !braid.weight<33, f32>)
       -> tensor<?x33xf32>
  %y = arith.addf %r, %l : tensor<?x33xf32>
  return %y : tensor<?x33xf32>
}
check.close @right {tolerance = 1.0e-05, int8 = 2.0e-02}

// The map's own input is the stream.
func.func @itself(%x: tensor<?x48xf32>, %w: !braid.weight<48x48, f32>) -> tensor<?x48xf32> {
  %l = braid.linear %x, %w : (tensor<?x48xf32>, !braid.weight<48x48, f32>) -> tensor<?x48xf32>
  %y = arith.addf %x, %l : tensor<?x48xf32>
  return %y : tensor<?x48xf32>
}
check.close @itself {tolerance = 1.0e-05}

// A stream that two sums share.
func.func @twice(%x: tensor<?x48xf32>, %w: !braid.weight<48x48, f32>, %v: !braid.weight<48x48, f32>) -> tensor<?x48xf32> {
  %l = braid.linear %x, %w : (tensor<?x48xf32>, !braid.weight<48x48, f32>) -> tensor<?x48xf32>
  %m = arith.addf %x, %l : tensor<?x48xf32>
  %o = braid.linear %m, %v : (tensor<?x48xf32>, !braid.weight<48x48, f32>) -> tensor<?x48xf32>
  %y = arith.addf %m, %o : tensor<?x48xf32>
  return %y : tensor<?x48xf32>
}
check.close @twice {tolerance = 1.0e-05}

// Both sides of the sum are maps: one of them takes the other as its stream.
func.func @both(%x: tensor<?x33xf32>, %z: tensor<?x48xf32>, %w: !braid.weight<40x33, f32>, %v: !braid.weight<40x48, f16>) -> tensor<?x40xf32> {
  %l = braid.linear %x, %w : (tensor<?x33xf32>, !braid.weight<40x33, f32>) -> tensor<?x40xf32>
  %r = braid.linear %z, %v : (tensor<?x48xf32>, !braid.weight<40x48, f16>) -> tensor<?x40xf32>
  %y = arith.addf %l, %r : tensor<?x40xf32>
  return %y : tensor<?x40xf32>
}
check.close @both {tolerance = 1.0e-05}
