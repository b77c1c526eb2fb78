// Gated DeltaProduct: 3 delta rules a token, each with its own key, value and strength, after one decay.
//   S <- exp(g) S_{t-1};  S <- (I - b_j k_j k_j^T) S + b_j k_j v_j^T for each j;  o_t = S_t^T q
// DeltaProduct, arXiv 2502.10297.
attn.recurrence @gated_delta_product3(%S: !attn.state, %q: !attn.key {shared}, %g: !attn.scalar {log},
                                      %k1: !attn.key {shared, unit}, %v1: !attn.value,
                                      %b1: !attn.scalar {range = [0.0, 2.0]}, %k2: !attn.key {shared, unit},
                                      %v2: !attn.value, %b2: !attn.scalar {range = [0.0, 2.0]},
                                      %k3: !attn.key {shared, unit}, %v3: !attn.value,
                                      %b3: !attn.scalar {range = [0.0, 2.0]}) {
  %S0 = attn.decay %S, %g
  %r1 = attn.read %S0, %k1
  %e1 = attn.sub %v1, %r1
  %w1 = attn.scale %e1, %b1
  %S1 = attn.write %S0, %k1, %w1
  %r2 = attn.read %S1, %k2
  %e2 = attn.sub %v2, %r2
  %w2 = attn.scale %e2, %b2
  %S2 = attn.write %S1, %k2, %w2
  %r3 = attn.read %S2, %k3
  %e3 = attn.sub %v3, %r3
  %w3 = attn.scale %e3, %b3
  %S3 = attn.write %S2, %k3, %w3
  %o = attn.read %S3, %q
  attn.yield %S3, %o
}
