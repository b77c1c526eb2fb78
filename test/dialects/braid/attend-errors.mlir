// RUN: braid-opt %s --verify-diagnostics --split-input-file

// Query heads come in equal groups for each key head.
func.func @heads_do_not_share(%q: tensor<?x96xf32>, %k: tensor<?x32xf32>, %v: tensor<?x32xf32>, %s: !braid.kv<heads = 2, dim = 16, window = 0, f16>, %p: index) {
  // expected-error @+1 {{expected query heads that are a multiple of 2 key heads, got 5}}
  %o, %n = braid.attend @causal() %q, %k, %v, %s, %p {heads = 5 : i64, scale = 0.25 : f64}
    : (tensor<?x96xf32>, tensor<?x32xf32>, tensor<?x32xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f16>, index)
    -> (tensor<?x96xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f16>)
  return
}

// -----

// Queries have all heads.
func.func @queries_are_narrow(%q: tensor<?x64xf32>, %k: tensor<?x32xf32>, %v: tensor<?x32xf32>, %s: !braid.kv<heads = 2, dim = 16, window = 0, f16>, %p: index) {
  // expected-error @+1 {{expected queries of 96 features, got 64}}
  %o, %n = braid.attend @causal() %q, %k, %v, %s, %p {heads = 6 : i64, scale = 0.25 : f64}
    : (tensor<?x64xf32>, tensor<?x32xf32>, tensor<?x32xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f16>, index)
    -> (tensor<?x96xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f16>)
  return
}

// -----

// Keys have the heads of the state.
func.func @keys_are_wide(%q: tensor<?x96xf32>, %k: tensor<?x96xf32>, %v: tensor<?x32xf32>, %s: !braid.kv<heads = 2, dim = 16, window = 0, f16>, %p: index) {
  // expected-error @+1 {{expected keys of 32 features, got 96}}
  %o, %n = braid.attend @causal() %q, %k, %v, %s, %p {heads = 6 : i64, scale = 0.25 : f64}
    : (tensor<?x96xf32>, tensor<?x96xf32>, tensor<?x32xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f16>, index)
    -> (tensor<?x96xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f16>)
  return
}

// -----

// Values have the heads of the state.
func.func @values_are_wide(%q: tensor<?x96xf32>, %k: tensor<?x32xf32>, %v: tensor<?x64xf32>, %s: !braid.kv<heads = 2, dim = 16, window = 0, f16>, %p: index) {
  // expected-error @+1 {{expected values of 32 features, got 64}}
  %o, %n = braid.attend @causal() %q, %k, %v, %s, %p {heads = 6 : i64, scale = 0.25 : f64}
    : (tensor<?x96xf32>, tensor<?x32xf32>, tensor<?x64xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f16>, index)
    -> (tensor<?x96xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f16>)
  return
}

// -----

// The result has the features of the queries.
func.func @result_is_narrow(%q: tensor<?x96xf32>, %k: tensor<?x32xf32>, %v: tensor<?x32xf32>, %s: !braid.kv<heads = 2, dim = 16, window = 0, f16>, %p: index) {
  // expected-error @+1 {{expected a result of 96 features, got 32}}
  %o, %n = braid.attend @causal() %q, %k, %v, %s, %p {heads = 6 : i64, scale = 0.25 : f64}
    : (tensor<?x96xf32>, tensor<?x32xf32>, tensor<?x32xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f16>, index)
    -> (tensor<?x32xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f16>)
  return
}

// -----

// A state keeps its type.
func.func @state_changes(%q: tensor<?x96xf32>, %k: tensor<?x32xf32>, %v: tensor<?x32xf32>, %s: !braid.kv<heads = 2, dim = 16, window = 0, f16>, %p: index) {
  // expected-error @+1 {{expected the next state to be '!braid.kv<heads = 2, dim = 16, window = 0, f16>', got '!braid.kv<heads = 2, dim = 16, window = 8, f16>'}}
  %o, %n = braid.attend @causal() %q, %k, %v, %s, %p {heads = 6 : i64, scale = 0.25 : f64}
    : (tensor<?x96xf32>, tensor<?x32xf32>, tensor<?x32xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f16>, index)
    -> (tensor<?x96xf32>, !braid.kv<heads = 2, dim = 16, window = 8, f16>)
  return
}

// -----

// A variant is in the module or in the catalogue.
func.func @nobody_knows_it(%q: tensor<?x96xf32>, %k: tensor<?x32xf32>, %v: tensor<?x32xf32>, %s: !braid.kv<heads = 2, dim = 16, window = 0, f16>, %p: index) {
  // expected-error @+1 {{expected an attention variant of the module or the catalogue, got 'no_such_variant'}}
  %o, %n = braid.attend @no_such_variant() %q, %k, %v, %s, %p {heads = 6 : i64, scale = 0.25 : f64}
    : (tensor<?x96xf32>, tensor<?x32xf32>, tensor<?x32xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f16>, index)
    -> (tensor<?x96xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f16>)
  return
}

// -----

func.func private @causal()

// A symbol of another kind is no variant.
func.func @a_function_is_no_variant(%q: tensor<?x96xf32>, %k: tensor<?x32xf32>, %v: tensor<?x32xf32>, %s: !braid.kv<heads = 2, dim = 16, window = 0, f16>, %p: index) {
  // expected-error @+1 {{expected 'causal' to be an attn.softmax, got func.func}}
  %o, %n = braid.attend @causal() %q, %k, %v, %s, %p {heads = 6 : i64, scale = 0.25 : f64}
    : (tensor<?x96xf32>, tensor<?x32xf32>, tensor<?x32xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f16>, index)
    -> (tensor<?x96xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f16>)
  return
}

// -----

attn.softmax @window(%window: index) {
  mask (%h: index, %i: index, %j: index) {
    %seen = arith.cmpi sle, %window, %j : index
    attn.yield %seen : i1
  }
}

// All parameters are given.
func.func @parameter_is_missing(%q: tensor<?x96xf32>, %k: tensor<?x32xf32>, %v: tensor<?x32xf32>, %s: !braid.kv<heads = 2, dim = 16, window = 0, f16>, %p: index) {
  // expected-error @+1 {{expected 1 parameters for 'window', got 0}}
  %o, %n = braid.attend @window() %q, %k, %v, %s, %p {heads = 6 : i64, scale = 0.25 : f64}
    : (tensor<?x96xf32>, tensor<?x32xf32>, tensor<?x32xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f16>, index)
    -> (tensor<?x96xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f16>)
  return
}

// -----

attn.softmax @cap(%cap: f32) {
  score (%s: f32, %h: index, %i: index, %j: index) {
    %t = arith.minimumf %s, %cap : f32
    attn.yield %t : f32
  }
}

// Parameters that an op gives are integers.
func.func @parameter_is_no_index(%q: tensor<?x96xf32>, %k: tensor<?x32xf32>, %v: tensor<?x32xf32>, %s: !braid.kv<heads = 2, dim = 16, window = 0, f16>, %p: index) {
  // expected-error @+1 {{expected 'cap' to take index parameters, got 'f32'}}
  %o, %n = braid.attend @cap(50) %q, %k, %v, %s, %p {heads = 6 : i64, scale = 0.25 : f64}
    : (tensor<?x96xf32>, tensor<?x32xf32>, tensor<?x32xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f16>, index)
    -> (tensor<?x96xf32>, !braid.kv<heads = 2, dim = 16, window = 0, f16>)
  return
}

// -----

// Rows have the heads, the width and the storage of the state.
func.func @rows_of_another_storage(%s: !braid.kv<heads = 2, dim = 16, window = 0, f16>) {
  // expected-error @+1 {{expected rows of type 'memref<4x?x16xf16>', got 'memref<4x?x16xf32>'}}
  %m = braid.rows %s : !braid.kv<heads = 2, dim = 16, window = 0, f16> -> memref<4x?x16xf32>
  return
}

// -----

// expected-error @+1 {{expected positive heads and dim and a window of at least 0, got 0, 16 and 0}}
func.func private @state_without_heads(!braid.kv<heads = 0, dim = 16, window = 0, f16>)

// -----

// expected-error @+1 {{expected positive heads and dim and a window of at least 0, got 2, 16 and -1}}
func.func private @state_of_negative_window(!braid.kv<heads = 2, dim = 16, window = -1, f16>)

// -----

// expected-error @+2 {{to be one of: f32, f16, bf16, int8}}
// expected-error @+1 {{failed to parse Braid_KvType parameter 'storage'}}
func.func private @state_of_blocks(!braid.kv<heads = 2, dim = 16, window = 0, q8_0>)
