// RUN: braid-opt %s --verify-diagnostics --split-input-file

// A name that nobody knows lists those that are known.
func.func @unknown(%x: tensor<?x64xf32>) {
  // expected-error @+1 {{one of the following enum values for attribute 'kind' [silu, gelu, gelu_tanh, relu, relu2, sigmoid, softplus, exp, tanh]}}
  %0 = braid.activate swish %x : tensor<?x64xf32>
  return
}

// -----

// Features are static.
func.func @features_are_dynamic(%x: tensor<?x?xf32>) {
  // expected-error @+1 {{operand #0 must be tensor of tokens by features: tensor<?xNxf32>, but got 'tensor<?x?xf32>'}}
  %0 = braid.activate silu %x : tensor<?x?xf32>
  return
}
