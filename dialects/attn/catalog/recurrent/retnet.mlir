// Retention: a decay that is the same for all tokens, another for each head, g_h = log(1 - 2^(-5 - h)).
//   S_t = exp(g_h) S_{t-1} + k v^T,  o_t = S_t^T q
// RetNet, arXiv 2307.08621.
attn.recurrence @retnet(%S: !attn.state, %q: !attn.key {shared}, %k: !attn.key {shared}, %v: !attn.value,
                        %g: !attn.scalar {log, constant}) {
  %D = attn.decay %S, %g
  %N = attn.write %D, %k, %v
  %o = attn.read %N, %q
  attn.yield %N, %o
}
