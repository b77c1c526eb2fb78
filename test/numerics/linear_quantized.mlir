// RUN: braid-check %s | FileCheck %s

// Linear maps of every block type that GGUF files have: exact with f32 activations, near with int8 activations.

// 3 groups of 32, 33 columns out.
func.func @q4_0(%x: tensor<?x96xf32>, %w: !braid.weight<33x96, q4_0>, %b: !braid.weight<33, f32>) -> tensor<?x33xf32> {
  %y = braid.linear %x, %w bias %b : (tensor<?x96xf32>, !braid.weight<33x96, q4_0>, !braid.weight<33, f32>)
       -> tensor<?x33xf32>
  return %y : tensor<?x33xf32>
}
check.close @q4_0 {tolerance = 1.0e-05, int8 = 2.0e-02, tokens = array<i64: 1, 2, 3, 7, 17, 65>}

// 4 groups of 32, 16 columns out.
func.func @q4_1(%x: tensor<?x128xf32>, %w: !braid.weight<16x128, q4_1>) -> tensor<?x16xf32> {
  %y = braid.linear %x, %w : (tensor<?x128xf32>, !braid.weight<16x128, q4_1>) -> tensor<?x16xf32>
  return %y : tensor<?x16xf32>
}
check.close @q4_1 {tolerance = 1.0e-05, int8 = 2.0e-02, tokens = array<i64: 1, 2, 3, 7, 17, 65>}

// 5 groups of 32, 50 columns out.
func.func @q5_0(%x: tensor<?x160xf32>, %w: !braid.weight<50x160, q5_0>, %b: !braid.weight<50, f32>) -> tensor<?x50xf32> {
  %y = braid.linear %x, %w bias %b : (tensor<?x160xf32>, !braid.weight<50x160, q5_0>, !braid.weight<50, f32>)
       -> tensor<?x50xf32>
  return %y : tensor<?x50xf32>
}
check.close @q5_0 {tolerance = 1.0e-05, int8 = 2.0e-02, tokens = array<i64: 1, 2, 3, 7, 17, 65>}

// 3 groups of 32, 200 columns out.
func.func @q5_1(%x: tensor<?x96xf32>, %w: !braid.weight<200x96, q5_1>) -> tensor<?x200xf32> {
  %y = braid.linear %x, %w : (tensor<?x96xf32>, !braid.weight<200x96, q5_1>) -> tensor<?x200xf32>
  return %y : tensor<?x200xf32>
}
check.close @q5_1 {tolerance = 1.0e-05, int8 = 2.0e-02, tokens = array<i64: 1, 2, 3, 7, 17, 65>}

// 2 groups of 32, 33 columns out.
func.func @q8_0(%x: tensor<?x64xf32>, %w: !braid.weight<33x64, q8_0>, %b: !braid.weight<33, f32>) -> tensor<?x33xf32> {
  %y = braid.linear %x, %w bias %b : (tensor<?x64xf32>, !braid.weight<33x64, q8_0>, !braid.weight<33, f32>)
       -> tensor<?x33xf32>
  return %y : tensor<?x33xf32>
}
// CHECK: @q8_0: x86-64-v3, default: 30 calls
check.close @q8_0 {tolerance = 1.0e-05, int8 = 2.0e-02, tokens = array<i64: 1, 2, 3, 7, 17, 65>}

// 8 groups of 32, 16 columns out.
func.func @q4_k(%x: tensor<?x256xf32>, %w: !braid.weight<16x256, q4_k>) -> tensor<?x16xf32> {
  %y = braid.linear %x, %w : (tensor<?x256xf32>, !braid.weight<16x256, q4_k>) -> tensor<?x16xf32>
  return %y : tensor<?x16xf32>
}
check.close @q4_k {tolerance = 1.0e-05, int8 = 2.0e-02, tokens = array<i64: 1, 2, 3, 7, 17, 65>}

// 16 groups of 32, 50 columns out.
func.func @q5_k(%x: tensor<?x512xf32>, %w: !braid.weight<50x512, q5_k>, %b: !braid.weight<50, f32>) -> tensor<?x50xf32> {
  %y = braid.linear %x, %w bias %b : (tensor<?x512xf32>, !braid.weight<50x512, q5_k>, !braid.weight<50, f32>)
       -> tensor<?x50xf32>
  return %y : tensor<?x50xf32>
}
check.close @q5_k {tolerance = 1.0e-05, int8 = 2.0e-02, tokens = array<i64: 1, 2, 3, 7, 17, 65>}

// Groups of 16; 200 columns out.
func.func @q6_k(%x: tensor<?x256xf32>, %w: !braid.weight<200x256, q6_k>) -> tensor<?x200xf32> {
  %y = braid.linear %x, %w : (tensor<?x256xf32>, !braid.weight<200x256, q6_k>) -> tensor<?x200xf32>
  return %y : tensor<?x200xf32>
}
check.close @q6_k {tolerance = 1.0e-05, int8 = 2.0e-02, tokens = array<i64: 1, 2, 3, 7, 17, 65>}
