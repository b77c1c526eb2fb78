// RUN: braid-check %s | FileCheck %s

// Contractions that read different tokens and share their fork-joins, of weights stored in every way, with all that is
// fused around them. An error of 0 would be that of the naive meaning.

// A gate, a norm, a bias and a residual; outputs of odd widths.
func.func @five(%x: tensor<?x40xf32>, %z: tensor<?x72xf32>, %u: tensor<?x96xf32>, %t: tensor<?x64xf32>, %r: tensor<?x50xf32>, %wa: !braid.weight<50x40, f32>, %ba: !braid.weight<50, f32>,
    %wb: !braid.weight<50x72, bf16>, %wg: !braid.weight<50x96, q8_0>, %wu: !braid.weight<50x96, q8_0>, %gain: !braid.weight<64, f32>, %wd: !braid.weight<50x64, q4_0>,
    %we: !braid.weight<50x72, f32>) -> tensor<?x50xf32> {
  %a = braid.linear %x, %wa bias %ba : (tensor<?x40xf32>, !braid.weight<50x40, f32>, !braid.weight<50, f32>) -> tensor<?x50xf32>
  %b0 = braid.linear %z, %wb : (tensor<?x72xf32>, !braid.weight<50x72, bf16>) -> tensor<?x50xf32>
  %b = braid.activate sigmoid %b0 : tensor<?x50xf32>
  %g0 = braid.linear %u, %wg : (tensor<?x96xf32>, !braid.weight<50x96, q8_0>) -> tensor<?x50xf32>
  %g = braid.activate silu %g0 : tensor<?x50xf32>
  %c0 = braid.linear %u, %wu : (tensor<?x96xf32>, !braid.weight<50x96, q8_0>) -> tensor<?x50xf32>
  %c = arith.mulf %g, %c0 : tensor<?x50xf32>
  %n = braid.rms_norm %t, %gain {epsilon = 1.0e-05 : f64} : (tensor<?x64xf32>, !braid.weight<64, f32>) -> tensor<?x64xf32>
  %d = braid.linear %n, %wd : (tensor<?x64xf32>, !braid.weight<50x64, q4_0>) -> tensor<?x50xf32>
  %e0 = braid.linear %z, %we : (tensor<?x72xf32>, !braid.weight<50x72, f32>) -> tensor<?x50xf32>
  %e = arith.addf %r, %e0 : tensor<?x50xf32>
  %y0 = arith.maximumf %a, %b : tensor<?x50xf32>
  %y1 = arith.minimumf %c, %d : tensor<?x50xf32>
  %y2 = arith.subf %y0, %y1 : tensor<?x50xf32>
  %y = arith.subf %y2, %e : tensor<?x50xf32>
  return %y : tensor<?x50xf32>
}
// CHECK: @five: x86-64-v3, exact: {{.*}}error {{[1-9]}}
check.close @five {tolerance = 1.0e-05, int8 = 3.0e-02, bf16 = 3.0e-02, tokens = array<i64: 1, 2, 17, 1, 65>, inputs = ["random", "repeated"]}

// A router beside a shared expert's gate, both of one input.
func.func @router_and_gate(%x: tensor<?x48xf32>, %wr: !braid.weight<6x48, f32>, %wg: !braid.weight<28x48, f32>, %wu: !braid.weight<28x48, f32>) -> tensor<?x28xf32> {
  %logits = braid.linear %x, %wr : (tensor<?x48xf32>, !braid.weight<6x48, f32>) -> tensor<?x6xf32>
  %ids, %weights = braid.router softmax %logits {renormalize, top_k = 2 : i64} : (tensor<?x6xf32>) -> (tensor<?x2xi32>, tensor<?x2xf32>)
  %g0 = braid.linear %x, %wg : (tensor<?x48xf32>, !braid.weight<28x48, f32>) -> tensor<?x28xf32>
  %g = braid.activate silu %g0 : tensor<?x28xf32>
  %u = braid.linear %x, %wu : (tensor<?x48xf32>, !braid.weight<28x48, f32>) -> tensor<?x28xf32>
  %h = arith.mulf %g, %u : tensor<?x28xf32>
  %s = braid.broadcast %weights : (tensor<?x2xf32>) -> tensor<?x28xf32>
  %y = arith.mulf %h, %s : tensor<?x28xf32>
  return %y : tensor<?x28xf32>
}
// CHECK: @router_and_gate: x86-64-v3, exact: {{.*}}error {{[1-9]}}
check.close @router_and_gate {tolerance = 1.0e-05, tokens = array<i64: 1, 3, 40>}
