// SPDX-License-Identifier: Apache-2.0
/// \file
/// Python's operations on texts, shared by filters and methods.
#pragma once

#include "text/template/Evaluator.h"

namespace braid::text::jinja {

using Texts = std::vector<std::string>;

Value textList(Texts texts);
/// Without white space, or the given characters, at its ends.
std::string stripText(const std::string &s, const std::string *chars, bool left, bool right);
/// At most `most` cuts (below 0: all), counted from the right if asked.
Texts splitText(const std::string &s, const std::string &separator, int64_t most, bool fromRight);
Texts splitWhitespace(const std::string &s, int64_t most, bool fromRight);
Texts splitLines(const std::string &s);
std::string replaceText(Evaluator &evaluator, const std::string &s, const std::string &from, const std::string &to,
                        int64_t most);
/// The first letter of each word large, the others small.
std::string titleText(const std::string &s);
std::string capitalizeText(const std::string &s);

} // namespace braid::text::jinja
