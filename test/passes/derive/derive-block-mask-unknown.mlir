// RUN: braid-opt %s --pass-pipeline="builtin.module(attn.softmax(braid-derive-block-mask,canonicalize))" | FileCheck %s

// What is not monotone is partial: some pairs may be visible, not all are.
// CHECK-LABEL: attn.softmax @xor
// CHECK:         block
// CHECK-DAG:       %[[FALSE:.*]] = arith.constant false
// CHECK-DAG:       %[[TRUE:.*]] = arith.constant true
// CHECK:           attn.yield %[[TRUE]], %[[FALSE]] : i1, i1
attn.softmax @xor {
  mask (%h: index, %i: index, %j: index) {
    %a = arith.cmpi sle, %j, %i : index
    %true = arith.constant true
    %seen = arith.xori %a, %true : i1
    attn.yield %seen : i1
  }
}

// A remainder is not bounded by its operands.
// CHECK-LABEL: attn.softmax @remainder
// CHECK:         block
// CHECK-DAG:       %[[FALSE:.*]] = arith.constant false
// CHECK-DAG:       %[[TRUE:.*]] = arith.constant true
// CHECK:           attn.yield %[[TRUE]], %[[FALSE]] : i1, i1
attn.softmax @remainder {
  mask (%h: index, %i: index, %j: index) {
    %c = arith.constant 7 : index
    %r = arith.remsi %j, %c : index
    %s = arith.remsi %i, %c : index
    %seen = arith.cmpi sle, %r, %s : index
    attn.yield %seen : i1
  }
}

// Unsigned comparisons of differences are not monotone.
// CHECK-LABEL: attn.softmax @unsigned
// CHECK:         block
// CHECK-DAG:       %[[FALSE:.*]] = arith.constant false
// CHECK-DAG:       %[[TRUE:.*]] = arith.constant true
// CHECK:           attn.yield %[[TRUE]], %[[FALSE]] : i1, i1
attn.softmax @unsigned {
  mask (%h: index, %i: index, %j: index) {
    %d = arith.subi %i, %j : index
    %c = arith.constant 7 : index
    %seen = arith.cmpi ult, %d, %c : index
    attn.yield %seen : i1
  }
}

// Narrow integers wrap around.
// CHECK-LABEL: attn.softmax @narrow
// CHECK:         block
// CHECK-DAG:       %[[FALSE:.*]] = arith.constant false
// CHECK-DAG:       %[[TRUE:.*]] = arith.constant true
// CHECK:           attn.yield %[[TRUE]], %[[FALSE]] : i1, i1
attn.softmax @narrow {
  mask (%h: index, %i: index, %j: index) {
    %a = arith.index_cast %i : index to i8
    %b = arith.index_cast %j : index to i8
    %seen = arith.cmpi sle, %b, %a : i8
    attn.yield %seen : i1
  }
}

// Unknown behind unknown stays unknown.
// CHECK-LABEL: attn.softmax @through_or
// CHECK:         block
// CHECK-DAG:       %[[FALSE:.*]] = arith.constant false
// CHECK-DAG:       %[[TRUE:.*]] = arith.constant true
// CHECK:           attn.yield %[[TRUE]], %[[FALSE]] : i1, i1
attn.softmax @through_or {
  mask (%h: index, %i: index, %j: index) {
    %d = arith.subi %i, %j : index
    %c = arith.constant 7 : index
    %a = arith.cmpi ult, %d, %c : index
    %b = arith.cmpi ult, %d, %h : index
    %seen = arith.ori %a, %b : i1
    attn.yield %seen : i1
  }
}

// What is known still counts beside the unknown: a causal "and" bounds what some pairs see.
// CHECK-LABEL: attn.softmax @known_and_unknown
// CHECK:         block (%[[H:.*]]: index, %[[I0:.*]]: index, %[[I1:.*]]: index, %[[J0:.*]]: index, %[[J1:.*]]: index) {
// CHECK-DAG:       %[[SOME:.*]] = arith.cmpi sle, %[[J0]], %[[I1]] : index
// CHECK-DAG:       %[[FALSE:.*]] = arith.constant false
// CHECK:           attn.yield %[[SOME]], %[[FALSE]] : i1, i1
attn.softmax @known_and_unknown {
  mask (%h: index, %i: index, %j: index) {
    %c = arith.constant 7 : index
    %r = arith.remsi %j, %c : index
    %a = arith.cmpi sle, %r, %i : index
    %b = arith.cmpi sle, %j, %i : index
    %seen = arith.andi %a, %b : i1
    attn.yield %seen : i1
  }
}

// Without a mask there is nothing to derive.
// CHECK-LABEL: attn.softmax @no_mask
// CHECK-NOT:     block
// CHECK-LABEL: attn.softmax @given
attn.softmax @no_mask {
}

// A block region that is there stays (@given).
// CHECK:         block
// CHECK-NEXT:      %[[T:.*]] = arith.constant true
// CHECK-NEXT:      attn.yield %[[T]], %[[T]]
attn.softmax @given {
  mask (%h: index, %i: index, %j: index) {
    %seen = arith.cmpi sle, %j, %i : index
    attn.yield %seen : i1
  }
  block (%h: index, %i0: index, %i1: index, %j0: index, %j1: index) {
    %t = arith.constant true
    attn.yield %t, %t : i1, i1
  }
}
