// SPDX-License-Identifier: Apache-2.0
/// \file
/// What a recurrence's kernel computes before and after it, recognised.
#pragma once

#include "compiler/targets/cpu/RowTranslator.h"
#include "compiler/targets/cpu/kernels/RecurrenceRows.h"

namespace braid::cpu {

struct RecurrenceAround {
  RecurrenceRows rows;
  RowTranslator before, after; ///< their arguments, states and weights; their programs are those of `rows`

  bool isEmpty() const { return !rows.before && !rows.after; }
};

/// The ops of the function that are not `recur`, whose inputs have so many heads each. Nothing where a head, or a group
/// of heads, can't be computed by itself, where groups are of two sizes, or where the function gives more than one
/// tensor.
std::optional<RecurrenceAround> recogniseAround(mlir::func::FuncOp function, graph::RecurOp recur,
                                                llvm::ArrayRef<int64_t> inputHeads);

} // namespace braid::cpu
