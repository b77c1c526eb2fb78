// RUN: braid-opt %s --verify-diagnostics --split-input-file

// Each frequency gives two numbers.
func.func @table_is_narrow(%ids: tensor<?xi32>, %p: index) {
  // expected-error @+1 {{expected a result of 4 features, got 2}}
  %0 = braid.rope_table %ids, %p {frequencies = array<f32: 1.0, 0.1>} : (tensor<?xi32>, index) -> tensor<?x2xf32>
  return
}

// -----

// A table of nothing has no angles.
func.func @no_frequencies(%ids: tensor<?xi32>, %p: index) {
  // expected-error @+1 {{expected at least 1 frequency, got 0}}
  %0 = braid.rope_table %ids, %p {frequencies = array<f32>} : (tensor<?xi32>, index) -> tensor<?x0xf32>
  return
}

// -----

// Token ids are a dynamic count of i32.
func.func @ids_are_wide(%ids: tensor<?xi64>, %p: index) {
  // expected-error @+1 {{operand #0 must be token ids: tensor<?xi32>, but got 'tensor<?xi64>'}}
  %0 = braid.rope_table %ids, %p {frequencies = array<f32: 1.0>} : (tensor<?xi64>, index) -> tensor<?x2xf32>
  return
}

// -----

// A head has at least the features that rotate.
func.func @heads_are_narrow(%x: tensor<?x24xf32>, %t: tensor<?x16xf32>) {
  // expected-error @+1 {{expected heads of at least 16 features each, got 24 over 3 heads}}
  %0 = braid.rope %x, %t {heads = 3 : i64} : (tensor<?x24xf32>, tensor<?x16xf32>) -> tensor<?x24xf32>
  return
}

// -----

// Heads are equal slices of the features.
func.func @heads_do_not_divide(%x: tensor<?x24xf32>, %t: tensor<?x2xf32>) {
  // expected-error @+1 {{expected heads of at least 2 features each, got 24 over 5 heads}}
  %0 = braid.rope %x, %t {heads = 5 : i64} : (tensor<?x24xf32>, tensor<?x2xf32>) -> tensor<?x24xf32>
  return
}

// -----

// Features rotate in pairs.
func.func @table_is_odd(%x: tensor<?x24xf32>, %t: tensor<?x3xf32>) {
  // expected-error @+1 {{expected a table of pairs, got 3 features}}
  %0 = braid.rope %x, %t {heads = 3 : i64} : (tensor<?x24xf32>, tensor<?x3xf32>) -> tensor<?x24xf32>
  return
}

// -----

// Something must rotate.
func.func @table_is_empty(%x: tensor<?x24xf32>, %t: tensor<?x0xf32>) {
  // expected-error @+1 {{expected a table of pairs, got 0 features}}
  %0 = braid.rope %x, %t {heads = 3 : i64} : (tensor<?x24xf32>, tensor<?x0xf32>) -> tensor<?x24xf32>
  return
}

// -----

// A rotation keeps the features.
func.func @result_is_wider(%x: tensor<?x24xf32>, %t: tensor<?x4xf32>) {
  // expected-error @+1 {{expected a result of 24 features, got 32}}
  %0 = braid.rope %x, %t {heads = 3 : i64} : (tensor<?x24xf32>, tensor<?x4xf32>) -> tensor<?x32xf32>
  return
}
