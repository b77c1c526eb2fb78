// RUN: braid-opt %s --verify-diagnostics --split-input-file

// Tensors of different sizes are never close.
func.func @sizes_differ(%a: tensor<4xf32>, %b: tensor<8xf32>) {
  // expected-error @+1 {{expected tensors that can be equal, got 'tensor<4xf32>' and 'tensor<8xf32>'}}
  check.close %a, %b {tolerance = 1.0e-05} : tensor<4xf32>, tensor<8xf32>
  return
}

// -----

// A tolerance is for floats; integers are equal or not.
func.func @integers(%a: tensor<4xi32>) {
  // expected-error @+1 {{expected tensors of floats, got 'tensor<4xi32>'}}
  check.close %a, %a {tolerance = 0.0} : tensor<4xi32>, tensor<4xi32>
  return
}

// -----

// A negative tolerance would never hold.
func.func @negative_tolerance(%a: tensor<4xf32>) {
  // expected-error @+1 {{expected a tolerance of at least 0, got -1}}
  check.close %a, %a {tolerance = -1.0} : tensor<4xf32>, tensor<4xf32>
  return
}

// -----

// Different elements never have the same bits.
func.func @elements_differ(%a: tensor<4xf32>, %b: tensor<4xf64>) {
  // expected-error @+1 {{expected tensors that can be equal, got 'tensor<4xf32>' and 'tensor<4xf64>'}}
  check.equal %a, %b : tensor<4xf32>, tensor<4xf64>
  return
}
