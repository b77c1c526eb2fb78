// RUN: braid-opt %s --verify-diagnostics --split-input-file

// A body yields what the kernel gives.
func.func @yields_too_little(%x: tensor<?x64xf32>) {
  // expected-error @+1 {{expected its body to yield 'tensor<?x64xf32>', 'tensor<?x64xf32>', got 'tensor<?x64xf32>'}}
  %y:2 = braid.kernel(%a = %x) : (tensor<?x64xf32>) -> (tensor<?x64xf32>, tensor<?x64xf32>) {
    braid.yield %a : tensor<?x64xf32>
  }
  return
}

// -----

// A body takes what the kernel reads.
func.func @takes_another_type(%x: tensor<?x64xf32>) {
  // expected-error @+1 {{expected its body to take 'tensor<?x64xf32>', got 'tensor<?x32xf32>'}}
  "braid.kernel"(%x) ({
  ^bb0(%a: tensor<?x32xf32>):
    braid.yield
  }) : (tensor<?x64xf32>) -> ()
  return
}

// -----

// Each operand has a type.
func.func @types_are_missing(%x: tensor<?x64xf32>) {
  // expected-error @+1 {{number of operands and types do not match: got 1 operands and 0 types}}
  braid.kernel(%a = %x) : () -> () {
    braid.yield
  }
  return
}

// -----

// A kernel sees its arguments alone.
func.func @reads_from_outside(%x: tensor<?x64xf32>) {
  // expected-note @+1 {{required by region isolation constraints}}
  %y = braid.kernel() : () -> tensor<?x64xf32> {
    // expected-error @+1 {{using value defined outside the region}}
    %s = braid.activate silu %x : tensor<?x64xf32>
    braid.yield %s : tensor<?x64xf32>
  }
  return
}

// -----

// A body ends with braid.yield.
func.func @ends_otherwise(%x: tensor<?x64xf32>) {
  // expected-note @+2 {{the absence of terminator implies 'braid.yield'}}
  // expected-error @+1 {{expects regions to end with 'braid.yield', found 'llvm.unreachable'}}
  braid.kernel(%a = %x) : (tensor<?x64xf32>) -> () {
    llvm.unreachable
  }
  return
}

// -----

// A yield belongs to a kernel.
func.func @yield_without_kernel(%x: tensor<?x64xf32>) {
  // expected-error @+1 {{expects parent op 'braid.kernel'}}
  braid.yield %x : tensor<?x64xf32>
}
