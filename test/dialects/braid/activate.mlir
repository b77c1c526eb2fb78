// RUN: braid-opt %s | braid-opt | FileCheck %s

// Each nonlinearity prints as it was read.
// CHECK-LABEL: func.func @activate
// CHECK-SAME:    %[[X:.*]]: tensor<?x64xf32>
func.func @activate(%x: tensor<?x64xf32>) -> tensor<?x64xf32> {
  // CHECK: %[[A:.*]] = braid.activate silu %[[X]] : tensor<?x64xf32>
  %0 = braid.activate silu %x : tensor<?x64xf32>
  // CHECK: %[[B:.*]] = braid.activate gelu %[[A]] : tensor<?x64xf32>
  %1 = braid.activate gelu %0 : tensor<?x64xf32>
  // CHECK: %[[C:.*]] = braid.activate gelu_tanh %[[B]] : tensor<?x64xf32>
  %2 = braid.activate gelu_tanh %1 : tensor<?x64xf32>
  // CHECK: %[[D:.*]] = braid.activate relu %[[C]] : tensor<?x64xf32>
  %3 = braid.activate relu %2 : tensor<?x64xf32>
  // CHECK: braid.activate relu2 %[[D]] : tensor<?x64xf32>
  %4 = braid.activate relu2 %3 : tensor<?x64xf32>
  return %4 : tensor<?x64xf32>
}
