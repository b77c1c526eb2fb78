// RUN: braid-opt %s --pass-pipeline="builtin.module(func.func(braid-fuse-linears,braid-fuse-norm))" | FileCheck %s

// A norm that one contraction reads becomes its prologue, however many maps the contraction has.
// CHECK-LABEL: func.func @norm_joins_the_contraction
// CHECK-SAME:    %[[X:.*]]: tensor<?x64xf32>, %[[G:.*]]: !braid.weight<64, f32>
// CHECK-NEXT:    braid.kernel(%[[X0:.*]] = %[[X]], %[[G0:.*]] = %[[G]], {{.*}})
// CHECK-NEXT:      %[[N:.*]] = braid.rms_norm %[[X0]], %[[G0]]
// CHECK-NEXT:      braid.linear %[[N]]
// CHECK-NEXT:      braid.linear %[[N]]
// CHECK-NOT:     braid.rms_norm
func.func @norm_joins_the_contraction(%x: tensor<?x64xf32>, %g: !braid.weight<64, f32>, %a: !braid.weight<32x64, f32>, %b: !braid.weight<32x64, f32>) -> (tensor<?x32xf32>, tensor<?x32xf32>) {
  %n = braid.rms_norm %x, %g {epsilon = 1.0e-05} : (tensor<?x64xf32>, !braid.weight<64, f32>) -> tensor<?x64xf32>
  %0 = braid.linear %n, %a : (tensor<?x64xf32>, !braid.weight<32x64, f32>) -> tensor<?x32xf32>
  %1 = braid.linear %n, %b : (tensor<?x64xf32>, !braid.weight<32x64, f32>) -> tensor<?x32xf32>
  return %0, %1 : tensor<?x32xf32>, tensor<?x32xf32>
}

// A norm with a second reader is computed once, outside.
// CHECK-LABEL: func.func @two_readers
// CHECK:         %[[N:.*]] = braid.rms_norm
// CHECK:         braid.kernel({{.*}} = %[[N]]
// CHECK:         return %[[N]]
func.func @two_readers(%x: tensor<?x64xf32>, %g: !braid.weight<64, f32>, %a: !braid.weight<32x64, f32>) -> (tensor<?x64xf32>, tensor<?x32xf32>) {
  %n = braid.rms_norm %x, %g {epsilon = 1.0e-05} : (tensor<?x64xf32>, !braid.weight<64, f32>) -> tensor<?x64xf32>
  %0 = braid.linear %n, %a : (tensor<?x64xf32>, !braid.weight<32x64, f32>) -> tensor<?x32xf32>
  return %n, %0 : tensor<?x64xf32>, tensor<?x32xf32>
}

// Two contractions of different storage are two readers.
// CHECK-LABEL: func.func @two_contractions
// CHECK:         %[[N:.*]] = braid.rms_norm
// CHECK-COUNT-2: braid.kernel({{.*}} = %[[N]]
func.func @two_contractions(%x: tensor<?x64xf32>, %g: !braid.weight<64, f32>, %a: !braid.weight<32x64, f32>, %b: !braid.weight<32x64, q8_0>) -> (tensor<?x32xf32>, tensor<?x32xf32>) {
  %n = braid.rms_norm %x, %g {epsilon = 1.0e-05} : (tensor<?x64xf32>, !braid.weight<64, f32>) -> tensor<?x64xf32>
  %0 = braid.linear %n, %a : (tensor<?x64xf32>, !braid.weight<32x64, f32>) -> tensor<?x32xf32>
  %1 = braid.linear %n, %b : (tensor<?x64xf32>, !braid.weight<32x64, q8_0>) -> tensor<?x32xf32>
  return %0, %1 : tensor<?x32xf32>, tensor<?x32xf32>
}

// A norm of single heads is no prologue of a contraction.
// CHECK-LABEL: func.func @heads_stay_outside
// CHECK:         %[[N:.*]] = braid.rms_norm
// CHECK:         braid.kernel({{.*}} = %[[N]]
func.func @heads_stay_outside(%x: tensor<?x64xf32>, %g: !braid.weight<16, f32>, %a: !braid.weight<32x64, f32>) -> tensor<?x32xf32> {
  %n = braid.rms_norm %x, %g {epsilon = 1.0e-05, heads = 4 : i64} : (tensor<?x64xf32>, !braid.weight<16, f32>) -> tensor<?x64xf32>
  %0 = braid.linear %n, %a : (tensor<?x64xf32>, !braid.weight<32x64, f32>) -> tensor<?x32xf32>
  return %0 : tensor<?x32xf32>
}

// A norm outside of a branch is not moved into it.
// CHECK-LABEL: func.func @branches_stay_apart
// CHECK:         %[[N:.*]] = braid.rms_norm
// CHECK:         scf.if
// CHECK:           braid.kernel({{.*}} = %[[N]]
func.func @branches_stay_apart(%x: tensor<?x64xf32>, %y: tensor<?x32xf32>, %g: !braid.weight<64, f32>, %a: !braid.weight<32x64, f32>, %c: i1) -> tensor<?x32xf32> {
  %n = braid.rms_norm %x, %g {epsilon = 1.0e-05} : (tensor<?x64xf32>, !braid.weight<64, f32>) -> tensor<?x64xf32>
  %r = scf.if %c -> tensor<?x32xf32> {
    %0 = braid.linear %n, %a : (tensor<?x64xf32>, !braid.weight<32x64, f32>) -> tensor<?x32xf32>
    scf.yield %0 : tensor<?x32xf32>
  } else {
    scf.yield %y : tensor<?x32xf32>
  }
  return %r : tensor<?x32xf32>
}
