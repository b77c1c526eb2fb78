// RUN: braid-opt %s --pass-pipeline="builtin.module(func.func(braid-fuse-linears))" | FileCheck %s

// Queries, keys and values of one input become one contraction, in the order in which they were written.
// CHECK-LABEL: func.func @qkv_is_one_contraction
// CHECK-SAME:    %[[X:.*]]: tensor<?x64xf32>, %[[Q:.*]]: !braid.weight<64x64, f32>, %[[K:[^:]*]]: !braid.weight<32x64, f32>, %[[V:[^:]*]]: !braid.weight<32x64, f32>
// CHECK-NEXT:    %[[R:.*]]:3 = braid.kernel(%[[X0:.*]] = %[[X]], %[[Q0:.*]] = %[[Q]], %[[K0:.*]] = %[[K]], %[[V0:.*]] = %[[V]])
// CHECK-NEXT:      %[[QY:.*]] = braid.linear %[[X0]], %[[Q0]]
// CHECK-NEXT:      %[[KY:.*]] = braid.linear %[[X0]], %[[K0]]
// CHECK-NEXT:      %[[VY:.*]] = braid.linear %[[X0]], %[[V0]]
// CHECK-NEXT:      braid.yield %[[QY]], %[[KY]], %[[VY]]
// CHECK:         return %[[R]]#0, %[[R]]#1, %[[R]]#2
func.func @qkv_is_one_contraction(%x: tensor<?x64xf32>, %wq: !braid.weight<64x64, f32>, %wk: !braid.weight<32x64, f32>, %wv: !braid.weight<32x64, f32>) -> (tensor<?x64xf32>, tensor<?x32xf32>, tensor<?x32xf32>) {
  %q = braid.linear %x, %wq : (tensor<?x64xf32>, !braid.weight<64x64, f32>) -> tensor<?x64xf32>
  %k = braid.linear %x, %wk : (tensor<?x64xf32>, !braid.weight<32x64, f32>) -> tensor<?x32xf32>
  %v = braid.linear %x, %wv : (tensor<?x64xf32>, !braid.weight<32x64, f32>) -> tensor<?x32xf32>
  return %q, %k, %v : tensor<?x64xf32>, tensor<?x32xf32>, tensor<?x32xf32>
}

// A map that is read before its sister is written moves with it: readers come behind the contraction.
// CHECK-LABEL: func.func @readers_come_behind
// CHECK:         %[[R:.*]]:2 = braid.kernel
// CHECK:         braid.activate silu %[[R]]#0
func.func @readers_come_behind(%x: tensor<?x64xf32>, %a: !braid.weight<32x64, f32>, %b: !braid.weight<32x64, f32>) -> (tensor<?x32xf32>, tensor<?x32xf32>) {
  %0 = braid.linear %x, %a : (tensor<?x64xf32>, !braid.weight<32x64, f32>) -> tensor<?x32xf32>
  %1 = braid.activate silu %0 : tensor<?x32xf32>
  %2 = braid.linear %x, %b : (tensor<?x64xf32>, !braid.weight<32x64, f32>) -> tensor<?x32xf32>
  return %1, %2 : tensor<?x32xf32>, tensor<?x32xf32>
}

// Weights that are stored differently are read by different kernels.
// CHECK-LABEL: func.func @storages_stay_apart
// CHECK:         braid.kernel({{.*}}) : (tensor<?x64xf32>, !braid.weight<32x64, f32>) -> tensor<?x32xf32>
// CHECK:         braid.kernel({{.*}}) : (tensor<?x64xf32>, !braid.weight<32x64, q4_1>) -> tensor<?x32xf32>
func.func @storages_stay_apart(%x: tensor<?x64xf32>, %a: !braid.weight<32x64, f32>, %b: !braid.weight<32x64, q4_1>) -> (tensor<?x32xf32>, tensor<?x32xf32>) {
  %0 = braid.linear %x, %a : (tensor<?x64xf32>, !braid.weight<32x64, f32>) -> tensor<?x32xf32>
  %1 = braid.linear %x, %b : (tensor<?x64xf32>, !braid.weight<32x64, q4_1>) -> tensor<?x32xf32>
  return %0, %1 : tensor<?x32xf32>, tensor<?x32xf32>
}

// A map with a bias ends otherwise than one without: they stay apart.
// CHECK-LABEL: func.func @bias_stays_apart
// CHECK:         braid.kernel({{.*}}) : (tensor<?x64xf32>, !braid.weight<32x64, f32>, !braid.weight<32, f32>) -> tensor<?x32xf32>
// CHECK:         braid.kernel({{.*}}) : (tensor<?x64xf32>, !braid.weight<32x64, f32>) -> tensor<?x32xf32>
func.func @bias_stays_apart(%x: tensor<?x64xf32>, %a: !braid.weight<32x64, f32>, %b: !braid.weight<32, f32>) -> (tensor<?x32xf32>, tensor<?x32xf32>) {
  %0 = braid.linear %x, %a bias %b : (tensor<?x64xf32>, !braid.weight<32x64, f32>, !braid.weight<32, f32>) -> tensor<?x32xf32>
  %1 = braid.linear %x, %a : (tensor<?x64xf32>, !braid.weight<32x64, f32>) -> tensor<?x32xf32>
  return %0, %1 : tensor<?x32xf32>, tensor<?x32xf32>
}

// Maps of different inputs are different kernels.
// CHECK-LABEL: func.func @inputs_stay_apart
// CHECK-COUNT-2: braid.kernel
func.func @inputs_stay_apart(%x: tensor<?x64xf32>, %y: tensor<?x64xf32>, %a: !braid.weight<32x64, f32>) -> (tensor<?x32xf32>, tensor<?x32xf32>) {
  %0 = braid.linear %x, %a : (tensor<?x64xf32>, !braid.weight<32x64, f32>) -> tensor<?x32xf32>
  %1 = braid.linear %y, %a : (tensor<?x64xf32>, !braid.weight<32x64, f32>) -> tensor<?x32xf32>
  return %0, %1 : tensor<?x32xf32>, tensor<?x32xf32>
}

func.func private @pick(tensor<?x32xf32>) -> !braid.weight<32x64, f32>

// A map whose weight depends on the other map's result runs behind it: one kernel of both would be a cycle.
// CHECK-LABEL: func.func @no_cycle
// CHECK:         %[[A:.*]] = braid.kernel
// CHECK:         %[[W:.*]] = call @pick(%[[A]])
// CHECK:         braid.kernel({{.*}} = %[[W]])
func.func @no_cycle(%x: tensor<?x64xf32>, %a: !braid.weight<32x64, f32>) -> tensor<?x32xf32> {
  %0 = braid.linear %x, %a : (tensor<?x64xf32>, !braid.weight<32x64, f32>) -> tensor<?x32xf32>
  %w = call @pick(%0) : (tensor<?x32xf32>) -> !braid.weight<32x64, f32>
  %1 = braid.linear %x, %w : (tensor<?x64xf32>, !braid.weight<32x64, f32>) -> tensor<?x32xf32>
  return %1 : tensor<?x32xf32>
}

// A dependence through a region counts: the branch reads the first map and chooses the second one's weight.
// CHECK-LABEL: func.func @no_cycle_through_a_region
// CHECK:         %[[A:.*]] = braid.kernel
// CHECK:         %[[W:.*]] = scf.if
// CHECK:         braid.kernel({{.*}} = %[[W]])
func.func @no_cycle_through_a_region(%x: tensor<?x64xf32>, %a: !braid.weight<32x64, f32>, %c: i1) -> tensor<?x32xf32> {
  %0 = braid.linear %x, %a : (tensor<?x64xf32>, !braid.weight<32x64, f32>) -> tensor<?x32xf32>
  %w = scf.if %c -> !braid.weight<32x64, f32> {
    %p = func.call @pick(%0) : (tensor<?x32xf32>) -> !braid.weight<32x64, f32>
    scf.yield %p : !braid.weight<32x64, f32>
  } else {
    scf.yield %a : !braid.weight<32x64, f32>
  }
  %1 = braid.linear %x, %w : (tensor<?x64xf32>, !braid.weight<32x64, f32>) -> tensor<?x32xf32>
  return %1 : tensor<?x32xf32>
}

// Maps of different blocks stay where they run.
// CHECK-LABEL: func.func @blocks_stay_apart
// CHECK:         %[[A:.*]] = braid.kernel
// CHECK:         scf.if
// CHECK:           braid.kernel
// CHECK:         } else {
// CHECK-NEXT:      scf.yield %[[A]]
func.func @blocks_stay_apart(%x: tensor<?x64xf32>, %a: !braid.weight<32x64, f32>, %b: !braid.weight<32x64, f32>, %c: i1) -> tensor<?x32xf32> {
  %0 = braid.linear %x, %a : (tensor<?x64xf32>, !braid.weight<32x64, f32>) -> tensor<?x32xf32>
  %r = scf.if %c -> tensor<?x32xf32> {
    %1 = braid.linear %x, %b : (tensor<?x64xf32>, !braid.weight<32x64, f32>) -> tensor<?x32xf32>
    scf.yield %1 : tensor<?x32xf32>
  } else {
    scf.yield %0 : tensor<?x32xf32>
  }
  return %r : tensor<?x32xf32>
}

// A gate and what it gates have an epilogue of their own: the rest is another contraction.
// CHECK-LABEL: func.func @gated_pair_and_another
// CHECK:         %[[A:.*]] = braid.kernel
// CHECK:           braid.linear
// CHECK-NEXT:      braid.yield
// CHECK:         %[[B:.*]]:2 = braid.kernel
// CHECK:           braid.linear
// CHECK-NEXT:      braid.linear
// CHECK-NEXT:      braid.yield
// CHECK:         return %[[A]]
func.func @gated_pair_and_another(%x: tensor<?x64xf32>, %r: !braid.weight<5x64, f32>, %g: !braid.weight<32x64, f32>, %u: !braid.weight<32x64, f32>)
    -> (tensor<?x5xf32>, tensor<?x32xf32>) {
  %0 = braid.linear %x, %r : (tensor<?x64xf32>, !braid.weight<5x64, f32>) -> tensor<?x5xf32>
  %1 = braid.linear %x, %g : (tensor<?x64xf32>, !braid.weight<32x64, f32>) -> tensor<?x32xf32>
  %2 = braid.linear %x, %u : (tensor<?x64xf32>, !braid.weight<32x64, f32>) -> tensor<?x32xf32>
  %3 = braid.activate silu %1 : tensor<?x32xf32>
  %4 = arith.mulf %3, %2 : tensor<?x32xf32>
  return %0, %4 : tensor<?x5xf32>, tensor<?x32xf32>
}
