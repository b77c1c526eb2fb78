// Lightning attention of MiniMax: a decay that is the same for all tokens, by head and layer,
// g_{h,l} = -2^(-8 (h + 1) / H) (1 - l / (L - 1 + 1e-5) + 1e-5).
//   S_t = exp(g_{h,l}) S_{t-1} + k v^T,  o_t = S_t^T q
// Lightning Attention-2, arXiv 2401.04658; MiniMax-01, arXiv 2501.08313.
attn.recurrence @lightning(%S: !attn.state, %q: !attn.key {shared}, %k: !attn.key {shared}, %v: !attn.value,
                           %g: !attn.scalar {log, constant}) {
  %D = attn.decay %S, %g
  %N = attn.write %D, %k, %v
  %o = attn.read %N, %q
  attn.yield %N, %o
}
