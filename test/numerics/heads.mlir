// RUN: braid-check %s | FileCheck %s

// Numbers a head: spread, summed, and by their squares.

func.func @spread(%x: tensor<?x5xf32>) -> tensor<?x120xf32> {
  %y = braid.broadcast %x : (tensor<?x5xf32>) -> tensor<?x120xf32>
  return %y : tensor<?x120xf32>
}
// CHECK: @spread: x86-64-v3, exact: 45 calls, same bits
check.equal @spread

// To heads of 3: less than a vector; and to heads of 1.
func.func @spread_narrow(%x: tensor<?x19xf32>) -> (tensor<?x57xf32>, tensor<?x19xf32>) {
  %y = braid.broadcast %x : (tensor<?x19xf32>) -> tensor<?x57xf32>
  %z = braid.broadcast %x : (tensor<?x19xf32>) -> tensor<?x19xf32>
  return %y, %z : tensor<?x57xf32>, tensor<?x19xf32>
}
check.equal @spread_narrow

func.func @sum(%x: tensor<?x120xf32>) -> tensor<?x5xf32> {
  %y = braid.head_sum %x {heads = 5 : i64} : (tensor<?x120xf32>) -> tensor<?x5xf32>
  return %y : tensor<?x5xf32>
}
check.close @sum {tolerance = 1.0e-05}

// Of heads of 3, of heads of 1, and of all.
func.func @sum_narrow(%x: tensor<?x57xf32>) -> (tensor<?x19xf32>, tensor<?x57xf32>, tensor<?x1xf32>) {
  %y = braid.head_sum %x {heads = 19 : i64} : (tensor<?x57xf32>) -> tensor<?x19xf32>
  %z = braid.head_sum %x {heads = 57 : i64} : (tensor<?x57xf32>) -> tensor<?x57xf32>
  %u = braid.scale %x {factor = 0.125} : tensor<?x57xf32>
  %m = arith.mulf %u, %u : tensor<?x57xf32>
  %v = braid.head_sum %m : (tensor<?x57xf32>) -> tensor<?x1xf32>
  return %y, %z, %v : tensor<?x19xf32>, tensor<?x57xf32>, tensor<?x1xf32>
}
check.close @sum_narrow {tolerance = 1.0e-05}

func.func @unit(%x: tensor<?x120xf32>) -> tensor<?x120xf32> {
  %y = braid.l2_norm %x {epsilon = 1.0e-06, heads = 5 : i64, scale = 0.2 : f64} : (tensor<?x120xf32>) -> tensor<?x120xf32>
  return %y : tensor<?x120xf32>
}
check.close @unit {tolerance = 1.0e-06}

func.func @unit_narrow(%x: tensor<?x57xf32>) -> (tensor<?x57xf32>, tensor<?x57xf32>) {
  %y = braid.l2_norm %x {epsilon = 1.0e-06, heads = 19 : i64} : (tensor<?x57xf32>) -> tensor<?x57xf32>
  %z = braid.l2_norm %x {epsilon = 1.0e-12} : (tensor<?x57xf32>) -> tensor<?x57xf32>
  return %y, %z : tensor<?x57xf32>, tensor<?x57xf32>
}
check.close @unit_narrow {tolerance = 1.0e-06}
