// RUN: braid-opt %s | braid-opt | FileCheck %s

// Comparisons print as they were read; sizes may be known on one side alone.
// CHECK-LABEL: func.func @compare
// CHECK-SAME:    %[[A:.*]]: tensor<?x64xf32>, %[[B:.*]]: tensor<4x64xf32>
func.func @compare(%a: tensor<?x64xf32>, %b: tensor<4x64xf32>) {
  // CHECK: check.close %[[A]], %[[B]] {tolerance = 1.000000e-05 : f64} : tensor<?x64xf32>, tensor<4x64xf32>
  check.close %a, %b {tolerance = 1.0e-05} : tensor<?x64xf32>, tensor<4x64xf32>
  // CHECK: check.equal %[[A]], %[[B]] : tensor<?x64xf32>, tensor<4x64xf32>
  check.equal %a, %b : tensor<?x64xf32>, tensor<4x64xf32>
  return
}
