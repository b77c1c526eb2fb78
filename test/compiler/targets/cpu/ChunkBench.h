// SPDX-License-Identifier: Apache-2.0
/// \file
/// Times of chunkwise forms.
#pragma once

#include "compiler/targets/cpu/CodeGen.h"

/// Prints what a token and head takes in the chunkwise form of some variants, on one thread, in chunks of 64 of 512
/// tokens: with bringing tokens into the frame and taking them out. Returns the exit status.
int benchChunks(const braid::cpu::Isa &isa, llvm::ArrayRef<std::pair<const char *, int64_t>> variants);
