// RWKV-6: a token reads the state of the tokens before it, and itself with a bonus u.
//   o_t = (S_{t-1} + Diag(u) k v^T)^T q,  S_t = Diag(exp g) S_{t-1} + k v^T
// Eagle and Finch, arXiv 2404.05892.
attn.recurrence @rwkv6(%S: !attn.state, %q: !attn.key {shared}, %k: !attn.key {shared}, %v: !attn.value,
                       %g: !attn.key {log}, %u: !attn.key {constant}) {
  %x = attn.mul %u, %k
  %B = attn.write %S, %x, %v
  %o = attn.read %B, %q
  %D = attn.decay %S, %g
  %N = attn.write %D, %k, %v
  attn.yield %N, %o
}
