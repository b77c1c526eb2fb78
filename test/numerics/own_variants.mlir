// RUN: braid-check %s | FileCheck %s

// Variants of one's own: nothing of them is in the compiler.

// A bias that falls with the distance, steeper for each head. ALiBi, arXiv 2108.12409, section 3.
attn.softmax @alibi {
  score (%s: f32, %h: index, %i: index, %j: index) {
    %distance = arith.subi %j, %i : index
    %steps = arith.index_cast %distance : index to i64
    %d = arith.sitofp %steps : i64 to f32
    %head = arith.index_cast %h : index to i64
    %n = arith.sitofp %head : i64 to f32
    %one = arith.constant 1.0 : f32
    %slope = arith.addf %n, %one : f32
    %eighth = arith.constant 0.125 : f32
    %m = arith.mulf %slope, %eighth : f32
    %bias = arith.mulf %m, %d : f32
    %r = arith.addf %s, %bias : f32
    attn.yield %r : f32
  }
  mask (%h: index, %i: index, %j: index) {
    %seen = arith.cmpi sle, %j, %i : index
    attn.yield %seen : i1
  }
}

// Scores that saturate. Gemma 2, arXiv 2408.00118, section 2.
attn.softmax @softcap {
  score (%s: f32, %h: index, %i: index, %j: index) {
    %cap = arith.constant 5.0 : f32
    %x = arith.divf %s, %cap : f32
    %t = math.tanh %x : f32
    %r = arith.mulf %t, %cap : f32
    attn.yield %r : f32
  }
  mask (%h: index, %i: index, %j: index) {
    %seen = arith.cmpi sle, %j, %i : index
    attn.yield %seen : i1
  }
}

// Every other key, counted from the parameter; the first head sees all before it. Some queries see nothing.
attn.softmax @strided(%first: index) {
  mask (%h: index, %i: index, %j: index) {
    %zero = arith.constant 0 : index
    %two = arith.constant 2 : index
    %before = arith.cmpi slt, %j, %i : index
    %back = arith.subi %j, %first : index
    %odd = arith.remsi %back, %two : index
    %even = arith.cmpi eq, %odd, %zero : index
    %all = arith.cmpi eq, %h, %zero : index
    %some = arith.ori %even, %all : i1
    %seen = arith.andi %before, %some : i1
    attn.yield %seen : i1
  }
}

// No mask at all: every key up to the end of the call.
attn.softmax @everything {
  score (%s: f32, %h: index, %i: index, %j: index) {
    attn.yield %s : f32
  }
}

// Heads with different slopes, grouped.
func.func @alibi_heads(%q: tensor<?x256xf32>, %k: tensor<?x128xf32>, %v: tensor<?x128xf32>, %kv: !braid.kv<heads = 2, dim = 64, window = 0, f16>,
    %position: index) -> tensor<?x256xf32> {
  %o, %next = braid.attend @alibi() %q, %k, %v, %kv, %position {heads = 4 : i64, scale = 0.125 : f64}
    : (tensor<?x256xf32>, tensor<?x128xf32>, tensor<?x128xf32>, !braid.kv<heads = 2, dim = 64, window = 0, f16>, index)
    -> (tensor<?x256xf32>, !braid.kv<heads = 2, dim = 64, window = 0, f16>)
  return %o : tensor<?x256xf32>
}
// CHECK: @alibi_heads: x86-64-v3, exact: 15 calls
check.close @alibi_heads {tolerance = 1.0e-05, tokens = array<i64: 17, 1, 33, 1, 7>, inputs = ["random", "zeros", "repeated"]}

// Large scores meet the cap.
func.func @softcap_large(%q: tensor<?x64xf32>, %k: tensor<?x32xf32>, %v: tensor<?x32xf32>, %kv: !braid.kv<heads = 1, dim = 32, window = 0, f32>,
    %position: index) -> tensor<?x64xf32> {
  %o, %next = braid.attend @softcap() %q, %k, %v, %kv, %position {heads = 2 : i64, scale = 0.176777 : f64}
    : (tensor<?x64xf32>, tensor<?x32xf32>, tensor<?x32xf32>, !braid.kv<heads = 1, dim = 32, window = 0, f32>, index)
    -> (tensor<?x64xf32>, !braid.kv<heads = 1, dim = 32, window = 0, f32>)
  return %o : tensor<?x64xf32>
}
check.close @softcap_large {tolerance = 1.0e-04, tokens = array<i64: 33, 1, 16>, inputs = ["random", "large", "zeros"]}

// A query that sees nothing gives zeros.
func.func @strided_keys(%q: tensor<?x144xf32>, %k: tensor<?x48xf32>, %v: tensor<?x48xf32>, %kv: !braid.kv<heads = 1, dim = 48, window = 0, bf16>,
    %position: index) -> tensor<?x144xf32> {
  %o, %next = braid.attend @strided(1) %q, %k, %v, %kv, %position {heads = 3 : i64, scale = 0.144338 : f64}
    : (tensor<?x144xf32>, tensor<?x48xf32>, tensor<?x48xf32>, !braid.kv<heads = 1, dim = 48, window = 0, bf16>, index)
    -> (tensor<?x144xf32>, !braid.kv<heads = 1, dim = 48, window = 0, bf16>)
  return %o : tensor<?x144xf32>
}
check.close @strided_keys {tolerance = 1.0e-05, tokens = array<i64: 33, 1, 1, 17>, inputs = ["random", "zeros", "repeated"]}

// Within a call attention runs both ways.
func.func @everything_seen(%q: tensor<?x64xf32>, %k: tensor<?x32xf32>, %v: tensor<?x32xf32>, %kv: !braid.kv<heads = 1, dim = 32, window = 0, f16>,
    %position: index) -> tensor<?x64xf32> {
  %o, %next = braid.attend @everything() %q, %k, %v, %kv, %position {heads = 2 : i64, scale = 0.176777 : f64}
    : (tensor<?x64xf32>, tensor<?x32xf32>, tensor<?x32xf32>, !braid.kv<heads = 1, dim = 32, window = 0, f16>, index)
    -> (tensor<?x64xf32>, !braid.kv<heads = 1, dim = 32, window = 0, f16>)
  return %o : tensor<?x64xf32>
}
check.close @everything_seen {tolerance = 1.0e-05, tokens = array<i64: 5, 1, 40, 16>, inputs = ["random", "zeros", "repeated"]}
