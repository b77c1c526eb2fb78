// SPDX-License-Identifier: Apache-2.0
/// \file
/// Taking an expression apart into what is affine in the reads.
#pragma once

#include "passes/derive/Normal.h"

namespace braid::derive {

/// `id` as an affine function of the reads, or nothing; then `culprit` is the expression that is none.
std::optional<Affine> takeApart(ExprPool &pool, ExprId id, ExprId &culprit);

} // namespace braid::derive
