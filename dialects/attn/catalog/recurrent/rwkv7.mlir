// RWKV-7: the removal key c reads the undecayed state; what is removed is written at c gated by a; k is the replacement
// key. The bonus for the token itself is the graph's.
//   S_t = (Diag(exp g) - (c a) c^T) S_{t-1} + k v^T,  o_t = S_t^T q
// Goose, arXiv 2503.14456.
attn.recurrence @rwkv7(%S: !attn.state, %q: !attn.key, %k: !attn.key, %v: !attn.value, %g: !attn.key {log},
                       %c: !attn.key {unit}, %a: !attn.key {range = [0.0, 1.0]}) {
  %r = attn.read %S, %c
  %w = attn.neg %r
  %x = attn.mul %c, %a
  %D = attn.decay %S, %g
  %E = attn.write %D, %x, %w
  %N = attn.write %E, %k, %v
  %o = attn.read %N, %q
  attn.yield %N, %o
}
