// Gated linear attention: a gate for each key channel.
//   S_t = Diag(exp g) S_{t-1} + k v^T,  o_t = S_t^T q
// arXiv 2312.06635.
attn.recurrence @gla(%S: !attn.state, %q: !attn.key {shared}, %k: !attn.key {shared}, %v: !attn.value,
                     %g: !attn.key {log}) {
  %D = attn.decay %S, %g
  %N = attn.write %D, %k, %v
  %o = attn.read %N, %q
  attn.yield %N, %o
}
