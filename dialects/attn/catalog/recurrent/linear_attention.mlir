// Linear attention: the softmax kernel replaced by a feature map, which the graph applies to q and k.
//   S_t = S_{t-1} + k v^T,  o_t = S_t^T q
// Transformers are RNNs, arXiv 2006.16236, without the normaliser.
attn.recurrence @linear_attention(%S: !attn.state, %q: !attn.key {shared}, %k: !attn.key {shared}, %v: !attn.value) {
  %N = attn.write %S, %k, %v
  %o = attn.read %N, %q
  attn.yield %N, %o
}
