// RUN: braid-opt %s --pass-pipeline="builtin.module(func.func(braid-expand-meaning))" --verify-diagnostics

// The meaning of one function is not found where its variant would have to be brought into the module.
func.func @variant_is_not_here(%q: tensor<?x64xf32>, %k: tensor<?x32xf32>, %v: tensor<?x32xf32>, %s: !braid.kv<heads = 2, dim = 16, window = 0, f16>, %p: index) -> tensor<?x64xf32> {
  // expected-error @+1 {{expected the module to define the variant 'causal'}}
  %o, %n = braid.attend @causal() %q, %k, %v, %s, %p {heads = 4 : i64, scale = 0.25 : f64}
    : (tensor<?x64xf32>, tensor<?x32xf32>, tensor<?x32xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f16>, index) -> (tensor<?x64xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f16>)
  return %o : tensor<?x64xf32>
}
