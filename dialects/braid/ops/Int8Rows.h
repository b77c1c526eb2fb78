// SPDX-License-Identifier: Apache-2.0
/// \file
/// Rows of int8, as naive meanings see them: f32 numbers that int8 has.
#pragma once

#include "dialects/braid/ops/Naive.h"

namespace braid::graph {

/// Rounds the numbers of rows[plane][row] in place: each kInt8Group of them to multiples of their largest over 127.
void roundToInt8(const Naive &n, mlir::Value rows, mlir::Value plane, mlir::Value row);

} // namespace braid::graph
