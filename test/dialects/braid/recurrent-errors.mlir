// RUN: braid-opt %s --verify-diagnostics --split-input-file

// expected-error @+1 {{expected states of f32 or bf16, got int8}}
func.func private @states_of_codes(!braid.recurrent<heads = 2, key = 8, value = 8, matrices = 1, columns = 0, int8>)

// -----

// expected-error @+1 {{expected states of f32 or bf16, got f16}}
func.func private @states_of_half(!braid.recurrent<heads = 2, key = 8, value = 8, matrices = 1, columns = 0, f16>)

// -----

// expected-error @+1 {{expected positive heads, key and value and at least one matrix or column, got 2, 8, 8, 0 and 0}}
func.func private @states_of_nothing(!braid.recurrent<heads = 2, key = 8, value = 8, matrices = 0, columns = 0, bf16>)
