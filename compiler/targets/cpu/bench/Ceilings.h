// SPDX-License-Identifier: Apache-2.0
/// \file
/// The ceilings as kernels of their own: reading and updating memory, multiply-adds, int8 and bf16 dot products, with nothing else to do.
#pragma once

#include "compiler/targets/cpu/kernels/Contraction.h"

namespace braid::cpu {

/// Emits exported functions:
///   `void ceiling_read(ptr from, i64 bytes, ptr sink)`      reads bytes (a multiple of 1024) once, prefetching 4 KB
///                                                           ahead; ceiling_read_far 8 KB; ceiling_read_plain nothing
///   `void ceiling_update(ptr data, i64 bytes)`              reads and writes bytes (a multiple of 1024): f32 numbers
///                                                           times a constant; ceiling_update_far prefetches 4 KB ahead
///   `void ceiling_fma(i64 rounds, ptr sink)`                kCeilingOps f32 operations a round
///   `void ceiling_dot(i64 rounds, ptr sink)`                kCeilingOps * 4 int8 operations a round
///   `void ceiling_bf16(i64 rounds, ptr sink)`               kCeilingOps * 2 bf16 operations a round, where hasBf16Dot
/// `sink` is 64 bytes that the result goes to.
void emitCeilings(Emit &emit, const Isa &isa);

/// The ceiling of a contraction's arithmetic: its kernel, operations of a round, and how a table names it.
struct Peak {
  llvm::StringRef kernel;
  int64_t operations;
  llvm::StringRef unit, name;
};
Peak peakOf(const Isa &isa, const WeightLayout &layout, ActivationType activations);

/// f32 operations of a round: 24 vectors of 16 lanes, two each.
inline constexpr int64_t kCeilingOps = 24 * 16 * 2;

} // namespace braid::cpu
