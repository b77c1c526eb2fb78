// A query sees itself and the window - 1 keys before it.
//   visible(i, j) = j <= i and j > i - window
// Longformer, arXiv 2004.05150, section 3.1; Mistral 7B, arXiv 2310.06825.
attn.softmax @sliding_window(%window: index) {
  mask (%h: index, %i: index, %j: index) {
    %causal = arith.cmpi sle, %j, %i : index
    %first = arith.subi %i, %window : index
    %near = arith.cmpi sgt, %j, %first : index
    %seen = arith.andi %causal, %near : i1
    attn.yield %seen : i1
  }
}
