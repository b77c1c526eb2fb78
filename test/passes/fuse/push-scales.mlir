// RUN: braid-opt %s --pass-pipeline="builtin.module(func.func(braid-push-scales))" | FileCheck %s

// Maps of x and of c x have the same input afterwards.
// CHECK-LABEL: func.func @shared_input
// CHECK-SAME:    %[[X:.*]]: tensor<?x64xf32>, %[[W:.*]]: !braid
// CHECK-NEXT:    %[[A:.*]] = braid.linear %[[X]], %[[W]]
// CHECK-NEXT:    %[[S:.*]] = braid.scale %[[A]] {factor = 8.000000e-01 : f64}
// CHECK-NEXT:    %[[B:.*]] = braid.linear %[[X]], %[[W]]
// CHECK-NEXT:    return %[[S]], %[[B]]
func.func @shared_input(%x: tensor<?x64xf32>, %w: !braid.weight<32x64, f32>) -> (tensor<?x32xf32>, tensor<?x32xf32>) {
  %0 = braid.scale %x {factor = 0.8 : f64} : tensor<?x64xf32>
  %1 = braid.linear %0, %w : (tensor<?x64xf32>, !braid.weight<32x64, f32>) -> tensor<?x32xf32>
  %2 = braid.linear %x, %w : (tensor<?x64xf32>, !braid.weight<32x64, f32>) -> tensor<?x32xf32>
  return %1, %2 : tensor<?x32xf32>, tensor<?x32xf32>
}

// Through maps of maps, and together with factors that are there already.
// CHECK-LABEL: func.func @chain
// CHECK-SAME:    %[[X:.*]]: tensor<?x64xf32>
// CHECK-NEXT:    %[[A:.*]] = braid.linear %[[X]]
// CHECK-NEXT:    %[[B:.*]] = braid.linear %[[A]]
// CHECK-NEXT:    %[[S:.*]] = braid.scale %[[B]] {factor = 3.000000e+00 : f64}
// CHECK-NEXT:    return %[[S]]
func.func @chain(%x: tensor<?x64xf32>, %w: !braid.weight<64x64, f32>) -> tensor<?x64xf32> {
  %0 = braid.scale %x {factor = 0.5 : f64} : tensor<?x64xf32>
  %1 = braid.linear %0, %w : (tensor<?x64xf32>, !braid.weight<64x64, f32>) -> tensor<?x64xf32>
  %2 = braid.scale %1 {factor = 2.0 : f64} : tensor<?x64xf32>
  %3 = braid.linear %2, %w : (tensor<?x64xf32>, !braid.weight<64x64, f32>) -> tensor<?x64xf32>
  %4 = braid.scale %3 {factor = 3.0 : f64} : tensor<?x64xf32>
  return %4 : tensor<?x64xf32>
}

// A bias is not multiplied.
// CHECK-LABEL: func.func @bias
// CHECK:         %[[S:.*]] = braid.scale
// CHECK-NEXT:    braid.linear %[[S]]
func.func @bias(%x: tensor<?x64xf32>, %w: !braid.weight<32x64, f32>, %b: !braid.weight<32, f32>) -> tensor<?x32xf32> {
  %0 = braid.scale %x {factor = 0.8 : f64} : tensor<?x64xf32>
  %1 = braid.linear %0, %w bias %b : (tensor<?x64xf32>, !braid.weight<32x64, f32>, !braid.weight<32, f32>) -> tensor<?x32xf32>
  return %1 : tensor<?x32xf32>
}

// A factor that others need stays for them; two of them are one.
// CHECK-LABEL: func.func @other_readers
// CHECK-SAME:    %[[X:.*]]: tensor<?x64xf32>
// CHECK-NEXT:    %[[C:.*]] = braid.scale %[[X]] {factor = 4.000000e+00 : f64}
// CHECK-NEXT:    %[[D:.*]] = braid.scale %[[X]] {factor = 1.000000e+01 : f64}
// CHECK-NEXT:    braid.linear %[[X]]
// CHECK-NEXT:    braid.scale {{.*}} {factor = 4.000000e+00 : f64}
// CHECK-NEXT:    return %[[C]], %[[D]]
func.func @other_readers(%x: tensor<?x64xf32>, %w: !braid.weight<32x64, f32>) -> (tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x32xf32>) {
  %0 = braid.scale %x {factor = 4.0 : f64} : tensor<?x64xf32>
  %1 = braid.scale %0 {factor = 2.5 : f64} : tensor<?x64xf32>
  %2 = braid.linear %0, %w : (tensor<?x64xf32>, !braid.weight<32x64, f32>) -> tensor<?x32xf32>
  return %0, %1, %2 : tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x32xf32>
}

// Two factors whose product is 1 are nothing.
// CHECK-LABEL: func.func @one
// CHECK-SAME:    %[[X:.*]]: tensor<?x64xf32>
// CHECK-NEXT:    return %[[X]]
func.func @one(%x: tensor<?x64xf32>) -> tensor<?x64xf32> {
  %0 = braid.scale %x {factor = 0.5 : f64} : tensor<?x64xf32>
  %1 = braid.scale %0 {factor = 2.0 : f64} : tensor<?x64xf32>
  return %1 : tensor<?x64xf32>
}

// A mixture's factor is its router's; a sum of a map and a mixture hands it to both.
// CHECK-LABEL: func.func @mixture_and_map
// CHECK:         %[[I:.*]], %[[P:.*]] = braid.router softmax %{{.*}} {scale = 3.000000e+00 : f64, top_k = 2 : i64}
// CHECK-NEXT:    %[[E:.*]] = braid.experts relu %{{.*}}, %[[I]], %[[P]]
// CHECK-NEXT:    %[[L:.*]] = braid.linear
// CHECK-NEXT:    %[[S:.*]] = braid.scale %[[L]] {factor = 1.500000e+00 : f64}
// CHECK-NEXT:    %[[Y:.*]] = arith.addf %[[E]], %[[S]]
// CHECK-NEXT:    return %[[Y]]
func.func @mixture_and_map(%x: tensor<?x8xf32>, %z: tensor<?x4xf32>, %a: !braid.weight<8x8, f32>, %u: !braid.weight<4x6x8, f32>, %d: !braid.weight<4x8x6, f32>) -> tensor<?x8xf32> {
  %i, %p = braid.router softmax %z {top_k = 2 : i64, scale = 2.0 : f64} : (tensor<?x4xf32>) -> (tensor<?x2xi32>, tensor<?x2xf32>)
  %0 = braid.experts relu %x, %i, %p, up %u, down %d
    : (tensor<?x8xf32>, tensor<?x2xi32>, tensor<?x2xf32>, !braid.weight<4x6x8, f32>, !braid.weight<4x8x6, f32>) -> tensor<?x8xf32>
  %1 = braid.linear %x, %a : (tensor<?x8xf32>, !braid.weight<8x8, f32>) -> tensor<?x8xf32>
  %2 = arith.addf %0, %1 : tensor<?x8xf32>
  %3 = braid.scale %2 {factor = 1.5 : f64} : tensor<?x8xf32>
  return %3 : tensor<?x8xf32>
}

// Weights that somebody else reads stay as they are.
// CHECK-LABEL: func.func @weights_have_another_reader
// CHECK:         braid.router softmax %{{.*}} {top_k = 2 : i64}
// CHECK:         braid.scale
func.func @weights_have_another_reader(%x: tensor<?x8xf32>, %z: tensor<?x4xf32>, %u: !braid.weight<4x6x8, f32>, %d: !braid.weight<4x8x6, f32>) -> (tensor<?x8xf32>, tensor<?x2xf32>) {
  %i, %p = braid.router softmax %z {top_k = 2 : i64} : (tensor<?x4xf32>) -> (tensor<?x2xi32>, tensor<?x2xf32>)
  %0 = braid.experts relu %x, %i, %p, up %u, down %d
    : (tensor<?x8xf32>, tensor<?x2xi32>, tensor<?x2xf32>, !braid.weight<4x6x8, f32>, !braid.weight<4x8x6, f32>) -> tensor<?x8xf32>
  %1 = braid.scale %0 {factor = 1.5 : f64} : tensor<?x8xf32>
  return %1, %p : tensor<?x8xf32>, tensor<?x2xf32>
}
