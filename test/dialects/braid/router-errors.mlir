// RUN: braid-opt %s --verify-diagnostics --split-input-file

// There are no more experts than logits.
func.func @too_many(%x: tensor<?x8xf32>) {
  // expected-error @+1 {{expected to choose 1 to 8 experts, got 9}}
  %ids, %w = braid.router softmax %x {top_k = 9 : i64} : (tensor<?x8xf32>) -> (tensor<?x9xi32>, tensor<?x9xf32>)
  return
}

// -----

// Groups are equal.
func.func @uneven_groups(%x: tensor<?x8xf32>) {
  // expected-error @+1 {{expected groups that divide 8 experts, got 3}}
  %ids, %w = braid.router softmax %x {top_k = 2 : i64, groups = 3 : i64} : (tensor<?x8xf32>) -> (tensor<?x2xi32>, tensor<?x2xf32>)
  return
}

// -----

// No more groups are kept than there are.
func.func @all_groups(%x: tensor<?x8xf32>) {
  // expected-error @+1 {{expected to keep 1 to 2 groups, got 3}}
  %ids, %w = braid.router softmax %x {top_k = 2 : i64, groups = 2 : i64, top_groups = 3 : i64} : (tensor<?x8xf32>) -> (tensor<?x2xi32>, tensor<?x2xf32>)
  return
}

// -----

// The kept groups have experts enough.
func.func @few_kept(%x: tensor<?x8xf32>) {
  // expected-error @+1 {{expected kept groups of at least 3 experts, got 2}}
  %ids, %w = braid.router softmax %x {top_k = 3 : i64, groups = 4 : i64} : (tensor<?x8xf32>) -> (tensor<?x3xi32>, tensor<?x3xf32>)
  return
}

// -----

// A pair needs two.
func.func @no_pair(%x: tensor<?x8xf32>) {
  // expected-error @+1 {{expected groups of at least 2 experts to pair, got 1}}
  %ids, %w = braid.router softmax %x {top_k = 2 : i64, groups = 8 : i64, top_groups = 2 : i64, groups_by_pair} : (tensor<?x8xf32>) -> (tensor<?x2xi32>, tensor<?x2xf32>)
  return
}

// -----

// An epsilon keeps a divisor from zero.
func.func @negative_epsilon(%x: tensor<?x8xf32>) {
  // expected-error @+1 {{expected an epsilon of at least 0, got -1.000000e+00}}
  %ids, %w = braid.router softmax %x {top_k = 2 : i64, epsilon = -1.0 : f64} : (tensor<?x8xf32>) -> (tensor<?x2xi32>, tensor<?x2xf32>)
  return
}

// -----

// Without a bias nothing is biased.
func.func @no_bias(%x: tensor<?x8xf32>) {
  // expected-error @+1 {{expected a bias for biased weights, got none}}
  %ids, %w = braid.router softmax %x {top_k = 2 : i64, biased_weights} : (tensor<?x8xf32>) -> (tensor<?x2xi32>, tensor<?x2xf32>)
  return
}

// -----

// A bias has a number for each expert.
func.func @short_bias(%x: tensor<?x8xf32>, %b: !braid.weight<7, f32>) {
  // expected-error @+1 {{expected a bias of shape 8, got 7}}
  %ids, %w = braid.router softmax %x bias %b {top_k = 2 : i64} : (tensor<?x8xf32>, !braid.weight<7, f32>) -> (tensor<?x2xi32>, tensor<?x2xf32>)
  return
}

// -----

// Each choice is an id.
func.func @wide_ids(%x: tensor<?x8xf32>) {
  // expected-error @+1 {{expected 2 ids a token, got 3}}
  %ids, %w = braid.router softmax %x {top_k = 2 : i64} : (tensor<?x8xf32>) -> (tensor<?x3xi32>, tensor<?x2xf32>)
  return
}

// -----

// Each choice has a weight.
func.func @wide_weights(%x: tensor<?x8xf32>) {
  // expected-error @+1 {{expected weights of 2 features, got 3}}
  %ids, %w = braid.router softmax %x {top_k = 2 : i64} : (tensor<?x8xf32>) -> (tensor<?x2xi32>, tensor<?x3xf32>)
  return
}
