// SPDX-License-Identifier: Apache-2.0
/// \file
/// Bounds of expressions, from what a variant says of its inputs.
#pragma once

#include "passes/derive/Expr.h"

namespace braid::derive {

/// Bounds [first, second] of every number of `id`, by interval arithmetic on what `op` says of its arguments. A bound
/// that is not known is infinite.
std::pair<double, double> boundsOf(const ExprPool &pool, attn::RecurrenceOp op, ExprId id);

} // namespace braid::derive
