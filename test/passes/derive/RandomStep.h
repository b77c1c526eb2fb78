// SPDX-License-Identifier: Apache-2.0
/// \file
/// Random steps that are affine in their state.
#pragma once

#include "dialects/attn/Attn.h"

/// A module with one attn.recurrence @random of at most `ops` random operations. The same seed with fewer operations
/// gives a prefix of the same step, so that a failure can be cut short.
mlir::OwningOpRef<mlir::ModuleOp> makeRandomStep(mlir::MLIRContext &context, uint64_t seed, int ops);
