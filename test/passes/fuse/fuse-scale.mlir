// RUN: braid-opt %s --pass-pipeline="builtin.module(func.func(braid-fuse-linears,braid-fuse-scale,braid-fuse-gate,braid-fuse-residual))" | FileCheck %s

// A factor joins its map.
// CHECK-LABEL: func.func @lone_factor
// CHECK-NEXT:    %[[K:.*]] = braid.kernel
// CHECK-NEXT:      %[[L:.*]] = braid.linear
// CHECK-NEXT:      %[[S:.*]] = braid.scale %[[L]] {factor = 8.000000e-01 : f64}
// CHECK-NEXT:      braid.yield %[[S]]
// CHECK:         return %[[K]]
func.func @lone_factor(%x: tensor<?x64xf32>, %a: !braid.weight<32x64, f32>) -> tensor<?x32xf32> {
  %0 = braid.linear %x, %a : (tensor<?x64xf32>, !braid.weight<32x64, f32>) -> tensor<?x32xf32>
  %1 = braid.scale %0 {factor = 0.8 : f64} : tensor<?x32xf32>
  return %1 : tensor<?x32xf32>
}

// Each of several maps has its own, or none.
// CHECK-LABEL: func.func @several_maps
// CHECK-NEXT:    braid.kernel
// CHECK-NEXT:      %[[A:.*]] = braid.linear
// CHECK-NEXT:      %[[B:.*]] = braid.linear
// CHECK-NEXT:      %[[C:.*]] = braid.linear
// CHECK:           braid.scale %[[A]] {factor = 8.000000e-01 : f64}
// CHECK:           braid.scale %[[C]] {factor = 3.000000e+00 : f64}
// CHECK-NOT:     braid.kernel
func.func @several_maps(%x: tensor<?x64xf32>, %a: !braid.weight<32x64, f32>) -> (tensor<?x32xf32>, tensor<?x32xf32>, tensor<?x32xf32>) {
  %0 = braid.linear %x, %a : (tensor<?x64xf32>, !braid.weight<32x64, f32>) -> tensor<?x32xf32>
  %1 = braid.linear %x, %a : (tensor<?x64xf32>, !braid.weight<32x64, f32>) -> tensor<?x32xf32>
  %2 = braid.linear %x, %a : (tensor<?x64xf32>, !braid.weight<32x64, f32>) -> tensor<?x32xf32>
  %3 = braid.scale %0 {factor = 0.8 : f64} : tensor<?x32xf32>
  %4 = braid.scale %2 {factor = 3.0 : f64} : tensor<?x32xf32>
  return %3, %1, %4 : tensor<?x32xf32>, tensor<?x32xf32>, tensor<?x32xf32>
}

// Factors of a gate, of what it gates, and of what is added to the stream: one kernel each.
// CHECK-LABEL: func.func @mlp
// CHECK-NEXT:    %[[H:.*]] = braid.kernel
// CHECK:           %[[S:.*]] = braid.scale
// CHECK:           braid.activate silu %[[S]]
// CHECK:           arith.mulf
// CHECK-NEXT:      braid.yield
// CHECK:         %[[Y:.*]] = braid.kernel
// CHECK:           braid.linear
// CHECK-NEXT:      %[[T:.*]] = braid.scale
// CHECK-NEXT:      arith.addf %{{.*}}, %[[T]]
// CHECK-NEXT:      braid.yield
// CHECK:         return %[[Y]]
func.func @mlp(%x: tensor<?x64xf32>, %g: !braid.weight<32x64, f32>, %u: !braid.weight<32x64, f32>, %d: !braid.weight<64x32, f32>) -> tensor<?x64xf32> {
  %0 = braid.linear %x, %g : (tensor<?x64xf32>, !braid.weight<32x64, f32>) -> tensor<?x32xf32>
  %1 = braid.linear %x, %u : (tensor<?x64xf32>, !braid.weight<32x64, f32>) -> tensor<?x32xf32>
  %2 = braid.scale %0 {factor = 0.8 : f64} : tensor<?x32xf32>
  %3 = braid.activate silu %2 : tensor<?x32xf32>
  %4 = braid.scale %1 {factor = 1.1 : f64} : tensor<?x32xf32>
  %5 = arith.mulf %3, %4 : tensor<?x32xf32>
  %6 = braid.linear %5, %d : (tensor<?x32xf32>, !braid.weight<64x32, f32>) -> tensor<?x64xf32>
  %7 = braid.scale %6 {factor = 1.2 : f64} : tensor<?x64xf32>
  %8 = arith.addf %x, %7 : tensor<?x64xf32>
  return %8 : tensor<?x64xf32>
}

// What is read without its factor too is written without it.
// CHECK-LABEL: func.func @another_reader
// CHECK-NEXT:    %[[K:.*]] = braid.kernel
// CHECK-NEXT:      braid.linear
// CHECK-NEXT:      braid.yield
// CHECK:         braid.scale %[[K]]
func.func @another_reader(%x: tensor<?x64xf32>, %a: !braid.weight<32x64, f32>) -> (tensor<?x32xf32>, tensor<?x32xf32>) {
  %0 = braid.linear %x, %a : (tensor<?x64xf32>, !braid.weight<32x64, f32>) -> tensor<?x32xf32>
  %1 = braid.scale %0 {factor = 0.8 : f64} : tensor<?x32xf32>
  return %0, %1 : tensor<?x32xf32>, tensor<?x32xf32>
}

// A factor of something that is no map stays outside.
// CHECK-LABEL: func.func @no_map
// CHECK-NOT:     braid.kernel
// CHECK:         braid.scale
func.func @no_map(%x: tensor<?x64xf32>) -> tensor<?x64xf32> {
  %0 = braid.scale %x {factor = 0.8 : f64} : tensor<?x64xf32>
  return %0 : tensor<?x64xf32>
}
