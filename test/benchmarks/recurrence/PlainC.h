// SPDX-License-Identifier: Apache-2.0
/// \file
/// Recurrent steps as plain C, as a person would write them: arrays and loops.
#pragma once

#include "passes/derive/Normal.h"

namespace braid {

/// Prints `void scan(int tokens, int heads, const float *const *in, float *const *state, float *out)` for K and V given
/// by -DK and -DV: arguments and output as recurrence kernels have them, each state [heads][K][V], all heads of an
/// argument given. One loop for each op of the step, in place; or, from the normal form, one pass over a state that
/// reads and one that updates.
void printPlainC(attn::RecurrenceOp op, llvm::raw_ostream &stream);
void printPlainC(const derive::NormalForm &form, llvm::raw_ostream &stream);

} // namespace braid
