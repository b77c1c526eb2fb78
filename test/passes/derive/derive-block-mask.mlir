// RUN: braid-opt %s --pass-pipeline="builtin.module(attn.softmax(braid-derive-block-mask))" | FileCheck %s

// Causal: some pair is visible if the first key is not behind the last query, all are if the last key is not behind
// the first query.
// CHECK-LABEL: attn.softmax @causal
// CHECK:         block (%[[H:.*]]: index, %[[I0:.*]]: index, %[[I1:.*]]: index, %[[J0:.*]]: index, %[[J1:.*]]: index) {
// CHECK-NEXT:      %[[ALL:.*]] = arith.cmpi sle, %[[J1]], %[[I0]] : index
// CHECK-NEXT:      %[[SOME:.*]] = arith.cmpi sle, %[[J0]], %[[I1]] : index
// CHECK-NEXT:      attn.yield %[[SOME]], %[[ALL]] : i1, i1
attn.softmax @causal {
  mask (%h: index, %i: index, %j: index) {
    %seen = arith.cmpi sle, %j, %i : index
    attn.yield %seen : i1
  }
}

// A window bounds keys from below: the first visible one moves with the query.
// CHECK-LABEL: attn.softmax @window
// CHECK-SAME:    (%[[W:.*]]: index)
// CHECK:         block (%[[H:.*]]: index, %[[I0:.*]]: index, %[[I1:.*]]: index, %[[J0:.*]]: index, %[[J1:.*]]: index) {
// CHECK-NEXT:      %[[F0:.*]] = arith.subi %[[I0]], %[[W]] : index
// CHECK-NEXT:      %[[F1:.*]] = arith.subi %[[I1]], %[[W]] : index
// CHECK-NEXT:      %[[ALL:.*]] = arith.cmpi sgt, %[[J0]], %[[F1]] : index
// CHECK-NEXT:      %[[SOME:.*]] = arith.cmpi sgt, %[[J1]], %[[F0]] : index
// CHECK-NEXT:      attn.yield %[[SOME]], %[[ALL]] : i1, i1
attn.softmax @window(%window: index) {
  mask (%h: index, %i: index, %j: index) {
    %first = arith.subi %i, %window : index
    %seen = arith.cmpi sgt, %j, %first : index
    attn.yield %seen : i1
  }
}

// A difference is smallest where its second operand is largest.
// CHECK-LABEL: attn.softmax @distance
// CHECK:         block (%[[H:.*]]: index, %[[I0:.*]]: index, %[[I1:.*]]: index, %[[J0:.*]]: index, %[[J1:.*]]: index) {
// CHECK-NEXT:      %[[D0:.*]] = arith.subi %[[I0]], %[[J1]] : index
// CHECK-NEXT:      %[[D1:.*]] = arith.subi %[[I1]], %[[J0]] : index
// CHECK-NEXT:      %[[C:.*]] = arith.constant 8 : index
// CHECK-NEXT:      %[[S0:.*]] = arith.addi %[[D0]], %[[C]] : index
// CHECK-NEXT:      %[[S1:.*]] = arith.addi %[[D1]], %[[C]] : index
// CHECK-NEXT:      %[[ALL:.*]] = arith.cmpi sge, %[[S0]], %[[H]] : index
// CHECK-NEXT:      %[[SOME:.*]] = arith.cmpi sge, %[[S1]], %[[H]] : index
// CHECK-NEXT:      attn.yield %[[SOME]], %[[ALL]] : i1, i1
attn.softmax @distance {
  mask (%h: index, %i: index, %j: index) {
    %d = arith.subi %i, %j : index
    %c = arith.constant 8 : index
    %s = arith.addi %d, %c : index
    %seen = arith.cmpi sge, %s, %h : index
    attn.yield %seen : i1
  }
}

// "or" and "and" join what is known of some and of all.
// CHECK-LABEL: attn.softmax @prefix
// CHECK-SAME:    (%[[L:.*]]: index)
// CHECK:         block (%[[H:.*]]: index, %[[I0:.*]]: index, %[[I1:.*]]: index, %[[J0:.*]]: index, %[[J1:.*]]: index) {
// CHECK-NEXT:      %[[A1:.*]] = arith.cmpi sle, %[[J1]], %[[I0]] : index
// CHECK-NEXT:      %[[S1:.*]] = arith.cmpi sle, %[[J0]], %[[I1]] : index
// CHECK-NEXT:      %[[A2:.*]] = arith.cmpi slt, %[[J1]], %[[L]] : index
// CHECK-NEXT:      %[[S2:.*]] = arith.cmpi slt, %[[J0]], %[[L]] : index
// CHECK-NEXT:      %[[ALL:.*]] = arith.ori %[[A1]], %[[A2]] : i1
// CHECK-NEXT:      %[[SOME:.*]] = arith.ori %[[S1]], %[[S2]] : i1
// CHECK-NEXT:      %[[ALL2:.*]] = arith.andi %[[ALL]], %[[A1]] : i1
// CHECK-NEXT:      %[[SOME2:.*]] = arith.andi %[[SOME]], %[[S1]] : i1
// CHECK-NEXT:      attn.yield %[[SOME2]], %[[ALL2]] : i1, i1
attn.softmax @prefix(%length: index) {
  mask (%h: index, %i: index, %j: index) {
    %causal = arith.cmpi sle, %j, %i : index
    %inside = arith.cmpi slt, %j, %length : index
    %seen = arith.ori %causal, %inside : i1
    %again = arith.andi %seen, %causal : i1
    attn.yield %again : i1
  }
}

// Equal for some: the blocks overlap. Equal for all: both are the same single position.
// CHECK-LABEL: attn.softmax @diagonal
// CHECK:         block (%[[H:.*]]: index, %[[I0:.*]]: index, %[[I1:.*]]: index, %[[J0:.*]]: index, %[[J1:.*]]: index) {
// CHECK-DAG:       %[[X:.*]] = arith.cmpi sle, %[[J0]], %[[I1]] : index
// CHECK-DAG:       %[[Y:.*]] = arith.cmpi sle, %[[I0]], %[[J1]] : index
// CHECK-DAG:       %[[SOME:.*]] = arith.andi %[[X]], %[[Y]] : i1
// CHECK-DAG:       %[[U:.*]] = arith.cmpi eq, %[[J0]], %[[I1]] : index
// CHECK-DAG:       %[[V:.*]] = arith.cmpi eq, %[[J1]], %[[I0]] : index
// CHECK-DAG:       %[[ALL:.*]] = arith.andi %[[U]], %[[V]] : i1
// CHECK:           attn.yield %[[SOME]], %[[ALL]] : i1, i1
attn.softmax @diagonal {
  mask (%h: index, %i: index, %j: index) {
    %seen = arith.cmpi eq, %j, %i : index
    attn.yield %seen : i1
  }
}
