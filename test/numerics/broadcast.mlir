// RUN: braid-check %s | FileCheck %s

// A number for each feature of its head.

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
