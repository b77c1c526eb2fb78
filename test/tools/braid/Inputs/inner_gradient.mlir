// A gradient step on the loss |tanh(S^T k) - v|^2 / 2: the state is a model that learns at run time.
//   r = tanh(S^T k),  S' = S - b k ((r - v) (1 - r^2))^T,  o = S'^T q
attn.recurrence @inner_gradient(%S: !attn.state, %q: !attn.key, %k: !attn.key {unit}, %v: !attn.value {unit},
                                %b: !attn.scalar {range = [0.0, 1.0]}) {
  %one = attn.constant 1.0 : !attn.value
  %p = attn.read %S, %k
  %r = attn.map tanh %p
  %e = attn.sub %v, %r
  %r2 = attn.mul %r, %r
  %d = attn.sub %one, %r2
  %g = attn.mul %e, %d
  %w = attn.scale %g, %b
  %N = attn.write %S, %k, %w
  %o = attn.read %N, %q
  attn.yield %N, %o
}
