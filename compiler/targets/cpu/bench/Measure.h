// SPDX-License-Identifier: Apache-2.0
/// \file
/// What the kernel benchmarks share: time, medians, memory to read from, compiled kernels, and the ceilings.
#pragma once

#include "compiler/targets/cpu/Jit.h"
#include "compiler/targets/cpu/bench/BenchPool.h"

namespace braid::cpu {

/// Seconds of a clock that only goes forward.
double seconds();

/// The middle value, the upper one of two. `values` must not be empty.
double median(std::vector<double> values);

/// In [-1, 1), the same each time.
std::vector<float> randomNumbers(int64_t count);

inline constexpr int64_t kStoreBytes = int64_t(1100) << 20; ///< far beyond any last-level cache

/// Memory that asks for huge pages, each byte of it `fill`. `data` is null where there is no memory.
struct Store {
  uint8_t *data = nullptr;
  int64_t bytes;
  explicit Store(int64_t bytes, uint8_t fill = 1);
  ~Store();
  Store(const Store &) = delete;
  Store &operator=(const Store &) = delete;
};

/// Code of what `body` emits and of the ceilings, ready to be called. Errors: no code for the level.
llvm::Expected<std::unique_ptr<Jit>> compileForBench(const Isa &isa, llvm::function_ref<void(Emit &)> body);

/// GB/s of reading `bytes` `times` times by the ceiling kernel `way`, in pieces (of a multiple of 1024 bytes) that the
/// pool's threads take in turn.
double readRate(Jit &jit, BenchPool &pool, llvm::StringRef way, const uint8_t *from, int64_t bytes, int64_t piece,
                int64_t times);

/// The same for each way to read, as which one is fastest differs from machine to machine.
std::vector<double> readRates(Jit &jit, BenchPool &pool, const uint8_t *from, int64_t bytes, int64_t piece,
                              int64_t times = 1);

/// What a kernel and its ceilings gave in turn: medians.
struct Turns {
  double kernel = 0;
  std::vector<double> ceilings; ///< one for each that was measured
  /// The greatest, as that of the fastest way to read.
  double ceiling() const { return *llvm::max_element(ceilings); }
};

/// Measures the ceilings (each time as many of them) and the kernel `repeats` times in turn, after the kernel once for
/// nothing: a machine that slows down slows down both.
Turns measureInTurn(int repeats, llvm::function_ref<std::vector<double>()> ceilings,
                    llvm::function_ref<double()> kernel);

/// 10^9 operations a second of a peak kernel that does `operations` a round, on all threads of the pool.
double peakRate(Jit &jit, BenchPool &pool, llvm::StringRef kernel, double operations);

} // namespace braid::cpu
