// The first `length` keys are seen by every query; behind them attention is causal.
//   visible(i, j) = j < length or j <= i
// Prefix language model, arXiv 1910.10683, section 3.2.1.
attn.softmax @prefix(%length: index) {
  mask (%h: index, %i: index, %j: index) {
    %causal = arith.cmpi sle, %j, %i : index
    %inside = arith.cmpi slt, %j, %length : index
    %seen = arith.ori %causal, %inside : i1
    attn.yield %seen : i1
  }
}
