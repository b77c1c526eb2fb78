// RUN: not recurrence-check native %s | FileCheck %s

// A step without a normal form has no such kernel, and is told so.

// CHECK: @squashed_state, native: {{.*}} WRONG
// CHECK-NEXT: recurrence 'recurrence': expected a step with a normal form: 'attn.map tanh' of the state breaks affinity
attn.recurrence @squashed_state(%S: !attn.state, %q: !attn.key, %k: !attn.key, %v: !attn.value) {
  %T = attn.map tanh %S
  %N = attn.write %T, %k, %v
  %o = attn.read %N, %q
  attn.yield %N, %o
}
