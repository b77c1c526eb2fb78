// RUN: braid-opt --braid-derive-chunk="tokens=24" --verify-diagnostics %s

// Blocks must fill the chunk.
// expected-error @+1 {{expected a chunk of at most 1024 tokens in blocks of a multiple of 4, got 24 in blocks of 16}}
attn.recurrence @plain(%S: !attn.state, %q: !attn.key, %k: !attn.key, %v: !attn.value) {
  %N = attn.write %S, %k, %v
  %o = attn.read %N, %q
  attn.yield %N, %o
}
