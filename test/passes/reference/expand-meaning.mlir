// RUN: braid-opt %s --braid-expand-meaning | FileCheck %s

// A linear map is one contraction, started at zero.
// CHECK-LABEL: func.func @linear
// CHECK-SAME:    %[[X:.*]]: tensor<?x64xf32>, %[[W:.*]]: !braid
// CHECK-DAG:     %[[U:.*]] = braid.unpack %[[W]]
// CHECK-DAG:     %[[Z:.*]] = linalg.fill
// CHECK:         %[[Y:.*]] = linalg.generic {{.*}}iterator_types = ["parallel", "parallel", "reduction"]{{.*}} ins(%[[X]], %[[U]] : {{.*}}) outs(%[[Z]] : {{.*}})
// CHECK-NEXT:    ^bb0(%[[A:.*]]: f32, %[[B:.*]]: f32, %[[C:.*]]: f32):
// CHECK-NEXT:      %[[P:.*]] = arith.mulf %[[A]], %[[B]]
// CHECK-NEXT:      %[[S:.*]] = arith.addf %[[C]], %[[P]]
// CHECK-NEXT:      linalg.yield %[[S]]
// CHECK-NOT:     linalg
// CHECK:         return %[[Y]]
func.func @linear(%x: tensor<?x64xf32>, %w: !braid.weight<64x64, f32>) -> tensor<?x64xf32> {
  %0 = braid.linear %x, %w : (tensor<?x64xf32>, !braid.weight<64x64, f32>) -> tensor<?x64xf32>
  return %0 : tensor<?x64xf32>
}

// A bias is where the sums start.
// CHECK-LABEL: func.func @bias
// CHECK-SAME:    %[[B:[^:]*]]: !braid.weight<64, f32>)
// CHECK:         %[[U:.*]] = braid.unpack %[[B]]
// CHECK:         %[[Z:.*]] = linalg.broadcast ins(%[[U]]
// CHECK:         linalg.generic {{.*}} outs(%[[Z]]
func.func @bias(%x: tensor<?x64xf32>, %w: !braid.weight<64x64, f32>, %b: !braid.weight<64, f32>) -> tensor<?x64xf32> {
  %0 = braid.linear %x, %w bias %b : (tensor<?x64xf32>, !braid.weight<64x64, f32>, !braid.weight<64, f32>) -> tensor<?x64xf32>
  return %0 : tensor<?x64xf32>
}

// A kernel means what its ops mean.
// CHECK-LABEL: func.func @kernel
// CHECK-NOT:     braid.kernel
// CHECK:         %[[L:.*]] = linalg.generic
// CHECK:         linalg.generic
// CHECK:           tensor.extract %[[L]]
// CHECK-NOT:     braid.{{kernel|yield|linear|activate}}
// CHECK:         return
func.func @kernel(%x: tensor<?x64xf32>, %w: !braid.weight<64x64, f32>) -> tensor<?x64xf32> {
  %0 = braid.kernel(%a = %x, %b = %w) : (tensor<?x64xf32>, !braid.weight<64x64, f32>) -> tensor<?x64xf32> {
    %1 = braid.linear %a, %b : (tensor<?x64xf32>, !braid.weight<64x64, f32>) -> tensor<?x64xf32>
    %2 = braid.activate relu %1 : tensor<?x64xf32>
    braid.yield %2 : tensor<?x64xf32>
  }
  return %0 : tensor<?x64xf32>
}

// Of attention the state's rows are left, and the variant's mask stands in the loops.
// CHECK-LABEL: func.func @attend
// CHECK-SAME:    %[[KV:[^:]*]]: !braid.kv<heads = 2, dim = 16, window = 0, f16>
// CHECK-NOT:     braid.attend
// CHECK:         %[[M:.*]] = braid.rows %[[KV]]
// CHECK:         memref.store %{{.*}}, %[[M]]
// CHECK:         scf.for
// CHECK:         arith.cmpi sle
// CHECK:         arith.maximumf
// CHECK:         math.exp
// CHECK:         return %{{.*}}, %[[KV]]
func.func @attend(%q: tensor<?x64xf32>, %k: tensor<?x32xf32>, %v: tensor<?x32xf32>, %s: !braid.kv<heads = 2, dim = 16, window = 0, f16>, %p: index) -> (tensor<?x64xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f16>) {
  %o, %n = braid.attend @causal() %q, %k, %v, %s, %p {heads = 4 : i64, scale = 0.25 : f64}
    : (tensor<?x64xf32>, tensor<?x32xf32>, tensor<?x32xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f16>, index) -> (tensor<?x64xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f16>)
  return %o, %n : tensor<?x64xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f16>
}

// Every other op that computes is gone, too.
// CHECK-LABEL: func.func @rest
// CHECK-NOT:     braid.{{embed|rope|rope_table|rms_norm|tail|activate}}{{ }}
// CHECK:         tensor.extract_slice
// CHECK-NEXT:    return
func.func @rest(%ids: tensor<?xi32>, %p: index, %w: !braid.weight<99x64, f32>, %g: !braid.weight<64, f32>) -> tensor<?x64xf32> {
  %0 = braid.embed %ids, %w : (tensor<?xi32>, !braid.weight<99x64, f32>) -> tensor<?x64xf32>
  %t = braid.rope_table %ids, %p {frequencies = array<f32: 1.0, 0.1>} : (tensor<?xi32>, index) -> tensor<?x4xf32>
  %1 = braid.rms_norm %0, %g {epsilon = 1.0e-05} : (tensor<?x64xf32>, !braid.weight<64, f32>) -> tensor<?x64xf32>
  %2 = braid.rope %1, %t {heads = 4 : i64, interleaved} : (tensor<?x64xf32>, tensor<?x4xf32>) -> tensor<?x64xf32>
  %3 = braid.rope %2, %t {heads = 2 : i64} : (tensor<?x64xf32>, tensor<?x4xf32>) -> tensor<?x64xf32>
  %4 = braid.activate gelu_tanh %3 : tensor<?x64xf32>
  %5 = braid.tail %4, %p : (tensor<?x64xf32>, index) -> tensor<?x64xf32>
  return %5 : tensor<?x64xf32>
}
