// RUN: braid-opt %s | braid-opt | FileCheck %s

// A table holds one cosine and one sine for each frequency.
// CHECK-LABEL: func.func @rope_table
// CHECK-SAME:    %[[IDS:.*]]: tensor<?xi32>, %[[P:.*]]: index
func.func @rope_table(%ids: tensor<?xi32>, %p: index) -> (tensor<?x4xf32>, tensor<?x4xf32>) {
  // CHECK: braid.rope_table %[[IDS]], %[[P]] {frequencies = array<f32: 1.000000e+00, 1.000000e-01>} : (tensor<?xi32>, index) -> tensor<?x4xf32>
  %0 = braid.rope_table %ids, %p {frequencies = array<f32: 1.0, 0.1>} : (tensor<?xi32>, index) -> tensor<?x4xf32>
  // CHECK: braid.rope_table %[[IDS]], %[[P]] {factor = 1.250000e+00 : f64, frequencies = array<f32: 1.000000e+00, 1.000000e-01>}
  %1 = braid.rope_table %ids, %p {factor = 1.25, frequencies = array<f32: 1.0, 0.1>}
    : (tensor<?xi32>, index) -> tensor<?x4xf32>
  return %0, %1 : tensor<?x4xf32>, tensor<?x4xf32>
}

// Pairs are halves apart, or neighbours when interleaved; a narrow table rotates the head's leading features.
// CHECK-LABEL: func.func @rope
// CHECK-SAME:    %[[X:.*]]: tensor<?x24xf32>, %[[T:.*]]: tensor<?x4xf32>
func.func @rope(%x: tensor<?x24xf32>, %t: tensor<?x4xf32>) -> (tensor<?x24xf32>, tensor<?x24xf32>) {
  // CHECK: braid.rope %[[X]], %[[T]] {heads = 3 : i64} : (tensor<?x24xf32>, tensor<?x4xf32>) -> tensor<?x24xf32>
  %0 = braid.rope %x, %t {heads = 3 : i64} : (tensor<?x24xf32>, tensor<?x4xf32>) -> tensor<?x24xf32>
  // CHECK: braid.rope %[[X]], %[[T]] {heads = 3 : i64, interleaved}
  %1 = braid.rope %x, %t {heads = 3 : i64, interleaved} : (tensor<?x24xf32>, tensor<?x4xf32>) -> tensor<?x24xf32>
  return %0, %1 : tensor<?x24xf32>, tensor<?x24xf32>
}
