// DeltaNet: correct what the state predicts for k towards v.
//   S_t = (I - b k k^T) S_{t-1} + b k v^T,  o_t = S_t^T q
// arXiv 2102.11174, equation 24; in parallel arXiv 2406.06484.
attn.recurrence @delta_net(%S: !attn.state, %q: !attn.key {shared}, %k: !attn.key {shared, unit}, %v: !attn.value,
                           %b: !attn.scalar {range = [0.0, 2.0]}) {
  %r = attn.read %S, %k
  %e = attn.sub %v, %r
  %w = attn.scale %e, %b
  %N = attn.write %S, %k, %w
  %o = attn.read %N, %q
  attn.yield %N, %o
}
