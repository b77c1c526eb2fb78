// SPDX-License-Identifier: Apache-2.0
/// \file
/// Oniguruma patterns to PCRE2 patterns.
#include "text/Regex.h"

#include <cstring>

namespace braid::text {
namespace {

struct Addition {
  const char *category;
  const char *members;
};
const Addition additions[] = {
#include "text/UnicodeAdditions.inc"
};

const char *membersOf(std::string_view category) {
  for (const Addition &addition : additions)
    if (category == addition.category)
      return addition.members;
  return nullptr;
}

// PCRE2's \s also takes U+180E, which lost that property in Unicode 6.3.
const char *const space = R"(\x09-\x0D\x20\x85\xA0\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000})";
const char *const notSpace = R"(\x00-\x08\x0E-\x1F\x21-\x84\x86-\x9F\xA1-\x{167F}\x{1681}-\x{1FFF}\x{200B}-\x{2027})"
                             R"(\x{202A}-\x{202E}\x{2030}-\x{205E}\x{2060}-\x{2FFF}\x{3001}-\x{10FFFF})";
const char *const word = R"(\p{Alphabetic}\p{M}\p{Nd}\p{Pc})";

/// Translates the escape at pattern[at] == '\\'; moves `at` behind it.
std::string translateEscape(std::string_view pattern, size_t &at, bool inClass) {
  auto set = [&](const std::string &members, bool negated = false) {
    return inClass ? members : (negated ? "[^" : "[") + members + "]";
  };
  char kind = at + 1 < pattern.size() ? pattern[at + 1] : 0;
  size_t start = at;
  at += kind ? 2 : 1;
  switch (kind) {
  case 's':
    return set(space);
  case 'S':
    return set(notSpace);
  case 'd':
    return set(std::string(R"(\p{Nd})") + membersOf("Nd"));
  case 'w':
    return set(std::string(word) + membersOf("L") + membersOf("M"));
  case 'W':
    return inClass ? R"(\W)" : set(word, true);
  case 'h':
    return set("0-9a-fA-F");
  case 'p':
  case 'P': {
    if (at >= pattern.size() || pattern[at] != '{')
      break;
    size_t close = pattern.find('}', at);
    if (close == std::string_view::npos)
      break;
    std::string_view name = pattern.substr(at + 1, close - at - 1);
    at = close + 1;
    std::string whole(pattern.substr(start, at - start));
    const char *members = membersOf(name);
    if (name == "Han") // PCRE2 takes characters that are also used with the script, as U+3002 is, for its own
      return set(R"(\p{sc:Han}\x{2EBF0}-\x{2EE5D}\x{31350}-\x{323AF})", kind == 'P');
    if (!members || (kind == 'P' && inClass))
      return whole;
    return set(R"(\p{)" + std::string(name) + "}" + members, kind == 'P');
  }
  default:
    break;
  }
  return std::string(pattern.substr(start, at - start));
}

} // namespace

std::string translatePattern(std::string_view pattern) {
  std::string out;
  bool inClass = false;
  for (size_t at = 0; at < pattern.size();) {
    char c = pattern[at];
    if (c == '\\') {
      out += translateEscape(pattern, at, inClass);
      continue;
    }
    ++at;
    out += c;
    if (c == '[' && !inClass) {
      inClass = true;
      if (at < pattern.size() && pattern[at] == '^')
        out += pattern[at++];
      if (at < pattern.size() && pattern[at] == ']')
        out += pattern[at++];
    } else if (c == '[' && pattern.substr(at, 1) == ":") {
      // A POSIX class such as [:alpha:] goes through as it is.
      size_t close = pattern.find(":]", at);
      if (close == std::string_view::npos)
        continue;
      out += pattern.substr(at, close + 2 - at);
      at = close + 2;
    } else if (c == ']') {
      inClass = false;
    }
  }
  return out;
}

} // namespace braid::text
