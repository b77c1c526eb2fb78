// RUN: braid-opt --braid-verify-exponents --split-input-file --verify-diagnostics %s
// What overflows where decays are strong.

// Keys divided by the decay in front of them.
func.func @inverse(%G: tensor<64x16xf32> {attn.log}, %k: tensor<64x16xf32>) -> tensor<64x16xf32> {
  %minus = arith.negf %G : tensor<64x16xf32>
  // expected-error @+1 {{expected an exponent that is at most 0: a sum of logarithms of decays}}
  %grown = math.exp %minus : tensor<64x16xf32>
  %x = arith.mulf %k, %grown : tensor<64x16xf32>
  return %x : tensor<64x16xf32>
}

// -----

// The same as a division.
func.func @quotient(%G: tensor<64x16xf32> {attn.log}, %k: tensor<64x16xf32>) -> tensor<64x16xf32> {
  %factor = math.exp %G : tensor<64x16xf32>
  // expected-error @+1 {{expected a divisor without a decay in it}}
  %x = arith.divf %k, %factor : tensor<64x16xf32>
  return %x : tensor<64x16xf32>
}

// -----

// An anchor in the middle of the block: half of the rows have positive exponents.
func.func @anchor(%G: tensor<16x8xf32> {attn.log}, %k: tensor<16x8xf32>) -> tensor<16x8xf32> {
  %middle = tensor.extract_slice %G[8, 0] [1, 8] [1, 1] : tensor<16x8xf32> to tensor<8xf32>
  %empty = tensor.empty() : tensor<16x8xf32>
  %x = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d1)>,
                                        affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
                       iterator_types = ["parallel", "parallel"]}
      ins(%G, %middle, %k : tensor<16x8xf32>, tensor<8xf32>, tensor<16x8xf32>) outs(%empty : tensor<16x8xf32>) {
  ^bb0(%g: f32, %m: f32, %key: f32, %out: f32):
    %d = arith.subf %m, %g : f32
    // expected-error @+1 {{expected an exponent that is at most 0}}
    %e = math.exp %d : f32
    %y = arith.mulf %key, %e : f32
    linalg.yield %y : f32
  } -> tensor<16x8xf32>
  return %x : tensor<16x8xf32>
}

// -----

// All pairs, of which the upper triangle is masked when it has overflowed already.
func.func @late_mask(%G: tensor<64xf32> {attn.log}) -> tensor<64x64xf32> {
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<64x64xf32>
  %x = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d1)>,
                                        affine_map<(d0, d1) -> (d0, d1)>],
                       iterator_types = ["parallel", "parallel"]}
      ins(%G, %G : tensor<64xf32>, tensor<64xf32>) outs(%empty : tensor<64x64xf32>) {
  ^bb0(%g: f32, %h: f32, %out: f32):
    %r = linalg.index 0 : index
    %i = linalg.index 1 : index
    %earlier = arith.cmpi slt, %i, %r : index
    %d = arith.subf %g, %h : f32
    // expected-error @+1 {{expected an exponent that is at most 0}}
    %e = math.exp %d : f32
    %y = arith.select %earlier, %e, %zero : f32
    linalg.yield %y : f32
  } -> tensor<64x64xf32>
  return %x : tensor<64x64xf32>
}

// -----

// A sum that a loop lifts above 0.
func.func @rises(%g: tensor<8xf32> {attn.log}, %x: tensor<8xf32>) -> tensor<8xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %sum = scf.for %r = %c0 to %c8 step %c1 iter_args(%all = %g) -> tensor<8xf32> {
    // expected-error @+1 {{expected an exponent that is at most 0}}
    %e = math.exp %all : tensor<8xf32>
    %next = arith.addf %all, %x : tensor<8xf32>
    scf.yield %next : tensor<8xf32>
  }
  return %sum : tensor<8xf32>
}

// -----

// A gate that nobody says is at most 0.
func.func @unknown(%g: tensor<8xf32>) -> tensor<8xf32> {
  // expected-error @+1 {{expected an exponent that is at most 0}}
  %e = math.exp %g : tensor<8xf32>
  return %e : tensor<8xf32>
}
