// SPDX-License-Identifier: Apache-2.0
/// \file
/// The "normalizer" of tokenizer.json: text to text, before tokens are cut.
#pragma once

#include "text/Json.h"
#include "text/Unicode.h"

#include <functional>
#include <string>
#include <vector>

namespace braid::text {

class Normalizer {
public:
  /// From its JSON (null means none). Unsupported names an unknown type.
  static Result<Normalizer> create(const Json &json);

  /// Normalises valid UTF-8 in place. Limit if the result would be larger than maxNormalized bytes.
  Status apply(std::string &text) const;

  static constexpr size_t maxNormalized = size_t(1) << 30;

private:
  using Step = std::function<Status(std::string &)>;
  Status addSteps(const Json &json, int depth);
  std::vector<Step> steps;
};

/// A "Replace" component, shared by normalizers and decoders: every match of a string or regex becomes `content`.
Result<std::function<Status(std::string &)>> createReplace(const Json &json, const char *where);

/// The "type" of a component. Invalid if it is missing.
Result<std::string> componentType(const Json &json, const char *where);
/// Calls `add` with each component of a Sequence, which has them in the array `key`.
Status forEachMember(const Json &json, const char *key, const char *where,
                     const std::function<Status(const Json &)> &add);

} // namespace braid::text
