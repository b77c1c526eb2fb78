// RUN: braid-check %s | FileCheck %s

// The features of a head, summed.

func.func @sum(%x: tensor<?x120xf32>) -> tensor<?x5xf32> {
  %y = braid.head_sum %x {heads = 5 : i64} : (tensor<?x120xf32>) -> tensor<?x5xf32>
  return %y : tensor<?x5xf32>
}
// CHECK: @sum: x86-64-v3, exact: {{.*}}error
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
