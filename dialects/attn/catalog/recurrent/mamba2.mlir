// Mamba-2, the state space dual: a scalar decay, inputs scaled by the step size, a skip. q, k and v are C, B and x; g is
// the step size times A.
//   S_t = exp(g) S_{t-1} + k (d v)^T,  o_t = S_t^T q + D_h v
// arXiv 2405.21060; the skip as in arXiv 2312.00752.
attn.recurrence @mamba2(%S: !attn.state, %q: !attn.key {shared}, %k: !attn.key {shared}, %v: !attn.value,
                        %g: !attn.scalar {log}, %d: !attn.scalar {range = [0.0, 1.0e+30]},
                        %skip: !attn.scalar {constant}) {
  %x = attn.scale %v, %d
  %D = attn.decay %S, %g
  %N = attn.write %D, %k, %x
  %y = attn.read %N, %q
  %p = attn.scale %v, %skip
  %o = attn.add %y, %p
  attn.yield %N, %o
}
