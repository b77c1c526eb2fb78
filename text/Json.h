// SPDX-License-Identifier: Apache-2.0
/// \file
/// JSON from strangers: bounded depth, no duplicate keys, order of keys kept, errors instead of exceptions.
#pragma once

#include "text/Result.h"

#include <nlohmann/json.hpp>
#include <string_view>

namespace braid::text {

/// Keeps keys in file order, which chat templates print.
using Json = nlohmann::ordered_json;

inline constexpr size_t maxJsonDepth = 64;

/// Receives parse events for the parts of a document that a caller wants to store itself.
/// Depth 1 is a member of the document's object, and so on.
struct JsonSink {
  virtual ~JsonSink() = default;
  /// Called at each object or array, with the keys that lead to it; true takes all of its contents.
  virtual bool takes(const std::vector<std::string> &path) { return false; }
  /// A member of a taken object (key set), or an element of a taken array (depth 0) or of an array in it (depth 1).
  virtual Status number(const std::string &key, uint64_t value) = 0;
  virtual Status string(std::string &value, int depth) = 0;
  /// A container inside the taken one begins or ends.
  virtual Status nested(bool begins, bool isArray) = 0;
};

/// Parses `text` into a tree; contents taken by `sink` are left out of it. `what` names the document in errors.
Result<Json> parseJson(std::string_view text, const std::string &what, JsonSink *sink = nullptr);

/// A member of an object, or nullptr if there is none or it is null.
const Json *member(const Json &object, const char *key);

/// A member with a fallback where it is absent or null; Invalid if it has another type. `where` names the object.
Result<bool> boolMember(const Json &object, const char *key, bool fallback, const char *where);
Result<std::string> stringMember(const Json &object, const char *key, const char *where);
Result<uint64_t> uintMember(const Json &object, const char *key, uint64_t most, const char *where);

/// Reads a file of at most `most` bytes.
Result<std::string> readFile(const std::string &path, size_t most);

} // namespace braid::text
