// SPDX-License-Identifier: Apache-2.0
/// \file
/// What kernels share that have a router in them, alone or behind its linear map.
#pragma once

#include "compiler/targets/cpu/Kernel.h"
#include "compiler/targets/cpu/kernels/Router.h"

namespace braid::cpu {

/// A router in a kernel's body, as its emitters see it.
struct RouterPart {
  Router spec;
  int ids = -1, weights = -1; ///< which results of the kernel they are; -1: nobody reads them
  int bias = -1;              ///< which group of the kernel's weights

  /// Adds the router's weights to those of the kernel.
  RouterPart(graph::RouterOp op, Kernel &kernel);

  /// Of what nobody reads.
  int64_t scratchBytes(int64_t rows) const { return ids < 0 || weights < 0 ? rows * 4 * spec.top : 0; }
  /// The bias, ids and weights of a call; `scratch` for what is not there.
  llvm::SmallVector<mlir::Value> operands(const CallSite &site, mlir::Value scratch) const;
};

} // namespace braid::cpu
