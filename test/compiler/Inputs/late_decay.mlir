// Learn first, forget after: what a token writes decays with the rest.
//   S_t = Diag(exp g) (S_{t-1} + b k (v - S_{t-1}^T k)^T),  o_t = S_t^T q
attn.recurrence @late_decay(%S: !attn.state, %q: !attn.key {shared}, %k: !attn.key {shared, unit}, %v: !attn.value,
                            %g: !attn.key {log}, %b: !attn.scalar {range = [0.0, 2.0]}) {
  %r = attn.read %S, %k
  %e = attn.sub %v, %r
  %w = attn.scale %e, %b
  %N = attn.write %S, %k, %w
  %D = attn.decay %N, %g
  %o = attn.read %D, %q
  attn.yield %D, %o
}
