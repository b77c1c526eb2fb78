// RUN: braid-check %s | FileCheck %s

// Norm, two maps, gate, map back and residual: two kernels.

// Odd sizes.
func.func @f32(%x: tensor<?x67xf32>, %g: !braid.weight<67, f32>, %w0: !braid.weight<130x67, f32>, %w1: !braid.weight<130x67, f32>,
    %w2: !braid.weight<67x130, f32>) -> tensor<?x67xf32> {
  %n = braid.rms_norm %x, %g {epsilon = 1.0e-05} : (tensor<?x67xf32>, !braid.weight<67, f32>) -> tensor<?x67xf32>
  %gate = braid.linear %n, %w0 : (tensor<?x67xf32>, !braid.weight<130x67, f32>) -> tensor<?x130xf32>
  %up = braid.linear %n, %w1 : (tensor<?x67xf32>, !braid.weight<130x67, f32>) -> tensor<?x130xf32>
  %a = braid.activate silu %gate : tensor<?x130xf32>
  %p = arith.mulf %a, %up : tensor<?x130xf32>
  %d = braid.linear %p, %w2 : (tensor<?x130xf32>, !braid.weight<67x130, f32>) -> tensor<?x67xf32>
  %y = arith.addf %x, %d : tensor<?x67xf32>
  return %y : tensor<?x67xf32>
}
check.close @f32 {tolerance = 1.0e-05, tokens = array<i64: 1, 2, 3, 7, 17, 65>}

// CHECK: @f32: x86-64-v3, exact: 30 calls

// With biases, and a tanh.
func.func @bf16_bias(%x: tensor<?x48xf32>, %g: !braid.weight<48, f32>, %w0: !braid.weight<67x48, bf16>, %w1: !braid.weight<67x48, bf16>,
    %w2: !braid.weight<48x67, bf16>, %b0: !braid.weight<67, f32>, %b1: !braid.weight<67, f32>, %b2: !braid.weight<48, f32>) -> tensor<?x48xf32> {
  %n = braid.rms_norm %x, %g {epsilon = 1.0e-05} : (tensor<?x48xf32>, !braid.weight<48, f32>) -> tensor<?x48xf32>
  %gate = braid.linear %n, %w0 bias %b0 : (tensor<?x48xf32>, !braid.weight<67x48, bf16>, !braid.weight<67, f32>)
       -> tensor<?x67xf32>
  %up = braid.linear %n, %w1 bias %b1 : (tensor<?x48xf32>, !braid.weight<67x48, bf16>, !braid.weight<67, f32>)
       -> tensor<?x67xf32>
  %a = braid.activate gelu_tanh %gate : tensor<?x67xf32>
  %p = arith.mulf %a, %up : tensor<?x67xf32>
  %d = braid.linear %p, %w2 bias %b2 : (tensor<?x67xf32>, !braid.weight<48x67, bf16>, !braid.weight<48, f32>)
       -> tensor<?x48xf32>
  %y = arith.addf %x, %d : tensor<?x48xf32>
  return %y : tensor<?x48xf32>
}
check.close @bf16_bias {tolerance = 1.0e-05, tokens = array<i64: 1, 2, 3, 7, 17, 65>}

// Quantised: int8 activations twice.
func.func @q4_1(%x: tensor<?x96xf32>, %g: !braid.weight<96, f32>, %w0: !braid.weight<160x96, q4_1>, %w1: !braid.weight<160x96, q4_1>,
    %w2: !braid.weight<96x160, q4_1>) -> tensor<?x96xf32> {
  %n = braid.rms_norm %x, %g {epsilon = 1.0e-05} : (tensor<?x96xf32>, !braid.weight<96, f32>) -> tensor<?x96xf32>
  %gate = braid.linear %n, %w0 : (tensor<?x96xf32>, !braid.weight<160x96, q4_1>) -> tensor<?x160xf32>
  %up = braid.linear %n, %w1 : (tensor<?x96xf32>, !braid.weight<160x96, q4_1>) -> tensor<?x160xf32>
  %a = braid.activate silu %gate : tensor<?x160xf32>
  %p = arith.mulf %a, %up : tensor<?x160xf32>
  %d = braid.linear %p, %w2 : (tensor<?x160xf32>, !braid.weight<96x160, q4_1>) -> tensor<?x96xf32>
  %y = arith.addf %x, %d : tensor<?x96xf32>
  return %y : tensor<?x96xf32>
}
check.close @q4_1 {tolerance = 1.0e-05, int8 = 3.0e-02, tokens = array<i64: 1, 2, 3, 7, 17, 65>}

// Blocks of 256.
func.func @q6_k(%x: tensor<?x256xf32>, %g: !braid.weight<256, f32>, %w0: !braid.weight<512x256, q6_k>, %w1: !braid.weight<512x256, q6_k>,
    %w2: !braid.weight<256x512, q6_k>) -> tensor<?x256xf32> {
  %n = braid.rms_norm %x, %g {epsilon = 1.0e-05} : (tensor<?x256xf32>, !braid.weight<256, f32>) -> tensor<?x256xf32>
  %gate = braid.linear %n, %w0 : (tensor<?x256xf32>, !braid.weight<512x256, q6_k>) -> tensor<?x512xf32>
  %up = braid.linear %n, %w1 : (tensor<?x256xf32>, !braid.weight<512x256, q6_k>) -> tensor<?x512xf32>
  %a = braid.activate gelu %gate : tensor<?x512xf32>
  %p = arith.mulf %a, %up : tensor<?x512xf32>
  %d = braid.linear %p, %w2 : (tensor<?x512xf32>, !braid.weight<256x512, q6_k>) -> tensor<?x256xf32>
  %y = arith.addf %x, %d : tensor<?x256xf32>
  return %y : tensor<?x256xf32>
}
check.close @q6_k {tolerance = 1.0e-05, int8 = 3.0e-02, tokens = array<i64: 1, 3, 17>}

// The product the other way around, and no norm.
func.func @swapped(%x: tensor<?x33xf32>, %w0: !braid.weight<20x33, f16>, %w1: !braid.weight<20x33, f16>) -> tensor<?x20xf32> {
  %gate = braid.linear %x, %w0 : (tensor<?x33xf32>, !braid.weight<20x33, f16>) -> tensor<?x20xf32>
  %up = braid.linear %x, %w1 : (tensor<?x33xf32>, !braid.weight<20x33, f16>) -> tensor<?x20xf32>
  %a = braid.activate relu2 %gate : tensor<?x20xf32>
  %y = arith.mulf %up, %a : tensor<?x20xf32>
  return %y : tensor<?x20xf32>
}
check.close @swapped {tolerance = 1.0e-05}
