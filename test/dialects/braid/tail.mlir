// RUN: braid-opt %s | braid-opt | FileCheck %s

// The last tokens of a tensor.
// CHECK-LABEL: func.func @tail
// CHECK-SAME:    %[[X:.*]]: tensor<?x64xf32>, %[[N:.*]]: index
func.func @tail(%x: tensor<?x64xf32>, %n: index) -> tensor<?x64xf32> {
  // CHECK: braid.tail %[[X]], %[[N]] : (tensor<?x64xf32>, index) -> tensor<?x64xf32>
  %0 = braid.tail %x, %n : (tensor<?x64xf32>, index) -> tensor<?x64xf32>
  return %0 : tensor<?x64xf32>
}
