// SPDX-License-Identifier: Apache-2.0
/// \file
/// What the analysis of a step says of it. docs/variants.md explains each; a test compares both lists.
#pragma once

#include "llvm/ADT/StringRef.h"

namespace braid::derive::remarks {

using Text = llvm::StringLiteral;

/// Of steps that have no normal form. {0} and {1} name what is meant.
inline constexpr Text kStateMap = "'attn.map {0}' of the state breaks affinity; the step runs in its step form";
inline constexpr Text kStateOperand =
    "the {0} of '{1}' depends on the state, which breaks affinity; the step runs in its step form";
inline constexpr Text kMixedColumns =
    "'attn.dot' of values that depend on the state mixes its columns; the step runs in its step form";
inline constexpr Text kSwapped = "states that change places are not kept apart; the step runs in its step form";
inline constexpr Text kUnknown =
    "no meaning in the normal form is known for '{0}'; the step runs in its step form";

/// Of steps whose columns are independent.
inline constexpr Text kReadMap =
    "'attn.map {0}' of the state breaks affinity; step and scan are derived, chunk and combine are not";
inline constexpr Text kReadDot =
    "'attn.dot' of the state breaks affinity; step and scan are derived, chunk and combine are not";
inline constexpr Text kReadProduct = "'attn.{0}' of two factors that depend on the state breaks affinity; step and "
                                     "scan are derived, chunk and combine are not";
inline constexpr Text kColumnWeights = "what is read is weighted by value channels, so columns differ in their "
                                       "transition; step and scan are derived, chunk and combine are not";
inline constexpr Text kColumnDecay = "the state decays by value channels, so columns differ in their transition; step "
                                     "and scan are derived, chunk and combine are not";
inline constexpr Text kUnknownDecay = "the decay of {0} is not known to be at most 0: mark its gate 'log'";

} // namespace braid::derive::remarks
