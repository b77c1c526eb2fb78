// Gated DeltaNet: forget by one scalar, then correct what the state predicts for k towards v.
//   S_t = exp(g) (I - b k k^T) S_{t-1} + b k v^T,  o_t = S_t^T q
// arXiv 2412.06464.
attn.recurrence @gated_delta_net(%S: !attn.state, %q: !attn.key {shared}, %k: !attn.key {shared, unit},
                                 %v: !attn.value, %g: !attn.scalar {log}, %b: !attn.scalar {range = [0.0, 2.0]}) {
  %D = attn.decay %S, %g
  %r = attn.read %D, %k
  %e = attn.sub %v, %r
  %w = attn.scale %e, %b
  %N = attn.write %D, %k, %w
  %o = attn.read %N, %q
  attn.yield %N, %o
}
