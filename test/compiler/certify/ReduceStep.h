// SPDX-License-Identifier: Apache-2.0
/// \file
/// Making a failing step small.
#pragma once

#include "dialects/attn/Attn.h"

/// Drops operations of the one recurrence of `module`, putting something of the same type in their place, as long as
/// `fails` stays true of what is left. Gives the smallest module that was found.
mlir::OwningOpRef<mlir::ModuleOp> reduceStep(mlir::ModuleOp module,
                                             llvm::function_ref<bool(braid::attn::RecurrenceOp)> fails);
