// Linear attention with its normaliser: the outputs are averages of the values. Features of q and k are positive.
//   S_t = S_{t-1} + k v^T,  z_t = z_{t-1} + k,  o_t = S_t^T q / (z_t^T q + epsilon)
// Transformers are RNNs, arXiv 2006.16236.
attn.recurrence @linear_attention_normalised(%S: !attn.state, %z: !attn.column,
                                             %q: !attn.key {shared, range = [0.0, 1.0e+30]},
                                             %k: !attn.key {shared, range = [0.0, 1.0e+30]}, %v: !attn.value) {
  %one = attn.constant 1.0 : !attn.scalar
  %epsilon = attn.constant 1.0e-10 : !attn.scalar
  %N = attn.write %S, %k, %v
  %m = attn.write %z, %k, %one
  %r = attn.read %N, %q
  %n = attn.read %m, %q
  %safe = attn.add %n, %epsilon
  %factor = attn.map reciprocal %safe
  %o = attn.scale %r, %factor
  attn.yield %N, %m, %o
}
