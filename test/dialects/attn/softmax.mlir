// RUN: braid-opt %s | braid-opt | FileCheck %s

// Parameters are named once and seen by all regions, which keep their order.
// CHECK-LABEL: attn.softmax @all_regions
// CHECK-SAME:    (%[[W:.*]]: index) {
attn.softmax @all_regions(%window: index) {
  // CHECK-NEXT: score (%[[S:.*]]: f32, %{{.*}}: index, %{{.*}}: index, %{{.*}}: index) {
  // CHECK-NEXT:   %[[N:.*]] = arith.negf %[[S]] : f32
  // CHECK-NEXT:   attn.yield %[[N]] : f32
  score (%s: f32, %h: index, %i: index, %j: index) {
    %n = arith.negf %s : f32
    attn.yield %n : f32
  }
  // CHECK:      mask (%{{.*}}: index, %[[I:.*]]: index, %[[J:.*]]: index) {
  // CHECK-NEXT:   %[[F:.*]] = arith.subi %[[I]], %[[W]] : index
  // CHECK-NEXT:   %[[SEEN:.*]] = arith.cmpi sgt, %[[J]], %[[F]] : index
  // CHECK-NEXT:   attn.yield %[[SEEN]] : i1
  mask (%h: index, %i: index, %j: index) {
    %first = arith.subi %i, %window : index
    %seen = arith.cmpi sgt, %j, %first : index
    attn.yield %seen : i1
  }
  // CHECK:      block (%{{.*}}: index, %{{.*}}: index, %[[I1:.*]]: index, %[[J0:.*]]: index, %{{.*}}: index) {
  // CHECK-NEXT:   %[[SOME:.*]] = arith.cmpi sle, %[[J0]], %[[I1]] : index
  // CHECK-NEXT:   attn.yield %[[SOME]], %[[SOME]] : i1, i1
  block (%h: index, %i0: index, %i1: index, %j0: index, %j1: index) {
    %some = arith.cmpi sle, %j0, %i1 : index
    attn.yield %some, %some : i1, i1
  }
}

// A variant without regions is full attention.
// CHECK-LABEL: attn.softmax @full {
// CHECK-NEXT:  }
attn.softmax @full {
}

// Attributes stand before the regions.
// CHECK-LABEL: attn.softmax @note attributes {paper = "1706.03762"} {
attn.softmax @note attributes {paper = "1706.03762"} {
}
