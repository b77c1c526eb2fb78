// SPDX-License-Identifier: Apache-2.0
/// \file
/// Carrying a folder's entries to another folder of the same file system without copying a file.
#pragma once

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"

#include <string>

namespace braid {

/// Whether an entry at the top of a folder goes along.
using EntryFilter = llvm::function_ref<bool(llvm::StringRef name)>;

/// Gives `to` hard links to the entries of `from` that `wanted` names; folders are made anew, with what is in them.
/// Names that `to` has already stay. False where an entry can't be linked; then `to` has some of them.
bool linkEntries(const std::string &from, const std::string &to, EntryFilter wanted);

/// Moves entries of `from` that `wanted` names and that `to` does not have, as far as it can.
void moveMissing(const std::string &from, const std::string &to, EntryFilter wanted);

/// Gives the folder `to` the permissions, and where it may the owner, of the folder `from`.
bool takeMode(const std::string &from, const std::string &to);

} // namespace braid
