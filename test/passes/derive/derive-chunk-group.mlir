// RUN: braid-opt --braid-derive-chunk="tokens=32 key=24 value=40 ratio=2" --braid-verify-exponents --canonicalize %s \
// RUN:   | FileCheck %s

// Keys are the same for both heads of a group: their product is in front of the loop over the heads.
// CHECK-LABEL: attn.recurrence @mamba2
// CHECK:         func.func @mamba2_chunk
// CHECK-SAME:    tensor<2x24x40xf32>, %{{.*}}: tensor<32x24xf32>, %{{.*}}: tensor<32x24xf32>, %{{.*}}: tensor<2x32x40xf32>
// CHECK:         linalg.matmul {{.*}} -> tensor<32x32xf32>
// CHECK:         scf.for {{.*}} -> (tensor<2x24x40xf32>, tensor<2x32x40xf32>)
// CHECK-NOT:       linalg.matmul ins(%{{.*}} : tensor<32x24xf32>, tensor<24x32xf32>)
// CHECK:           linalg.matmul {{.*}} -> tensor<32x40xf32>
// CHECK:         return
// CHECK:         func.func @mamba2_transition({{.*}}) -> (tensor<2x24x24xf32>, tensor<2x24x40xf32>)
// CHECK:         func.func @mamba2_combine
// CHECK-COUNT-2: linalg.batch_matmul
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
