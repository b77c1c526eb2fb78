// RUN: braid-opt --braid-verify-exponents %s | FileCheck %s
// Exponents that are proved to be at most 0.

#row = affine_map<(d0, d1) -> (d0)>
#column = affine_map<(d0, d1) -> (d1)>

// A sum of logarithms over the tokens before each one, selected by a mask.
// CHECK-LABEL: @prefix
func.func @prefix(%g: tensor<8xf32> {attn.log}) -> tensor<8xf32> {
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<8xf32>
  %none = linalg.fill ins(%zero : f32) outs(%empty : tensor<8xf32>) -> tensor<8xf32>
  %sum = linalg.generic {indexing_maps = [#column, #row], iterator_types = ["parallel", "reduction"]}
      ins(%g : tensor<8xf32>) outs(%none : tensor<8xf32>) {
  ^bb0(%x: f32, %all: f32):
    %r = linalg.index 0 : index
    %j = linalg.index 1 : index
    %before = arith.cmpi slt, %j, %r : index
    %kept = arith.select %before, %x, %zero : f32
    %next = arith.addf %all, %kept : f32
    linalg.yield %next : f32
  } -> tensor<8xf32>
  %e = math.exp %sum : tensor<8xf32>
  return %e : tensor<8xf32>
}

// A sum that grows from row to row, and -inf above the diagonal.
// CHECK-LABEL: @rows
func.func @rows(%g: tensor<8xf32> {attn.log}) -> tensor<8x8xf32> {
  %zero = arith.constant 0.0 : f32
  %never = arith.constant 0xFF800000 : f32
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %empty = tensor.empty() : tensor<8x8xf32>
  %none = linalg.fill ins(%zero : f32) outs(%empty : tensor<8x8xf32>) -> tensor<8x8xf32>
  %sums = scf.for %r = %c1 to %c8 step %c1 iter_args(%sum = %none) -> tensor<8x8xf32> {
    %last = arith.subi %r, %c1 : index
    %row = tensor.extract_slice %sum[%last, 0] [1, 8] [1, 1] : tensor<8x8xf32> to tensor<8xf32>
    %next = arith.addf %row, %g : tensor<8xf32>
    %all = tensor.insert_slice %next into %sum[%r, 0] [1, 8] [1, 1] : tensor<8xf32> into tensor<8x8xf32>
    scf.yield %all : tensor<8x8xf32>
  }
  %e = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
                       iterator_types = ["parallel", "parallel"]}
      ins(%sums : tensor<8x8xf32>) outs(%empty : tensor<8x8xf32>) {
  ^bb0(%x: f32, %out: f32):
    %r = linalg.index 0 : index
    %i = linalg.index 1 : index
    %earlier = arith.cmpi slt, %i, %r : index
    %masked = arith.select %earlier, %x, %never : f32
    %y = math.exp %masked : f32
    linalg.yield %y : f32
  } -> tensor<8x8xf32>
  return %e : tensor<8x8xf32>
}

// exp of a negated magnitude; a bound by a minimum; 1 + exp as a divisor; the variant's own exp.
// CHECK-LABEL: @others
func.func @others(%x: tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>, tensor<8xf32>) {
  %zero = arith.constant dense<0.0> : tensor<8xf32>
  %one = arith.constant dense<1.0> : tensor<8xf32>
  %size = math.absf %x : tensor<8xf32>
  %negative = arith.negf %size : tensor<8xf32>
  %small = math.exp %negative : tensor<8xf32>
  %more = arith.addf %one, %small : tensor<8xf32>
  %sigmoid = arith.divf %one, %more : tensor<8xf32>
  %least = arith.minimumf %x, %zero : tensor<8xf32>
  %bounded = math.exp %least : tensor<8xf32>
  %own = math.exp %x {attn.own} : tensor<8xf32>
  return %sigmoid, %bounded, %own : tensor<8xf32>, tensor<8xf32>, tensor<8xf32>
}
