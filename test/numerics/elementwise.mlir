// RUN: braid-check %s | FileCheck %s

// Elementwise arithmetic that no other kernel takes.

// A sum that no map is near.
func.func @sum(%x: tensor<?x33xf32>, %z: tensor<?x33xf32>) -> tensor<?x33xf32> {
  %y = arith.addf %x, %z : tensor<?x33xf32>
  return %y : tensor<?x33xf32>
}
// CHECK: @sum: x86-64-v3, exact: 45 calls, same bits
check.equal @sum

// Several in a row.
func.func @chain(%x: tensor<?x33xf32>, %z: tensor<?x33xf32>) -> tensor<?x33xf32> {
  %d = arith.subf %x, %z : tensor<?x33xf32>
  %m = arith.mulf %d, %d : tensor<?x33xf32>
  %a = math.absf %m : tensor<?x33xf32>
  %s = math.sqrt %a : tensor<?x33xf32>
  %y = arith.maximumf %s, %x : tensor<?x33xf32>
  return %y : tensor<?x33xf32>
}
check.equal @chain

// Transcendental functions of tensors.
func.func @gate(%x: tensor<?x33xf32>, %z: tensor<?x33xf32>) -> tensor<?x33xf32> {
  %n = arith.negf %x : tensor<?x33xf32>
  %e = math.exp %n : tensor<?x33xf32>
  %t = math.tanh %z : tensor<?x33xf32>
  %y = arith.divf %t, %e : tensor<?x33xf32>
  return %y : tensor<?x33xf32>
}
check.close @gate {tolerance = 1.0e-06, inputs = ["random", "zeros", "repeated", "tiny"]}

// Two results, one of which is an argument.
func.func @passed(%x: tensor<?x33xf32>, %z: tensor<?x33xf32>) -> (tensor<?x33xf32>, tensor<?x33xf32>) {
  %y = arith.mulf %x, %z : tensor<?x33xf32>
  return %x, %y : tensor<?x33xf32>, tensor<?x33xf32>
}
check.equal @passed

// A product of two maps that is no gate.
func.func @product(%x: tensor<?x33xf32>, %w: !braid.weight<20x33, f32>, %v: !braid.weight<20x33, f32>) -> tensor<?x20xf32> {
  %l = braid.linear %x, %w : (tensor<?x33xf32>, !braid.weight<20x33, f32>) -> tensor<?x20xf32>
  %r = braid.linear %x, %v : (tensor<?x33xf32>, !braid.weight<20x33, f32>) -> tensor<?x20xf32>
  %y = arith.mulf %l, %r : tensor<?x20xf32>
  return %y : tensor<?x20xf32>
}
check.close @product {tolerance = 1.0e-05}
