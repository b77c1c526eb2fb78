// Corrects what it predicts twice, with the same strength.
attn.recurrence @delta_twice(%S: !attn.state, %key_to_ask: !attn.key {shared}, %k: !attn.key {shared, unit},
                             %v: !attn.value, %b: !attn.scalar {range = [0.0, 2.0]}) {
  %r = attn.read %S, %k
  %e = attn.sub %v, %r
  %w = attn.scale %e, %b
  %M = attn.write %S, %k, %w
  %r2 = attn.read %M, %k
  %e2 = attn.sub %v, %r2
  %w2 = attn.scale %e2, %b
  %N = attn.write %M, %k, %w2
  %o = attn.read %N, %key_to_ask
  attn.yield %N, %o
}
