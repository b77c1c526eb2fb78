// SPDX-License-Identifier: Apache-2.0
/// \file
/// Speed of row kernels as a share of this machine's ceilings, measured in the same run.
#pragma once

#include "compiler/targets/cpu/KernelBench.h"

namespace braid::cpu {

/// Chains of row-local ops as hybrid models have them, for one token and for many: GB/s of what they read and write,
/// with reading as many bytes, again and again, as the ceiling (of the cache that holds them). Options, errors and
/// `report` are runKernelBench's.
llvm::Error runRowBench(const KernelBenchOptions &options, llvm::function_ref<void(const KernelBenchRow &)> report);

} // namespace braid::cpu
