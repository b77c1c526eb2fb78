// How much is forgotten depends on what is remembered.
attn.recurrence @gated_by_itself(%S: !attn.state, %z: !attn.column, %q: !attn.key, %k: !attn.key, %v: !attn.value) {
  %one = attn.constant 1.0 : !attn.scalar
  %m = attn.write %z, %k, %one
  %n = attn.read %m, %q
  %p = attn.map softplus %n
  %g = attn.neg %p
  %D = attn.decay %S, %g
  %N = attn.write %D, %k, %v
  %o = attn.read %N, %q
  attn.yield %N, %m, %o
}
