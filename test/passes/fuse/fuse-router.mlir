// RUN: braid-opt %s --pass-pipeline="builtin.module(func.func(braid-fuse-linears,braid-fuse-scale,braid-fuse-router))" | FileCheck %s

// Experts are chosen where the logits are computed.
// CHECK-LABEL: func.func @behind_a_map
// CHECK-SAME:    %[[X:.*]]: tensor<?x64xf32>, %[[W:.*]]: !braid.weight<8x64, f32>, %[[B:.*]]: !braid
// CHECK-NEXT:    %[[R:.*]]:2 = braid.kernel(%[[X0:.*]] = %[[X]], %[[W0:.*]] = %[[W]], %[[B0:.*]] = %[[B]])
// CHECK-NEXT:      %[[L:.*]] = braid.linear %[[X0]], %[[W0]]
// CHECK-NEXT:      %[[I:.*]], %[[P:.*]] = braid.router sigmoid %[[L]] bias %[[B0]]
// CHECK-NEXT:      braid.yield %[[I]], %[[P]]
// CHECK:         return %[[R]]#0, %[[R]]#1
func.func @behind_a_map(%x: tensor<?x64xf32>, %w: !braid.weight<8x64, f32>, %b: !braid.weight<8, f32>) -> (tensor<?x2xi32>, tensor<?x2xf32>) {
  %0 = braid.linear %x, %w : (tensor<?x64xf32>, !braid.weight<8x64, f32>) -> tensor<?x8xf32>
  %ids, %p = braid.router sigmoid %0 bias %b {top_k = 2 : i64} : (tensor<?x8xf32>, !braid.weight<8, f32>) -> (tensor<?x2xi32>, tensor<?x2xf32>)
  return %ids, %p : tensor<?x2xi32>, tensor<?x2xf32>
}

// A map with a factor, beside one that reads the same tokens.
// CHECK-LABEL: func.func @beside_another_map
// CHECK-NEXT:    braid.kernel
// CHECK-NEXT:      %[[L:.*]] = braid.linear
// CHECK-NEXT:      %[[G:.*]] = braid.linear
// CHECK-NEXT:      %[[S:.*]] = braid.scale %[[L]]
// CHECK-NEXT:      %[[I:.*]], %[[P:.*]] = braid.router softmax %[[S]]
// CHECK-NEXT:      braid.yield %[[G]], %[[I]], %[[P]]
func.func @beside_another_map(%x: tensor<?x64xf32>, %w: !braid.weight<8x64, f32>, %g: !braid.weight<1x64, f32>) -> (tensor<?x2xi32>, tensor<?x2xf32>, tensor<?x1xf32>) {
  %0 = braid.linear %x, %w : (tensor<?x64xf32>, !braid.weight<8x64, f32>) -> tensor<?x8xf32>
  %1 = braid.linear %x, %g : (tensor<?x64xf32>, !braid.weight<1x64, f32>) -> tensor<?x1xf32>
  %2 = braid.scale %0 {factor = 0.5 : f64} : tensor<?x8xf32>
  %ids, %p = braid.router softmax %2 {top_k = 2 : i64} : (tensor<?x8xf32>) -> (tensor<?x2xi32>, tensor<?x2xf32>)
  return %ids, %p, %1 : tensor<?x2xi32>, tensor<?x2xf32>, tensor<?x1xf32>
}

// Logits that others read as well are in memory: the router stays apart.
// CHECK-LABEL: func.func @logits_are_read_twice
// CHECK:         %[[L:.*]] = braid.kernel
// CHECK:         braid.router softmax %[[L]]
func.func @logits_are_read_twice(%x: tensor<?x64xf32>, %w: !braid.weight<8x64, f32>) -> (tensor<?x2xi32>, tensor<?x2xf32>, tensor<?x8xf32>) {
  %0 = braid.linear %x, %w : (tensor<?x64xf32>, !braid.weight<8x64, f32>) -> tensor<?x8xf32>
  %ids, %p = braid.router softmax %0 {top_k = 2 : i64} : (tensor<?x8xf32>) -> (tensor<?x2xi32>, tensor<?x2xf32>)
  return %ids, %p, %0 : tensor<?x2xi32>, tensor<?x2xf32>, tensor<?x8xf32>
}

// Of two routers of one contraction the second stays apart.
// CHECK-LABEL: func.func @two_routers
// CHECK:         %[[R:.*]]:3 = braid.kernel
// CHECK:           braid.router
// CHECK:         braid.router softmax %[[R]]#0
func.func @two_routers(%x: tensor<?x64xf32>, %w: !braid.weight<8x64, f32>, %v: !braid.weight<8x64, f32>) -> (tensor<?x2xi32>, tensor<?x2xf32>, tensor<?x2xi32>, tensor<?x2xf32>) {
  %0 = braid.linear %x, %w : (tensor<?x64xf32>, !braid.weight<8x64, f32>) -> tensor<?x8xf32>
  %1 = braid.linear %x, %v : (tensor<?x64xf32>, !braid.weight<8x64, f32>) -> tensor<?x8xf32>
  %ids, %p = braid.router softmax %0 {top_k = 2 : i64} : (tensor<?x8xf32>) -> (tensor<?x2xi32>, tensor<?x2xf32>)
  %more, %q = braid.router softmax %1 {top_k = 2 : i64} : (tensor<?x8xf32>) -> (tensor<?x2xi32>, tensor<?x2xf32>)
  return %ids, %p, %more, %q : tensor<?x2xi32>, tensor<?x2xf32>, tensor<?x2xi32>, tensor<?x2xf32>
}
