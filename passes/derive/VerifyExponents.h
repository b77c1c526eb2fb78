// SPDX-License-Identifier: Apache-2.0
/// \file
/// The proof that a function takes exp of nothing positive.
#pragma once

#include "dialects/Precompiled.h"

namespace braid::derive {

/// Proves that every exponent in `function` is at most 0, and that nothing is divided by a product of such
/// exponentials; emits an error for each that can't be proved. Arguments marked `attn.log` count as at most 0. An exp that is marked
/// `attn.own` is a variant's own function rather than a decay, and may be of anything.
///
/// What counts is the sign alone: sums of what is at most 0, selections, slices, loops that keep it. Of a difference of
/// two sums nothing is known, so exponents must be written as sums of the logarithms in between.
mlir::LogicalResult verifyExponents(mlir::func::FuncOp function);

} // namespace braid::derive
