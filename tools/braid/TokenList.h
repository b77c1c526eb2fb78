// SPDX-License-Identifier: Apache-2.0
/// \file
/// Token ids and piece sizes as the command line gives them.
#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <vector>

namespace braid::tools {

/// "1,2,3", or the path of a JSON file: an array of ids, or an object with one as "tokens". At least one id; whether
/// they are in the vocabulary is for the model to say.
llvm::Expected<std::vector<int32_t>> parseTokens(llvm::StringRef argument);

/// Sizes of the pieces in which `count` tokens are evaluated: "" is one piece, "all1" one token at a time, "1,3,13" as
/// it says. Errors: a piece below 1, a sum other than `count`.
llvm::Expected<std::vector<int64_t>> parseSplit(llvm::StringRef argument, int64_t count);

} // namespace braid::tools
