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

// Factors on the way: before a map, behind it, and of what a gate gates.
func.func @factors(%x: tensor<?x67xf32>, %g: !braid.weight<64x67, bf16>, %u: !braid.weight<64x67, bf16>, %d: !braid.weight<67x64, q8_0>) -> tensor<?x67xf32> {
  %a = braid.scale %x {factor = -0.7 : f64} : tensor<?x67xf32>
  %h = braid.linear %a, %g : (tensor<?x67xf32>, !braid.weight<64x67, bf16>) -> tensor<?x64xf32>
  %s = braid.activate silu %h : tensor<?x64xf32>
  %l = braid.linear %x, %u : (tensor<?x67xf32>, !braid.weight<64x67, bf16>) -> tensor<?x64xf32>
  %b = braid.scale %l {factor = 1.3 : f64} : tensor<?x64xf32>
  %p = arith.mulf %s, %b : tensor<?x64xf32>
  %o = braid.linear %p, %d : (tensor<?x64xf32>, !braid.weight<67x64, q8_0>) -> tensor<?x67xf32>
  %c = braid.scale %o {factor = 0.9 : f64} : tensor<?x67xf32>
  %y = arith.addf %x, %c : tensor<?x67xf32>
  return %y : tensor<?x67xf32>
}
check.close @factors {tolerance = 1.0e-05, int8 = 2.0e-02}

// Two maps of a stream, each with a factor, and three of it with different ones.
func.func @two_branches(%x: tensor<?x48xf32>, %v: !braid.weight<48x48, f32>, %w: !braid.weight<48x48, f32>) -> (tensor<?x48xf32>, tensor<?x48xf32>) {
  %c = braid.scale %x {factor = 0.5 : f64} : tensor<?x48xf32>
  %k = braid.linear %c, %w : (tensor<?x48xf32>, !braid.weight<48x48, f32>) -> tensor<?x48xf32>
  %l = braid.linear %c, %v : (tensor<?x48xf32>, !braid.weight<48x48, f32>) -> tensor<?x48xf32>
  %m = braid.linear %x, %w : (tensor<?x48xf32>, !braid.weight<48x48, f32>) -> tensor<?x48xf32>
  %a = braid.scale %l {factor = 0.7 : f64} : tensor<?x48xf32>
  %b = braid.scale %m {factor = 1.1 : f64} : tensor<?x48xf32>
  %s = arith.addf %a, %b : tensor<?x48xf32>
  %y = arith.addf %x, %s : tensor<?x48xf32>
  return %y, %k : tensor<?x48xf32>, tensor<?x48xf32>
}
check.close @two_branches {tolerance = 1.0e-05}
