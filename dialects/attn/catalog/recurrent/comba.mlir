// Comba: the prediction that is corrected comes from the undecayed state, for a key p of its own. The graph gives p, the
// L2 norm of k times a head's constant, and the query q - d p.
//   S_t = (exp(g) I - b k p^T) S_{t-1} + b k v^T,  o_t = S_t^T q
// arXiv 2506.02475.
attn.recurrence @comba(%S: !attn.state, %q: !attn.key {shared}, %k: !attn.key {shared, unit},
                       %p: !attn.key {shared, unit}, %v: !attn.value, %g: !attn.scalar {log},
                       %b: !attn.scalar {range = [0.0, 1.0]}) {
  %r = attn.read %S, %p
  %e = attn.sub %v, %r
  %w = attn.scale %e, %b
  %D = attn.decay %S, %g
  %N = attn.write %D, %k, %w
  %o = attn.read %N, %q
  attn.yield %N, %o
}
