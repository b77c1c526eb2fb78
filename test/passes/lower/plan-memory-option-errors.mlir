// RUN: braid-opt %s --pass-pipeline="builtin.module(braid-plan-memory{max-tokens=0})" --verify-diagnostics

// A frame for no tokens is of no use.
// expected-error @+1 {{expected max-tokens of at least 1, got 0}}
module {
}
