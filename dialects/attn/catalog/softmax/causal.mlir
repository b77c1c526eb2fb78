// A query sees itself and every key before it.
//   visible(i, j) = j <= i
// Attention Is All You Need, arXiv 1706.03762, section 3.2.3.
attn.softmax @causal {
  mask (%h: index, %i: index, %j: index) {
    %seen = arith.cmpi sle, %j, %i : index
    attn.yield %seen : i1
  }
}
