// RUN: braid-check %s | FileCheck %s

// A whole decoder layer with quantised weights: int8 activations add up over its five kernels.

// A window over a ring.
func.func @mistral(%x: tensor<?x128xf32>, %table: tensor<?x32xf32>, %position: index,
    %kv: !braid.kv<heads = 2, dim = 32, window = 8, f16>, %g0: !braid.weight<128, f32>,
    %wq: !braid.weight<128x128, q4_0>, %wk: !braid.weight<64x128, q4_0>, %wv: !braid.weight<64x128, q4_0>,
    %wo: !braid.weight<128x128, q4_0>, %g1: !braid.weight<128, f32>, %wg: !braid.weight<256x128, q4_0>,
    %wu: !braid.weight<256x128, q4_0>, %wd: !braid.weight<128x256, q4_0>) -> (tensor<?x128xf32>, !braid.kv<heads = 2, dim = 32, window = 8, f16>) {
  %n0 = braid.rms_norm %x, %g0 {epsilon = 1.0e-05} : (tensor<?x128xf32>, !braid.weight<128, f32>) -> tensor<?x128xf32>
  %q0 = braid.linear %n0, %wq : (tensor<?x128xf32>, !braid.weight<128x128, q4_0>) -> tensor<?x128xf32>
  %k0 = braid.linear %n0, %wk : (tensor<?x128xf32>, !braid.weight<64x128, q4_0>) -> tensor<?x64xf32>
  %v = braid.linear %n0, %wv : (tensor<?x128xf32>, !braid.weight<64x128, q4_0>) -> tensor<?x64xf32>
  %qr = braid.rope %q0, %table {heads = 4 : i64} : (tensor<?x128xf32>, tensor<?x32xf32>) -> tensor<?x128xf32>
  %kr = braid.rope %k0, %table {heads = 2 : i64} : (tensor<?x64xf32>, tensor<?x32xf32>) -> tensor<?x64xf32>
  %o, %next = braid.attend @sliding_window(8) %qr, %kr, %v, %kv, %position {heads = 4 : i64, scale = 0.176777 : f64}
    : (tensor<?x128xf32>, tensor<?x64xf32>, tensor<?x64xf32>, !braid.kv<heads = 2, dim = 32, window = 8, f16>, index) -> (tensor<?x128xf32>, !braid.kv<heads = 2, dim = 32, window = 8, f16>)
  %p = braid.linear %o, %wo : (tensor<?x128xf32>, !braid.weight<128x128, q4_0>) -> tensor<?x128xf32>
  %x1 = arith.addf %x, %p : tensor<?x128xf32>
  %n1 = braid.rms_norm %x1, %g1 {epsilon = 1.0e-05} : (tensor<?x128xf32>, !braid.weight<128, f32>) -> tensor<?x128xf32>
  %gate = braid.linear %n1, %wg : (tensor<?x128xf32>, !braid.weight<256x128, q4_0>) -> tensor<?x256xf32>
  %up = braid.linear %n1, %wu : (tensor<?x128xf32>, !braid.weight<256x128, q4_0>) -> tensor<?x256xf32>
  %a = braid.activate silu %gate : tensor<?x256xf32>
  %b = arith.mulf %a, %up : tensor<?x256xf32>
  %d = braid.linear %b, %wd : (tensor<?x256xf32>, !braid.weight<128x256, q4_0>) -> tensor<?x128xf32>
  %y = arith.addf %x1, %d : tensor<?x128xf32>
  return %y, %next : tensor<?x128xf32>, !braid.kv<heads = 2, dim = 32, window = 8, f16>
}
check.close @mistral {tolerance = 2.0e-03, int8 = 1.0e-01, tokens = array<i64: 17, 1, 33, 1, 2>, inputs = ["random", "zeros", "repeated"]}

// CHECK: @mistral: x86-64-v3, default: 15 calls
