// SPDX-License-Identifier: Apache-2.0
/// \file
/// What this machine can do at most, measured beside a model: reading memory, and arithmetic.
#pragma once

#include "llvm/Support/Error.h"

#include <cstdint>
#include <memory>

namespace braid::tools {

class MachineCeilings {
public:
  /// Compiles the ceiling kernels for this CPU and takes a buffer of `bytes` (at most 1 GiB of them: more is no
  /// slower to read).
  static llvm::Expected<std::unique_ptr<MachineCeilings>> create(int64_t bytes);
  ~MachineCeilings();

  /// Bytes a second of reading the buffer: the best of the passes in some 20 ms.
  double readBandwidth(int threads);
  /// Bytes a second, those read and those written, of multiplying the buffer's numbers in place.
  double updateBandwidth(int threads);
  /// Operations a second (a multiply-add is two) of int8 or bf16 dot products or f32 multiply-adds.
  enum class Arithmetic { F32, Bf16, Int8 };
  double peak(int threads, Arithmetic arithmetic);
  /// Whether this CPU computes with bf16 pairs where `native` code meets bf16 weights.
  static bool hasBf16();

private:
  struct Parts;
  double bandwidth(int threads, bool isUpdate);
  explicit MachineCeilings(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts;
};

} // namespace braid::tools
