// RUN: braid-opt %s --verify-diagnostics --split-input-file

// expected-error @+1 {{expected rows of a multiple of 32 numbers for q4_1, got 100}}
func.func private @blocks_of_32(!braid.weight<8x100, q4_1>)

// -----

// expected-error @+1 {{expected rows of a multiple of 256 numbers for q6_k, got 128}}
func.func private @blocks_of_256(!braid.weight<8x128, q6_k>)

// -----

// expected-error @+1 {{expected a weight of 1 to 3 dimensions, got 4}}
func.func private @four_dimensions(!braid.weight<2x3x4x5, f32>)

// -----

// expected-error @+1 {{expected a weight of positive sizes, got 0, 4}}
func.func private @empty(!braid.weight<0x4, f32>)

// -----

// A plain tensor has the weight's shape and f32 elements.
func.func @unpack_reshapes(%w: !braid.weight<5x96, q4_1>) {
  // expected-error @+1 {{expected a result of type 'tensor<5x96xf32>', got 'tensor<96x5xf32>'}}
  %0 = braid.unpack %w : !braid.weight<5x96, q4_1> -> tensor<96x5xf32>
  return
}

// -----

// Unpacking gives f32, whatever the storage.
func.func @unpack_to_half(%w: !braid.weight<5x7, f16>) {
  // expected-error @+1 {{expected a result of type 'tensor<5x7xf32>', got 'tensor<5x7xf16>'}}
  %0 = braid.unpack %w : !braid.weight<5x7, f16> -> tensor<5x7xf16>
  return
}
