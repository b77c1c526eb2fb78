// SPDX-License-Identifier: Apache-2.0
/// \file
/// Speed of the hot kernels as a share of this machine's ceilings, measured in the same run.
#pragma once

#include "compiler/targets/cpu/CodeGen.h"

namespace braid::cpu {

struct KernelBenchOptions {
  std::string isa = "native";
  std::vector<int> threads;   ///< empty: 1 and all that the machine has; 0: all
  int repeats = 9;            ///< of ceiling and kernel in turn; medians are reported
  std::vector<std::string> shapes; ///< instead of the usual ones, as parseBenchShapes reads them
  std::string filter;         ///< only rows whose "kernel shape" contains this text
};

/// `value` and `ceiling` are in `unit`: GB/s of weights read, or 10^9 operations a second (a multiply-add is two).
struct KernelBenchRow {
  std::string kernel, shape;
  int threads;
  double value;
  std::string unit;
  std::string ceilingName; ///< "DRAM read", "L3 read", "f32 FMA", "int8 dot"
  double ceiling;

  /// Of the ceiling; times are the better the shorter.
  double share() const { return unit == "ms" ? ceiling / value : value / ceiling; }
};

/// The level and the thread counts that options ask for. Errors: a level that is unknown or that this machine lacks.
struct BenchTarget {
  Isa isa;
  std::vector<int> threads;
};
llvm::Expected<BenchTarget> benchTarget(const KernelBenchOptions &options);

/// Compiles the kernels and measures them. Pins threads to cores; takes about 1.2 GB of memory and half a minute.
/// Calls `report` with each row as it is done. Errors: an unknown or missing ISA level, a
/// shape that is none, or no code.
llvm::Error runKernelBench(const KernelBenchOptions &options,
                           llvm::function_ref<void(const KernelBenchRow &)> report);

} // namespace braid::cpu
