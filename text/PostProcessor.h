// SPDX-License-Identifier: Apache-2.0
/// \file
/// The "post_processor" of tokenizer.json, for one sequence: which special tokens stand around it.
#pragma once

#include "text/Json.h"

#include <cstdint>
#include <vector>

namespace braid::text {

class PostProcessor {
public:
  /// From its JSON (null means none). Unsupported names an unknown type.
  static Result<PostProcessor> create(const Json &json);

  /// Puts the special tokens before and behind `ids`.
  void apply(std::vector<uint32_t> &ids) const;

private:
  Status add(const Json &json, int depth);
  Status addTemplate(const Json &json);
  Status addPair(const Json &json);
  std::vector<uint32_t> before, behind;
};

} // namespace braid::text
