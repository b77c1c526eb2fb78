// RUN: braid-check %s | FileCheck %s

// A number a feature is added; the weight is stored as bf16. Beside gains, biases are in gain.mlir.

func.func @each(%x: tensor<?x67xf32>, %b: !braid.weight<67, bf16>) -> tensor<?x67xf32> {
  %y = braid.bias %x, %b : (tensor<?x67xf32>, !braid.weight<67, bf16>) -> tensor<?x67xf32>
  return %y : tensor<?x67xf32>
}
// CHECK: @each: x86-64-v3, exact: {{.*}}same bits
check.equal @each
