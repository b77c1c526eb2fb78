// RUN: braid-opt %s --pass-pipeline="builtin.module(func.func(braid-fuse-linears,braid-fuse-rows))" | FileCheck %s

// A chain is one kernel.
// CHECK-LABEL: func.func @chain
// CHECK-NEXT:    braid.kernel
// CHECK-NEXT:      braid.bias
// CHECK-NEXT:      braid.activate softplus
// CHECK-NEXT:      braid.gain
// CHECK-NEXT:      braid.yield
// CHECK-NEXT:    }
// CHECK-NEXT:    return
func.func @chain(%x: tensor<?x64xf32>, %a: !braid.weight<4, f32>, %dt: !braid.weight<64, f32>) -> tensor<?x64xf32> {
  %b = braid.bias %x, %dt : (tensor<?x64xf32>, !braid.weight<64, f32>) -> tensor<?x64xf32>
  %s = braid.activate softplus %b : tensor<?x64xf32>
  %g = braid.gain %s, %a : (tensor<?x64xf32>, !braid.weight<4, f32>) -> tensor<?x64xf32>
  return %g : tensor<?x64xf32>
}

// Values of unlike widths are exchanged as well; what others read is a result.
// CHECK-LABEL: func.func @heads
// CHECK-NEXT:    %[[K:.*]]:2 = braid.kernel
// CHECK-NEXT:      braid.head_sum
// CHECK-NEXT:      braid.activate sigmoid
// CHECK-NEXT:      braid.broadcast
// CHECK-NEXT:      arith.mulf
// CHECK-NEXT:      braid.yield
// CHECK-NEXT:    }
// CHECK-NEXT:    return %[[K]]#0, %[[K]]#1
func.func @heads(%x: tensor<?x64xf32>) -> (tensor<?x4xf32>, tensor<?x64xf32>) {
  %s = braid.head_sum %x {heads = 4 : i64} : (tensor<?x64xf32>) -> tensor<?x4xf32>
  %a = braid.activate sigmoid %s : tensor<?x4xf32>
  %w = braid.broadcast %a : (tensor<?x4xf32>) -> tensor<?x64xf32>
  %y = arith.mulf %x, %w : tensor<?x64xf32>
  return %a, %y : tensor<?x4xf32>, tensor<?x64xf32>
}

// Ops that exchange nothing stay apart, though they read the same.
// CHECK-LABEL: func.func @strangers
// CHECK-NOT:     braid.kernel
// CHECK:         return
func.func @strangers(%x: tensor<?x64xf32>) -> (tensor<?x64xf32>, tensor<?x64xf32>) {
  %a = braid.activate silu %x : tensor<?x64xf32>
  %b = braid.activate sigmoid %x : tensor<?x64xf32>
  return %a, %b : tensor<?x64xf32>, tensor<?x64xf32>
}

// What goes through a contraction and comes back is no part of the kernel before it.
// CHECK-LABEL: func.func @around_a_contraction
// CHECK:         %[[A:.*]] = braid.activate silu
// CHECK-NEXT:    %[[L:.*]] = braid.kernel
// CHECK-NEXT:      braid.linear
// CHECK:         arith.mulf %[[A]], %[[L]]
func.func @around_a_contraction(%x: tensor<?x64xf32>, %w: !braid.weight<64x64, f32>) -> tensor<?x64xf32> {
  %a = braid.activate silu %x : tensor<?x64xf32>
  %l = braid.linear %a, %w : (tensor<?x64xf32>, !braid.weight<64x64, f32>) -> tensor<?x64xf32>
  %y = arith.mulf %a, %l : tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}

// A convolution reads rows before, so its input is in memory: it joins what follows.
// CHECK-LABEL: func.func @convolution
// CHECK-NEXT:    %[[P:.*]] = arith.mulf
// CHECK-NEXT:    %[[K:.*]]:2 = braid.kernel({{.*}} = %[[P]]
// CHECK-NEXT:      braid.short_conv
// CHECK-NEXT:      braid.activate silu
// CHECK-NEXT:      braid.l2_norm
// CHECK-NEXT:      braid.yield
// CHECK-NEXT:    }
// CHECK-NEXT:    return %[[K]]#1, %[[K]]#0
func.func @convolution(%x: tensor<?x64xf32>, %w: !braid.weight<64x4, f32>, %t: !braid.tail<3x64>) -> (tensor<?x64xf32>, !braid.tail<3x64>) {
  %p = arith.mulf %x, %x : tensor<?x64xf32>
  %c, %t1 = braid.short_conv %p, %w, %t : (tensor<?x64xf32>, !braid.weight<64x4, f32>, !braid.tail<3x64>) -> (tensor<?x64xf32>, !braid.tail<3x64>)
  %s = braid.activate silu %c : tensor<?x64xf32>
  %y = braid.l2_norm %s {epsilon = 1.0e-06, heads = 4 : i64} : (tensor<?x64xf32>) -> tensor<?x64xf32>
  return %y, %t1 : tensor<?x64xf32>, !braid.tail<3x64>
}

// Mixes with the token before join the shift, and the norm before both does not.
// CHECK-LABEL: func.func @shift
// CHECK-NEXT:    %[[N:.*]] = braid.rms_norm
// CHECK-NEXT:    braid.kernel({{.*}} = %[[N]]
// CHECK-NEXT:      braid.token_shift
// CHECK-NEXT:      arith.subf
// CHECK-NEXT:      braid.gain
// CHECK-NEXT:      arith.addf
func.func @shift(%x: tensor<?x64xf32>, %g: !braid.weight<64, f32>, %t: !braid.tail<1x64>) -> tensor<?x64xf32> {
  %n = braid.rms_norm %x, %g {epsilon = 1.0e-05} : (tensor<?x64xf32>, !braid.weight<64, f32>) -> tensor<?x64xf32>
  %p, %t1 = braid.token_shift %n, %t : (tensor<?x64xf32>, !braid.tail<1x64>) -> (tensor<?x64xf32>, !braid.tail<1x64>)
  %d = arith.subf %p, %n : tensor<?x64xf32>
  %m = braid.gain %d, %g : (tensor<?x64xf32>, !braid.weight<64, f32>) -> tensor<?x64xf32>
  %y = arith.addf %n, %m : tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}

// A table of rotations that is computed stays outside of them.
// CHECK-LABEL: func.func @table
// CHECK-NEXT:    %[[T:.*]] = braid.scale
// CHECK-NEXT:    braid.kernel({{.*}} = %[[T]]
// CHECK-NEXT:      braid.rope
// CHECK-NEXT:      braid.scale
func.func @table(%x: tensor<?x64xf32>, %t: tensor<?x16xf32>) -> tensor<?x64xf32> {
  %s = braid.scale %t {factor = 2.0 : f64} : tensor<?x16xf32>
  %r = braid.rope %x, %s {heads = 4 : i64} : (tensor<?x64xf32>, tensor<?x16xf32>) -> tensor<?x64xf32>
  %y = braid.scale %r {factor = 0.5 : f64} : tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}

// Queries and keys of one attention are made by one kernel, though they exchange nothing.
// CHECK-LABEL: func.func @siblings
// CHECK-NEXT:    %[[K:.*]]:3 = braid.kernel
// CHECK-NEXT:      braid.short_conv
// CHECK-NEXT:      braid.l2_norm
// CHECK-NEXT:      braid.l2_norm
// CHECK-NEXT:      braid.yield
// CHECK-NEXT:    }
// CHECK-NEXT:    braid.attend @causal() %[[K]]#1, %[[K]]#2,
func.func @siblings(%q: tensor<?x64xf32>, %k: tensor<?x64xf32>, %w: !braid.weight<64x4, f32>, %t: !braid.tail<3x64>, %kv: !braid.kv<heads = 4, dim = 16, window = 0, f32>, %position: index)
    -> (tensor<?x64xf32>, !braid.tail<3x64>) {
  %c, %t1 = braid.short_conv %q, %w, %t : (tensor<?x64xf32>, !braid.weight<64x4, f32>, !braid.tail<3x64>) -> (tensor<?x64xf32>, !braid.tail<3x64>)
  %a = braid.l2_norm %c {epsilon = 1.0e-06, heads = 4 : i64} : (tensor<?x64xf32>) -> tensor<?x64xf32>
  %b = braid.l2_norm %k {epsilon = 1.0e-06, heads = 4 : i64} : (tensor<?x64xf32>) -> tensor<?x64xf32>
  %o, %next = braid.attend @causal() %a, %b, %k, %kv, %position {heads = 4 : i64, scale = 0.25 : f64}
    : (tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>, !braid.kv<heads = 4, dim = 16, window = 0, f32>, index) -> (tensor<?x64xf32>, !braid.kv<heads = 4, dim = 16, window = 0, f32>)
  return %o, %t1 : tensor<?x64xf32>, !braid.tail<3x64>
}
