// SPDX-License-Identifier: Apache-2.0
/// \file
/// What the commands share: reading options, reporting errors.
#pragma once

#include "text/Result.h"

#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Error.h"

#include <string>

namespace braid::tools {

/// Reads the options of a command. Those outside its categories are hidden from --help; they work, and --help-hidden
/// shows them. False if they do not parse: the reason is printed, and the exit code is 2.
bool parseOptions(int argc, char **argv, llvm::StringRef overview,
                  llvm::ArrayRef<const llvm::cl::OptionCategory *> categories);
inline bool parseOptions(int argc, char **argv, llvm::StringRef overview, const llvm::cl::OptionCategory &category) {
  return parseOptions(argc, argv, overview, {&category});
}

/// Prints `braid: error: ...` and gives exit code 1.
int fail(llvm::Error error);

/// The same for options that do not fit together: exit code 2.
int usage(const llvm::Twine &what);

llvm::Error makeError(const llvm::Twine &what);
llvm::Error makeError(const text::Error &error);

/// "64.2 MiB", in the units of 1,024 that llama-bench uses.
std::string binarySize(double bytes);
/// "134.52 M", "8.03 B".
std::string parameterCount(double count);
/// "1,234,567".
std::string grouped(int64_t number);

} // namespace braid::tools
