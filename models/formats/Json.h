// SPDX-License-Identifier: Apache-2.0
/// \file JSON files that strangers wrote: bounded in size and depth, no duplicate keys, errors with line and column.
#pragma once

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <cstddef>
#include <nlohmann/json.hpp>

namespace braid::formats {

using Json = nlohmann::ordered_json;

/// The largest nesting that parseJson takes.
constexpr size_t maxJsonDepth = 64;

/// Parses the file at \p path, which may have at most \p maxBytes bytes. Errors read `file:line:column: what`.
llvm::Expected<Json> parseJson(llvm::StringRef path, size_t maxBytes);

/// The same for text in memory; \p file is the name used in messages.
llvm::Expected<Json> parseJsonText(llvm::StringRef file, llvm::StringRef text, size_t maxBytes);

/// Adds a member whose key is known to be new, without the search through all others that `object[key]` does.
void appendMember(Json &object, std::string key, Json value);

/// A value as a message shows it: one line, cut when long.
std::string shortText(const Json &value);

} // namespace braid::formats
