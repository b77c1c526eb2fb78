// Not what a model that uses @delta_net gives: one input less.
attn.recurrence @delta_net(%S: !attn.state, %q: !attn.key {shared}, %k: !attn.key {shared, unit}, %v: !attn.value) {
  %N = attn.write %S, %k, %v
  %o = attn.read %N, %q
  attn.yield %N, %o
}
