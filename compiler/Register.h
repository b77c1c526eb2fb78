// SPDX-License-Identifier: Apache-2.0
/// \file
/// The one place that lists dialects and passes for tools.
#pragma once

#include "dialects/Precompiled.h"

namespace braid {

/// Every dialect that Braid reads, writes or lowers through, and the interfaces that lowering needs.
void registerAllDialects(mlir::DialectRegistry &registry);

/// Every pass of Braid, and those of MLIR that its pipelines and tests use.
void registerAllPasses();

} // namespace braid
