// A forget gate for each value channel, as in HGRN (arXiv 2311.04823), and the delta rule.
attn.recurrence @value_gates(%S: !attn.state, %q: !attn.key {shared}, %k: !attn.key {shared, unit}, %v: !attn.value,
                             %f: !attn.value {log}, %b: !attn.scalar {range = [0.0, 2.0]}) {
  %D = attn.decay %S, %f
  %r = attn.read %D, %k
  %e = attn.sub %v, %r
  %w = attn.scale %e, %b
  %N = attn.write %D, %k, %w
  %o = attn.read %N, %q
  attn.yield %N, %o
}
