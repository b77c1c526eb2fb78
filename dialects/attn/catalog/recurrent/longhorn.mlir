// Longhorn: the exact minimiser of forgetting and of the error for the new pair, in place of a gradient step.
//   s = b / (1 + b k^T k),  S_t = (I - s k k^T) S_{t-1} + s k v^T,  o_t = S_t^T q
// arXiv 2407.14207, in the matrix form of arXiv 2510.26692, table 7.
attn.recurrence @longhorn(%S: !attn.state, %q: !attn.key {shared}, %k: !attn.key {shared}, %v: !attn.value,
                          %b: !attn.scalar {range = [0.0, 1.0e+30]}) {
  %one = attn.constant 1.0 : !attn.scalar
  %n = attn.dot %k, %k
  %m = attn.mul %b, %n
  %d = attn.add %one, %m
  %f = attn.map reciprocal %d
  %s = attn.mul %b, %f
  %r = attn.read %S, %k
  %e = attn.sub %v, %r
  %w = attn.scale %e, %s
  %N = attn.write %S, %k, %w
  %o = attn.read %N, %q
  attn.yield %N, %o
}
