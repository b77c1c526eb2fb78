// RUN: braid-opt %s | braid-opt | FileCheck %s

// A catalogue variant need not be in the module to be named.
// CHECK-LABEL: func.func @catalogue
// CHECK-SAME:    %[[Q:.*]]: tensor<?x96xf32>, %[[K:.*]]: tensor<?x32xf32>, %[[V:.*]]: tensor<?x32xf32>, %[[S:.*]]: !braid.kv<heads = 2, dim = 16, window = 0, f16>, %[[P:.*]]: index
func.func @catalogue(%q: tensor<?x96xf32>, %k: tensor<?x32xf32>, %v: tensor<?x32xf32>, %s: !braid.kv<heads = 2, dim = 16, window = 0, f16>,
                     %p: index) -> (tensor<?x96xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f16>) {
  // CHECK: braid.attend @causal() %[[Q]], %[[K]], %[[V]], %[[S]], %[[P]] {heads = 6 : i64, scale = 2.500000e-01 : f64} : (tensor<?x96xf32>, tensor<?x32xf32>, tensor<?x32xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f16>, index) -> (tensor<?x96xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f16>)
  %o, %n = braid.attend @causal() %q, %k, %v, %s, %p {heads = 6 : i64, scale = 0.25 : f64}
    : (tensor<?x96xf32>, tensor<?x32xf32>, tensor<?x32xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f16>, index)
    -> (tensor<?x96xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f16>)
  return %o, %n : tensor<?x96xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f16>
}

attn.softmax @soft_window(%window: index, %slope: index) {
  mask (%h: index, %i: index, %j: index) {
    %far = arith.addi %j, %window : index
    %seen = arith.cmpi sgt, %far, %i : index
    attn.yield %seen : i1
  }
}

// A variant of the module takes its parameters in order.
// CHECK-LABEL: func.func @parameters
func.func @parameters(%q: tensor<?x32xf32>, %k: tensor<?x32xf32>, %v: tensor<?x32xf32>, %s: !braid.kv<heads = 2, dim = 16, window = 0, f16>,
                      %p: index) -> tensor<?x32xf32> {
  // CHECK: braid.attend @soft_window(4096, 3)
  %o, %n = braid.attend @soft_window(4096, 3) %q, %k, %v, %s, %p {heads = 2 : i64, scale = 0.25 : f64}
    : (tensor<?x32xf32>, tensor<?x32xf32>, tensor<?x32xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f16>, index)
    -> (tensor<?x32xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f16>)
  return %o : tensor<?x32xf32>
}

// Rows are the state's memory: keys of each head, then values.
// CHECK-LABEL: func.func @rows
// CHECK-SAME:    %[[S:.*]]: !braid.kv<heads = 2, dim = 16, window = 0, f16>
func.func @rows(%s: !braid.kv<heads = 2, dim = 16, window = 0, f16>) -> memref<4x?x16xf16> {
  // CHECK: braid.rows %[[S]] : !braid.kv<heads = 2, dim = 16, window = 0, f16> -> memref<4x?x16xf16>
  %m = braid.rows %s : !braid.kv<heads = 2, dim = 16, window = 0, f16> -> memref<4x?x16xf16>
  return %m : memref<4x?x16xf16>
}
