// HGRN-2: what a key channel forgets is what it takes in.
//   S_t = Diag(exp g) S_{t-1} + (1 - exp g) v^T,  o_t = S_t^T q
// arXiv 2404.07904.
attn.recurrence @hgrn2(%S: !attn.state, %q: !attn.key {shared}, %v: !attn.value, %g: !attn.key {log}) {
  %a = attn.map exp %g
  %one = attn.constant 1.0 : !attn.key
  %k = attn.sub %one, %a
  %D = attn.decay %S, %g
  %N = attn.write %D, %k, %v
  %o = attn.read %N, %q
  attn.yield %N, %o
}
