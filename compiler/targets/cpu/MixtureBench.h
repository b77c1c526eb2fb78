// SPDX-License-Identifier: Apache-2.0
/// \file
/// Speed of mixtures of experts and of attention over latents.
#pragma once

#include "compiler/targets/cpu/KernelBench.h"

namespace braid::cpu {

/// As runKernelBench: chosen experts read from memory at one token, grouped experts at 512, latent attention behind a
/// long context and over a prompt.
llvm::Error runMixtureBench(const KernelBenchOptions &options,
                            llvm::function_ref<void(const KernelBenchRow &)> report);

} // namespace braid::cpu
