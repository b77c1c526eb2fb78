// RUN: braid-opt --braid-derive-chunk="tokens=32 key=24 value=40 combine=0" --canonicalize --cse --split-input-file %s \
// RUN:   | FileCheck %s

// A scalar decay and nothing to solve: one matrix product of keys, then the decay between the tokens, which is exp of a
// sum of logarithms that grows from row to row.
// CHECK-LABEL: attn.recurrence @mamba2
// CHECK:       func.func @mamba2_chunk
// CHECK-SAME:    %[[S:.*]]: tensor<24x40xf32>, %{{.*}}: tensor<32x24xf32>, %{{.*}}: tensor<32x24xf32>
// CHECK-SAME:    tensor<32xf32> {attn.log}
// CHECK-SAME:    index) -> (tensor<24x40xf32>, tensor<32x40xf32>)
// CHECK-NOT:     tensor<4x4xf32>
// CHECK:         %[[SUMS:.*]] = scf.for
// CHECK:           arith.addf
// CHECK:           tensor.insert_slice
// CHECK:         %[[BETWEEN:.*]] = linalg.generic {{.*}} ins(%[[SUMS]] : tensor<32x32xf32>)
// CHECK:           math.exp
// CHECK:           arith.select
// CHECK-NOT:     tensor<4x4xf32>
// CHECK:         linalg.matmul ins(%{{.*}}, %[[S]] : tensor<32x24xf32>, tensor<24x40xf32>)
// CHECK:         %[[PAIRS:.*]] = linalg.matmul {{.*}} -> tensor<32x32xf32>
// CHECK:         %[[WEIGHTS:.*]] = arith.mulf %[[PAIRS]], %[[BETWEEN]]
// CHECK:         linalg.matmul ins(%[[WEIGHTS]], %{{.*}} : tensor<32x32xf32>, tensor<32x40xf32>)
// CHECK-NOT:     tensor<4x4xf32>
// CHECK-NOT:     arith.subf
// CHECK:         return
attn.recurrence @mamba2(%S: !attn.state, %q: !attn.key {shared}, %k: !attn.key {shared}, %v: !attn.value,
                        %g: !attn.scalar {log}, %d: !attn.scalar {range = [0.0, 1.0e+30]},
                        %skip: !attn.scalar {constant}) {
  %x = attn.scale %v, %d
  %D = attn.decay %S, %g
  %N = attn.write %D, %k, %x
  %y = attn.read %N, %q
  %p = attn.scale %v, %skip
  %o = attn.add %y, %p
  attn.yield %N, %o
}

// -----

// Channels decay: within the sum over them, split at the first token of the row's block or token by token. One system.
// CHECK-LABEL: attn.recurrence @kda
// CHECK:       func.func @kda_chunk
// CHECK:         linalg.generic {{.*}}"parallel", "parallel", "reduction", "parallel"]} ins(%{{.*}} : tensor<2x16x24xf32>)
// CHECK:         %[[L:.*]] = scf.for
// CHECK:           scf.for
// CHECK:             linalg.matmul {{.*}} -> tensor<16x16xf32>
// CHECK:           scf.for
// CHECK:             linalg.generic {{.*}}"reduction", "parallel"]} {{.*}} tensor<24x16xf32>) outs(%{{.*}} : tensor<16xf32>)
// CHECK:         scf.for
// CHECK-COUNT-2:   linalg.matmul {{.*}} -> tensor<4x4xf32>
// CHECK:         scf.for
// CHECK-COUNT-2:   linalg.matmul {{.*}} -> tensor<4x4xf32>
// CHECK:         scf.for
// CHECK-COUNT-2:   linalg.matmul {{.*}} -> tensor<8x8xf32>
// CHECK-COUNT-2: linalg.matmul {{.*}} -> tensor<16x16xf32>
// CHECK:         %[[T:.*]] = tensor.insert_slice {{.*}} into tensor<32x32xf32>
// CHECK:         %[[U:.*]] = linalg.matmul ins(%[[T]], %{{.*}} : tensor<32x32xf32>, tensor<32x40xf32>)
// CHECK:         %[[W:.*]] = linalg.matmul ins(%[[T]], %{{.*}} : tensor<32x32xf32>, tensor<32x24xf32>)
// CHECK:         linalg.matmul ins(%[[W]], %{{.*}}) outs(%[[U]] : tensor<32x40xf32>)
// CHECK:         return
attn.recurrence @kda(%S: !attn.state, %q: !attn.key {shared}, %k: !attn.key {shared, unit}, %v: !attn.value,
                     %g: !attn.key {log}, %b: !attn.scalar {range = [0.0, 2.0]}) {
  %D = attn.decay %S, %g
  %r = attn.read %D, %k
  %e = attn.sub %v, %r
  %w = attn.scale %e, %b
  %N = attn.write %D, %k, %w
  %o = attn.read %N, %q
  attn.yield %N, %o
}

// -----

// Two reads and two writes: four matrices of pairs, one system, as only one of the writes depends on a read.
// CHECK-LABEL: attn.recurrence @rwkv7
// CHECK:       func.func @rwkv7_chunk
// CHECK-COUNT-4: scf.for {{.*}} -> (tensor<24x16xf32>, tensor<32x32xf32>)
// CHECK-NOT:     scf.for {{.*}} -> (tensor<24x16xf32>, tensor<32x32xf32>)
// CHECK-COUNT-2: linalg.matmul indexing_maps {{.*}} -> tensor<24x40xf32>
// CHECK-NEXT:    return
attn.recurrence @rwkv7(%S: !attn.state, %q: !attn.key, %k: !attn.key, %v: !attn.value, %g: !attn.key {log},
                       %c: !attn.key {unit}, %a: !attn.key {range = [0.0, 1.0]}) {
  %r = attn.read %S, %c
  %w = attn.neg %r
  %x = attn.mul %c, %a
  %D = attn.decay %S, %g
  %E = attn.write %D, %x, %w
  %N = attn.write %E, %k, %v
  %o = attn.read %N, %q
  attn.yield %N, %o
}

// -----

// A state that goes through a function has no chunkwise form.
// CHECK-LABEL: attn.recurrence @squashed
// CHECK-NOT: @squashed_chunk
attn.recurrence @squashed(%S: !attn.state, %q: !attn.key, %k: !attn.key, %v: !attn.value) {
  %N = attn.write %S, %k, %v
  %T = attn.map tanh %N
  %o = attn.read %T, %q
  attn.yield %T, %o
}
