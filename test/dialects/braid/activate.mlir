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
  // CHECK: %[[E:.*]] = braid.activate relu2 %[[D]] : tensor<?x64xf32>
  %4 = braid.activate relu2 %3 : tensor<?x64xf32>
  // CHECK: %[[F:.*]] = braid.activate sigmoid %[[E]] : tensor<?x64xf32>
  %5 = braid.activate sigmoid %4 : tensor<?x64xf32>
  // CHECK: %[[G:.*]] = braid.activate softplus %[[F]] : tensor<?x64xf32>
  %6 = braid.activate softplus %5 : tensor<?x64xf32>
  // CHECK: %[[H:.*]] = braid.activate exp %[[G]] : tensor<?x64xf32>
  %7 = braid.activate exp %6 : tensor<?x64xf32>
  // CHECK: braid.activate tanh %[[H]] : tensor<?x64xf32>
  %8 = braid.activate tanh %7 : tensor<?x64xf32>
  return %8 : tensor<?x64xf32>
}
