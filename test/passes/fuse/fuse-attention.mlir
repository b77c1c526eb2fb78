// RUN: braid-opt %s --pass-pipeline="builtin.module(func.func(braid-fuse-attention))" | FileCheck %s

// Norms and rotations of queries and keys become the attention's prologue.
// CHECK-LABEL: func.func @norm_and_rope_join
// CHECK-SAME:    %[[Q:.*]]: tensor<?x96xf32>, %[[K:.*]]: tensor<?x32xf32>, %[[V:.*]]: tensor<?x32xf32>, %[[T:.*]]: tensor<?x16xf32>, %[[S:.*]]: !braid.kv<{{.*}}>, %[[P:.*]]: index, %[[G:.*]]: !braid
// CHECK-NEXT:    %[[R:.*]]:2 = braid.kernel(%[[Q0:.*]] = %[[Q]], %[[G0:.*]] = %[[G]], %[[T0:.*]] = %[[T]], %[[K0:.*]] = %[[K]], %[[V0:.*]] = %[[V]], %[[S0:.*]] = %[[S]], %[[P0:.*]] = %[[P]])
// CHECK-NEXT:      %[[QN:.*]] = braid.rms_norm %[[Q0]], %[[G0]]
// CHECK-NEXT:      %[[QR:.*]] = braid.rope %[[QN]], %[[T0]]
// CHECK-NEXT:      %[[KN:.*]] = braid.rms_norm %[[K0]], %[[G0]]
// CHECK-NEXT:      %[[KR:.*]] = braid.rope %[[KN]], %[[T0]]
// CHECK-NEXT:      %[[O:.*]], %[[N:.*]] = braid.attend @causal() %[[QR]], %[[KR]], %[[V0]], %[[S0]], %[[P0]]
// CHECK-NEXT:      braid.yield %[[O]], %[[N]]
// CHECK:         return %[[R]]#0, %[[R]]#1
func.func @norm_and_rope_join(%q: tensor<?x96xf32>, %k: tensor<?x32xf32>, %v: tensor<?x32xf32>, %t: tensor<?x16xf32>, %s: !braid.kv<heads = 2, dim = 16, window = 0, f16>, %p: index, %g: !braid.weight<16, f32>) -> (tensor<?x96xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f16>) {
  %0 = braid.rms_norm %q, %g {epsilon = 1.0e-06, heads = 6 : i64} : (tensor<?x96xf32>, !braid.weight<16, f32>) -> tensor<?x96xf32>
  %1 = braid.rope %0, %t {heads = 6 : i64} : (tensor<?x96xf32>, tensor<?x16xf32>) -> tensor<?x96xf32>
  %2 = braid.rms_norm %k, %g {epsilon = 1.0e-06, heads = 2 : i64} : (tensor<?x32xf32>, !braid.weight<16, f32>) -> tensor<?x32xf32>
  %3 = braid.rope %2, %t {heads = 2 : i64} : (tensor<?x32xf32>, tensor<?x16xf32>) -> tensor<?x32xf32>
  %o, %n = braid.attend @causal() %1, %3, %v, %s, %p {heads = 6 : i64, scale = 0.25 : f64}
    : (tensor<?x96xf32>, tensor<?x32xf32>, tensor<?x32xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f16>, index) -> (tensor<?x96xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f16>)
  return %o, %n : tensor<?x96xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f16>
}

// Without norms the rotations join alone.
// CHECK-LABEL: func.func @rope_joins
// CHECK-NEXT:    braid.kernel
// CHECK-NEXT:      braid.rope
// CHECK-NEXT:      braid.rope
// CHECK-NEXT:      braid.attend
func.func @rope_joins(%q: tensor<?x96xf32>, %k: tensor<?x32xf32>, %v: tensor<?x32xf32>, %t: tensor<?x16xf32>, %s: !braid.kv<heads = 2, dim = 16, window = 0, f16>, %p: index, %g: !braid.weight<16, f32>) -> (tensor<?x96xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f16>) {
  %0 = braid.rope %q, %t {heads = 6 : i64} : (tensor<?x96xf32>, tensor<?x16xf32>) -> tensor<?x96xf32>
  %1 = braid.rope %k, %t {heads = 2 : i64} : (tensor<?x32xf32>, tensor<?x16xf32>) -> tensor<?x32xf32>
  %o, %n = braid.attend @causal() %0, %1, %v, %s, %p {heads = 6 : i64, scale = 0.25 : f64}
    : (tensor<?x96xf32>, tensor<?x32xf32>, tensor<?x32xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f16>, index) -> (tensor<?x96xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f16>)
  return %o, %n : tensor<?x96xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f16>
}

// Attention without a prologue is a kernel by itself.
// CHECK-LABEL: func.func @bare
// CHECK-NEXT:    braid.kernel
// CHECK-NEXT:      braid.attend
func.func @bare(%q: tensor<?x96xf32>, %k: tensor<?x32xf32>, %v: tensor<?x32xf32>, %t: tensor<?x16xf32>, %s: !braid.kv<heads = 2, dim = 16, window = 0, f16>, %p: index, %g: !braid.weight<16, f32>) -> (tensor<?x96xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f16>) {
  %o, %n = braid.attend @causal() %q, %k, %v, %s, %p {heads = 6 : i64, scale = 0.25 : f64}
    : (tensor<?x96xf32>, tensor<?x32xf32>, tensor<?x32xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f16>, index) -> (tensor<?x96xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f16>)
  return %o, %n : tensor<?x96xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f16>
}

// A rotation that somebody else reads, and the norm before it, stay outside.
// CHECK-LABEL: func.func @another_reader
// CHECK:         %[[N:.*]] = braid.rms_norm
// CHECK:         %[[R:.*]] = braid.rope %[[N]]
// CHECK:         braid.kernel({{.*}}%[[R]]
// CHECK:         return %{{.*}}, %[[R]]
func.func @another_reader(%q: tensor<?x96xf32>, %k: tensor<?x32xf32>, %v: tensor<?x32xf32>, %t: tensor<?x16xf32>, %s: !braid.kv<heads = 2, dim = 16, window = 0, f16>, %p: index, %g: !braid.weight<16, f32>) -> (tensor<?x96xf32>, tensor<?x32xf32>) {
  %0 = braid.rms_norm %k, %g {epsilon = 1.0e-06, heads = 2 : i64} : (tensor<?x32xf32>, !braid.weight<16, f32>) -> tensor<?x32xf32>
  %1 = braid.rope %0, %t {heads = 2 : i64} : (tensor<?x32xf32>, tensor<?x16xf32>) -> tensor<?x32xf32>
  %o, %n = braid.attend @causal() %q, %1, %v, %s, %p {heads = 6 : i64, scale = 0.25 : f64}
    : (tensor<?x96xf32>, tensor<?x32xf32>, tensor<?x32xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f16>, index) -> (tensor<?x96xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f16>)
  return %o, %1 : tensor<?x96xf32>, tensor<?x32xf32>
}

// The prologue works head by head: a norm over all heads at once stays outside.
// CHECK-LABEL: func.func @norm_over_all_heads
// CHECK:         %[[N:.*]] = braid.rms_norm
// CHECK:         braid.kernel({{.*}}%[[N]]
// CHECK-NEXT:      braid.rope
// CHECK-NEXT:      braid.attend
func.func @norm_over_all_heads(%q: tensor<?x96xf32>, %k: tensor<?x32xf32>, %v: tensor<?x32xf32>, %t: tensor<?x16xf32>, %s: !braid.kv<heads = 2, dim = 16, window = 0, f16>, %p: index, %g: !braid.weight<32, f32>)
    -> (tensor<?x96xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f16>) {
  %0 = braid.rms_norm %k, %g {epsilon = 1.0e-06, heads = 1 : i64} : (tensor<?x32xf32>, !braid.weight<32, f32>) -> tensor<?x32xf32>
  %1 = braid.rope %0, %t {heads = 2 : i64} : (tensor<?x32xf32>, tensor<?x16xf32>) -> tensor<?x32xf32>
  %o, %n = braid.attend @causal() %q, %1, %v, %s, %p {heads = 6 : i64, scale = 0.25 : f64}
    : (tensor<?x96xf32>, tensor<?x32xf32>, tensor<?x32xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f16>, index) -> (tensor<?x96xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f16>)
  return %o, %n : tensor<?x96xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f16>
}

// A rotation of other heads than the attention's stays outside.
// CHECK-LABEL: func.func @rope_of_other_heads
// CHECK:         %[[R:.*]] = braid.rope
// CHECK:         braid.kernel({{.*}}%[[R]]
// CHECK-NEXT:      braid.attend
func.func @rope_of_other_heads(%q: tensor<?x96xf32>, %k: tensor<?x32xf32>, %v: tensor<?x32xf32>, %t: tensor<?x16xf32>, %s: !braid.kv<heads = 2, dim = 16, window = 0, f16>, %p: index, %g: !braid.weight<16, f32>) -> (tensor<?x96xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f16>) {
  %0 = braid.rope %q, %t {heads = 3 : i64} : (tensor<?x96xf32>, tensor<?x16xf32>) -> tensor<?x96xf32>
  %o, %n = braid.attend @causal() %0, %k, %v, %s, %p {heads = 6 : i64, scale = 0.25 : f64}
    : (tensor<?x96xf32>, tensor<?x32xf32>, tensor<?x32xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f16>, index) -> (tensor<?x96xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f16>)
  return %o, %n : tensor<?x96xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f16>
}

// Queries that are the keys have two readers in one.
// CHECK-LABEL: func.func @queries_are_keys
// CHECK:         %[[R:.*]] = braid.rope
// CHECK:         braid.kernel({{.*}}%[[R]]
func.func @queries_are_keys(%q: tensor<?x96xf32>, %k: tensor<?x32xf32>, %v: tensor<?x32xf32>, %t: tensor<?x16xf32>, %s: !braid.kv<heads = 2, dim = 16, window = 0, f16>, %p: index, %g: !braid.weight<16, f32>) -> tensor<?x32xf32> {
  %0 = braid.rope %k, %t {heads = 2 : i64} : (tensor<?x32xf32>, tensor<?x16xf32>) -> tensor<?x32xf32>
  %o, %n = braid.attend @causal() %0, %0, %v, %s, %p {heads = 2 : i64, scale = 0.25 : f64}
    : (tensor<?x32xf32>, tensor<?x32xf32>, tensor<?x32xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f16>, index) -> (tensor<?x32xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f16>)
  return %o : tensor<?x32xf32>
}

// Values are not rotated by any emitter: theirs stays outside.
// CHECK-LABEL: func.func @values_stay_outside
// CHECK:         %[[R:.*]] = braid.rope
// CHECK:         braid.kernel({{.*}}%[[R]]
func.func @values_stay_outside(%q: tensor<?x96xf32>, %k: tensor<?x32xf32>, %v: tensor<?x32xf32>, %t: tensor<?x16xf32>, %s: !braid.kv<heads = 2, dim = 16, window = 0, f16>, %p: index, %g: !braid.weight<16, f32>) -> (tensor<?x96xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f16>) {
  %0 = braid.rope %v, %t {heads = 2 : i64} : (tensor<?x32xf32>, tensor<?x16xf32>) -> tensor<?x32xf32>
  %o, %n = braid.attend @causal() %q, %k, %0, %s, %p {heads = 6 : i64, scale = 0.25 : f64}
    : (tensor<?x96xf32>, tensor<?x32xf32>, tensor<?x32xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f16>, index) -> (tensor<?x96xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f16>)
  return %o, %n : tensor<?x96xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f16>
}
