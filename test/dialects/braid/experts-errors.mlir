// RUN: braid-opt %s --verify-diagnostics --split-input-file

// A stack of matrices, even of one.
func.func @one_expert(%x: tensor<?x8xf32>, %i: tensor<?x2xi32>, %w: tensor<?x2xf32>, %g: !braid.weight<4x6x8, f32>, %u: !braid.weight<6x8, f32>,
    %d: !braid.weight<4x8x6, f32>) {
  // expected-error @+1 {{expected an up weight of 3 dimensions, [experts, inner, features], got 2}}
  %y = braid.experts silu %x, %i, %w, gate %g, up %u, down %d
    : (tensor<?x8xf32>, tensor<?x2xi32>, tensor<?x2xf32>, !braid.weight<4x6x8, f32>, !braid.weight<6x8, f32>, !braid.weight<4x8x6, f32>)
    -> tensor<?x8xf32>
  return
}

// -----

// An id and a weight a slot.
func.func @more_ids(%x: tensor<?x8xf32>, %i: tensor<?x3xi32>, %w: tensor<?x2xf32>, %g: !braid.weight<4x6x8, f32>, %u: !braid.weight<4x6x8, f32>,
    %d: !braid.weight<4x8x6, f32>) {
  // expected-error @+1 {{expected as many weights as ids a token, got 2 and 3}}
  %y = braid.experts silu %x, %i, %w, gate %g, up %u, down %d
    : (tensor<?x8xf32>, tensor<?x3xi32>, tensor<?x2xf32>, !braid.weight<4x6x8, f32>, !braid.weight<4x6x8, f32>, !braid.weight<4x8x6, f32>)
    -> tensor<?x8xf32>
  return
}

// -----

// The first map reads all features.
func.func @up_is_narrow(%x: tensor<?x8xf32>, %i: tensor<?x2xi32>, %w: tensor<?x2xf32>, %g: !braid.weight<4x6x8, f32>, %u: !braid.weight<4x6x7, f32>,
    %d: !braid.weight<4x8x6, f32>) {
  // expected-error @+1 {{expected an up weight of shape 4x6x8, got 4x6x7}}
  %y = braid.experts silu %x, %i, %w, gate %g, up %u, down %d
    : (tensor<?x8xf32>, tensor<?x2xi32>, tensor<?x2xf32>, !braid.weight<4x6x8, f32>, !braid.weight<4x6x7, f32>, !braid.weight<4x8x6, f32>)
    -> tensor<?x8xf32>
  return
}

// -----

// The second map is stored [experts, features, inner].
func.func @down_is_transposed(%x: tensor<?x8xf32>, %i: tensor<?x2xi32>, %w: tensor<?x2xf32>, %g: !braid.weight<4x6x8, f32>, %u: !braid.weight<4x6x8, f32>,
    %d: !braid.weight<4x6x8, f32>) {
  // expected-error @+1 {{expected a down weight of shape 4x8x6, got 4x6x8}}
  %y = braid.experts silu %x, %i, %w, gate %g, up %u, down %d
    : (tensor<?x8xf32>, tensor<?x2xi32>, tensor<?x2xf32>, !braid.weight<4x6x8, f32>, !braid.weight<4x6x8, f32>, !braid.weight<4x6x8, f32>)
    -> tensor<?x8xf32>
  return
}

// -----

// A gate has the shape of what it gates.
func.func @gate_differs(%x: tensor<?x8xf32>, %i: tensor<?x2xi32>, %w: tensor<?x2xf32>, %g: !braid.weight<3x6x8, f32>, %u: !braid.weight<4x6x8, f32>,
    %d: !braid.weight<4x8x6, f32>) {
  // expected-error @+1 {{expected a gate weight of shape 4x6x8, got 3x6x8}}
  %y = braid.experts silu %x, %i, %w, gate %g, up %u, down %d
    : (tensor<?x8xf32>, tensor<?x2xi32>, tensor<?x2xf32>, !braid.weight<3x6x8, f32>, !braid.weight<4x6x8, f32>, !braid.weight<4x8x6, f32>)
    -> tensor<?x8xf32>
  return
}

// -----

// A result has the features of the input.
func.func @result_is_wide(%x: tensor<?x8xf32>, %i: tensor<?x2xi32>, %w: tensor<?x2xf32>, %g: !braid.weight<4x6x8, f32>, %u: !braid.weight<4x6x8, f32>,
    %d: !braid.weight<4x8x6, f32>) {
  // expected-error @+1 {{expected a result of 8 features, got 9}}
  %y = braid.experts silu %x, %i, %w, gate %g, up %u, down %d
    : (tensor<?x8xf32>, tensor<?x2xi32>, tensor<?x2xf32>, !braid.weight<4x6x8, f32>, !braid.weight<4x6x8, f32>, !braid.weight<4x8x6, f32>)
    -> tensor<?x9xf32>
  return
}
