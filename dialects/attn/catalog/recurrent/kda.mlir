// Kimi Delta Attention: decay each key channel, then correct what the state predicts for k towards v.
//   S_t = (I - b k k^T) Diag(exp g) S_{t-1} + b k v^T,  o_t = S_t^T q
// The gate g = -exp(A) softplus(u + bias), or the lower-bounded g = low sigmoid(exp(A) (u + bias)), is the graph's.
// Kimi Linear, arXiv 2510.26692, equation 1.
attn.recurrence @kda(%S: !attn.state, %q: !attn.key {shared}, %k: !attn.key {shared, unit}, %v: !attn.value,
                     %g: !attn.key {log}, %b: !attn.scalar {range = [0.0, 2.0]}) {
  %D = attn.decay %S, %g
  %r = attn.read %D, %k
  %e = attn.sub %v, %r
  %w = attn.scale %e, %b
  %N = attn.write %D, %k, %w
  %o = attn.read %N, %q
  attn.yield %N, %o
}
