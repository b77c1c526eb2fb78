// What is read for a key comes back with its sign changed: where keys repeat, the state doubles with each token.
attn.recurrence @contradicting_keys(%S: !attn.state, %q: !attn.key, %k: !attn.key {unit}, %v: !attn.value,
                                    %b: !attn.scalar {range = [0.0, 1.0]}) {
  %p = attn.neg %k
  %r = attn.read %S, %p
  %e = attn.sub %v, %r
  %w = attn.scale %e, %b
  %N = attn.write %S, %k, %w
  %o = attn.read %N, %q
  attn.yield %N, %o
}
