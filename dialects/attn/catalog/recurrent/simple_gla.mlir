// Gated linear attention with a scalar gate; also gated RetNet and, with other names, mLSTM without its normaliser.
//   S_t = exp(g) S_{t-1} + k v^T,  o_t = S_t^T q
// arXiv 2312.06635; arXiv 2405.05254.
attn.recurrence @simple_gla(%S: !attn.state, %q: !attn.key {shared}, %k: !attn.key {shared}, %v: !attn.value,
                            %g: !attn.scalar {log}) {
  %D = attn.decay %S, %g
  %N = attn.write %D, %k, %v
  %o = attn.read %N, %q
  attn.yield %N, %o
}
