// RUN: braid-check %s | FileCheck %s

// A factor for all features.

func.func @scale(%x: tensor<?x35xf32>) -> tensor<?x35xf32> {
  %y = braid.scale %x {factor = 0.1 : f64} : tensor<?x35xf32>
  return %y : tensor<?x35xf32>
}
// CHECK: @scale: x86-64-v3, exact: {{.*}}same bits
check.equal @scale
