// SPDX-License-Identifier: Apache-2.0
/// \file
/// Speed of the attention kernel as a share of this machine's ceilings, measured in the same run.
#pragma once

#include "compiler/targets/cpu/KernelBench.h"

namespace braid::cpu {

/// Causal prefill in 10^9 operations a second of the causal half, against f32 multiply-adds; and decode in GB/s of
/// cache read: once with a single cache again and again (it may sit in the last-level cache), once with a store of over
/// 1 GB of caches in turn, as the layers of a model take them. Decode's ceiling is reading that memory, or the f32
/// multiply-adds that its bytes need where those take longer. Options, errors and `report` are runKernelBench's.
llvm::Error runAttentionBench(const KernelBenchOptions &options,
                              llvm::function_ref<void(const KernelBenchRow &)> report);

} // namespace braid::cpu
