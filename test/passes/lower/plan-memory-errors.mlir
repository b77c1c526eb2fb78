// RUN: braid-opt %s --braid-plan-memory --verify-diagnostics --split-input-file

// A tensor that no call makes would have no place.
func.func @no_kernel(%x: tensor<?x64xf32>) -> tensor<?x64xf32> {
  // expected-error @+1 {{has no place in memory: expected tensors from calls and tails in the function's body}}
  %0 = braid.activate silu %x : tensor<?x64xf32>
  return %0 : tensor<?x64xf32>
}

// -----

func.func private @f(tensor<?x64xf32>) -> tensor<?x64xf32>

// A call in a branch is out of the plan's sight.
func.func @call_in_a_branch(%x: tensor<?x64xf32>, %c: i1) {
  scf.if %c {
    // expected-error @+1 {{has no place in memory}}
    %0 = func.call @f(%x) : (tensor<?x64xf32>) -> tensor<?x64xf32>
  }
  return
}

// -----

// Lives are counted along one block.
// expected-error @+1 {{expected one block, got 2}}
func.func @two_blocks(%x: tensor<?x64xf32>) -> tensor<?x64xf32> {
  cf.br ^end
^end:
  return %x : tensor<?x64xf32>
}

// -----

// A caller's place that no call writes would stay empty.
func.func @returns_its_argument(%x: tensor<?x64xf32>) -> tensor<?x64xf32> {
  // expected-error @+1 {{expected operand 0 to be a call's result that is returned once}}
  return %x : tensor<?x64xf32>
}

// -----

func.func private @f(tensor<?x64xf32>) -> tensor<?x64xf32>

// One call writes one place.
func.func @returned_twice(%x: tensor<?x64xf32>) -> (tensor<?x64xf32>, tensor<?x64xf32>) {
  %0 = call @f(%x) : (tensor<?x64xf32>) -> tensor<?x64xf32>
  // expected-error @+1 {{expected operand 1 to be a call's result that is returned once}}
  return %0, %0 : tensor<?x64xf32>, tensor<?x64xf32>
}
