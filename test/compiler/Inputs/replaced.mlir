// Takes the place of the catalogue's entry: it corrects nothing.
attn.recurrence @delta_net(%S: !attn.state, %q: !attn.key {shared}, %k: !attn.key {shared, unit}, %v: !attn.value,
                           %b: !attn.scalar {range = [0.0, 2.0]}) {
  %w = attn.scale %v, %b
  %N = attn.write %S, %k, %w
  %o = attn.read %N, %q
  attn.yield %N, %o
}
