// Gated DeltaNet-2: erase and write have gates of their own, along the key and along the value channels.
//   S_t = (I - k (b k)^T) Diag(exp g) S_{t-1} + k (w v)^T,  o_t = S_t^T q
// The gates b and w, in (0, 1), and g are the graph's. Flash Linear Attention, fla/ops/gdn2.
attn.recurrence @gated_delta_net2(%S: !attn.state, %q: !attn.key {shared}, %k: !attn.key {shared, unit},
                                  %v: !attn.value, %g: !attn.key {log}, %b: !attn.key {range = [0.0, 1.0]},
                                  %w: !attn.value {range = [0.0, 1.0]}) {
  %D = attn.decay %S, %g
  %c = attn.mul %b, %k
  %r = attn.read %D, %c
  %x = attn.mul %w, %v
  %e = attn.sub %x, %r
  %N = attn.write %D, %k, %e
  %o = attn.read %N, %q
  attn.yield %N, %o
}
