// RUN: braid-opt %s | braid-opt | FileCheck %s

// CHECK-LABEL: func.func @plain
// CHECK-SAME:    %[[X:.*]]: tensor<?x8xf32>
func.func @plain(%x: tensor<?x8xf32>) -> (tensor<?x2xi32>, tensor<?x2xf32>) {
  // CHECK: braid.router softmax %[[X]] {renormalize, top_k = 2 : i64} : (tensor<?x8xf32>) -> (tensor<?x2xi32>, tensor<?x2xf32>)
  %ids, %w = braid.router softmax %x {top_k = 2 : i64, renormalize} : (tensor<?x8xf32>) -> (tensor<?x2xi32>, tensor<?x2xf32>)
  return %ids, %w : tensor<?x2xi32>, tensor<?x2xf32>
}

// All that a router may do.
// CHECK-LABEL: func.func @grouped
// CHECK-SAME:    %[[X:.*]]: tensor<?x8xf32>, %[[B:.*]]: !braid.weight<8, f32>
func.func @grouped(%x: tensor<?x8xf32>, %b: !braid.weight<8, f32>) -> (tensor<?x3xi32>, tensor<?x3xf32>) {
  // CHECK: braid.router sigmoid %[[X]] bias %[[B]] {biased_weights, epsilon = 9.9999999999999995E-21 : f64, groups = 4 : i64, groups_by_pair, renormalize, scale = 2.500000e+00 : f64, top_groups = 2 : i64, top_k = 3 : i64, zero_masked}
  %ids, %w = braid.router sigmoid %x bias %b {top_k = 3 : i64, groups = 4 : i64, top_groups = 2 : i64, groups_by_pair,
      zero_masked, renormalize, epsilon = 1.0e-20 : f64, scale = 2.5 : f64, biased_weights}
    : (tensor<?x8xf32>, !braid.weight<8, f32>) -> (tensor<?x3xi32>, tensor<?x3xf32>)
  return %ids, %w : tensor<?x3xi32>, tensor<?x3xf32>
}
