// RUN: braid-opt %s --verify-diagnostics --split-input-file

// expected-error @+1 {{expected no parameters without a region that reads them, got 1}}
attn.softmax @parameters_of_nothing(%window: index) {
}

// -----

// expected-error @+1 {{expected its mask to take 'index', 'index', 'index', got 'index', 'index'}}
attn.softmax @mask_without_head {
  mask (%i: index, %j: index) {
    %seen = arith.cmpi sle, %j, %i : index
    attn.yield %seen : i1
  }
}

// -----

// expected-error @+1 {{expected its score to take 'index', 'f32', 'index', 'index', 'index', got 'index', 'index', 'index', 'index'}}
attn.softmax @score_without_score(%cap: index) {
  score (%h: index, %i: index, %j: index) {
    %s = arith.constant 1.0 : f32
    attn.yield %s : f32
  }
}

// -----

// expected-error @+1 {{expected its mask to end with attn.yield of 'i1', got 'index'}}
attn.softmax @mask_yields_an_index {
  mask (%h: index, %i: index, %j: index) {
    attn.yield %j : index
  }
}

// -----

// expected-error @+1 {{expected its block to end with attn.yield of 'i1', 'i1', got 'i1'}}
attn.softmax @block_yields_one {
  block (%h: index, %i0: index, %i1: index, %j0: index, %j1: index) {
    %some = arith.cmpi sle, %j0, %i1 : index
    attn.yield %some : i1
  }
}

// -----

// expected-error @+1 {{expected its mask to end with attn.yield of 'i1'}}
attn.softmax @mask_without_yield {
  mask (%h: index, %i: index, %j: index) {
  }
}

// -----

// expected-error @+1 {{expected its mask to have one block, got 2}}
attn.softmax @mask_that_jumps {
  mask (%h: index, %i: index, %j: index) {
    %seen = arith.cmpi sle, %j, %i : index
    cf.br ^end
  ^end:
    attn.yield %seen : i1
  }
}

// -----

%n = arith.constant 3 : index
// expected-note @+1 {{required by region isolation constraints}}
attn.softmax @mask_reads_from_outside {
  mask (%h: index, %i: index, %j: index) {
    // expected-error @+1 {{using value defined outside the region}}
    %seen = arith.cmpi sle, %j, %n : index
    attn.yield %seen : i1
  }
}

// -----

// A yield belongs to a region of a variant.
func.func @yield_without_variant(%x: i1) {
  // expected-error @+1 {{expects parent op to be one of 'attn.softmax, attn.recurrence'}}
  attn.yield %x : i1
}

// -----

// Parts stand in the order score, mask, block.
attn.softmax @order {
  mask (%h: index, %i: index, %j: index) {
    %seen = arith.cmpi sle, %j, %i : index
    attn.yield %seen : i1
  // expected-error @+1 {{expected '}'}}
  }
  score (%s: f32, %h: index, %i: index, %j: index) {
    attn.yield %s : f32
  }
}
