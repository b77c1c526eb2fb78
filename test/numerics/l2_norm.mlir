// RUN: braid-check %s | FileCheck %s

// Heads of unit length.

func.func @unit(%x: tensor<?x120xf32>) -> tensor<?x120xf32> {
  %y = braid.l2_norm %x {epsilon = 1.0e-06, heads = 5 : i64, scale = 0.2 : f64} : (tensor<?x120xf32>) -> tensor<?x120xf32>
  return %y : tensor<?x120xf32>
}
// CHECK: @unit: x86-64-v3, exact: {{.*}}error
check.close @unit {tolerance = 1.0e-06}

func.func @unit_narrow(%x: tensor<?x57xf32>) -> (tensor<?x57xf32>, tensor<?x57xf32>) {
  %y = braid.l2_norm %x {epsilon = 1.0e-06, heads = 19 : i64} : (tensor<?x57xf32>) -> tensor<?x57xf32>
  %z = braid.l2_norm %x {epsilon = 1.0e-12} : (tensor<?x57xf32>) -> tensor<?x57xf32>
  return %y, %z : tensor<?x57xf32>, tensor<?x57xf32>
}
check.close @unit_narrow {tolerance = 1.0e-06}
