// Not what a model that uses @delta_net has: two states.
attn.recurrence @delta_net(%S: !attn.state, %T: !attn.state, %q: !attn.key {shared}, %k: !attn.key {shared, unit},
                           %v: !attn.value, %b: !attn.scalar) {
  %N = attn.write %S, %k, %v
  %o = attn.read %N, %q
  attn.yield %N, %T, %o
}
