// A gate that nothing is known of: about half of the time the state grows.
attn.recurrence @growing(%S: !attn.state, %q: !attn.key, %k: !attn.key, %v: !attn.value) {
  %two = attn.constant 2.0 : !attn.scalar
  %D = attn.decay %S, %two
  %N = attn.write %D, %k, %v
  %o = attn.read %N, %q
  attn.yield %N, %o
}
