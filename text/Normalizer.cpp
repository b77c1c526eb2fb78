// SPDX-License-Identifier: Apache-2.0
/// \file
/// One small function a normalizer type.
#include "text/Normalizer.h"
#include "text/Regex.h"

#include <memory>

namespace braid::text {
namespace {

constexpr const char *where = "normalizer";

void strip(std::string &text, bool left, bool right) {
  size_t begin = 0, end = text.size();
  while (left && begin < end) {
    size_t at = begin;
    if (!isWhitespace(nextCodepoint(text, at)))
      break;
    begin = at;
  }
  while (right && end > begin) {
    size_t start = end - 1;
    while (start > begin && (text[start] & 0xC0) == 0x80)
      --start;
    size_t at = start;
    if (!isWhitespace(nextCodepoint(text, at)))
      break;
    end = start;
  }
  text = text.substr(begin, end - begin);
}

} // namespace

Result<std::string> componentType(const Json &json, const char *where) {
  if (!json.is_object())
    return invalid(std::string(where) + ": expected an object, got " + json.type_name());
  return stringMember(json, "type", where);
}

Status forEachMember(const Json &json, const char *key, const char *where,
                     const std::function<Status(const Json &)> &add) {
  const Json *members = member(json, key);
  if (!members || !members->is_array())
    return invalid(std::string(where) + ": Sequence: expected an array '" + key + "'");
  for (const Json &element : *members)
    if (Status status = add(element); !status)
      return status;
  return Ok{};
}

Result<std::function<Status(std::string &)>> createReplace(const Json &json, const char *where) {
  auto content = stringMember(json, "content", where);
  if (!content)
    return content.error();
  const Json *pattern = member(json, "pattern");
  if (!pattern)
    return invalid(std::string(where) + ": Replace: 'pattern' is missing");
  if (member(*pattern, "Regex")) {
    auto source = stringMember(*pattern, "Regex", where);
    if (!source)
      return source.error();
    auto regex = Regex::compile(*source);
    if (!regex)
      return regex.error();
    return std::function<Status(std::string &)>([regex = *regex, content = *content](std::string &text) -> Status {
      std::vector<Span> spans;
      if (Status status = regex.split(text, spans); !status)
        return status;
      std::string out;
      for (const Span &span : spans) {
        if (span.match)
          out += content;
        else
          out.append(text, span.begin, span.end - span.begin);
        if (out.size() > Normalizer::maxNormalized)
          return limitExceeded("Replace makes the text larger than 1 GiB");
      }
      text = std::move(out);
      return Ok{};
    });
  }
  auto needle = stringMember(*pattern, "String", where);
  if (!needle)
    return needle.error();
  if (needle->empty())
    return unsupported(std::string(where) + ": Replace with an empty pattern");
  return std::function<Status(std::string &)>([needle = *needle, content = *content](std::string &text) -> Status {
    if (text.find(needle) == std::string::npos)
      return Ok{};
    std::string out;
    size_t at = 0;
    for (size_t hit; (hit = text.find(needle, at)) != std::string::npos; at = hit + needle.size()) {
      out.append(text, at, hit - at);
      out += content;
      if (out.size() > Normalizer::maxNormalized)
        return limitExceeded("Replace makes the text larger than 1 GiB");
    }
    out.append(text, at);
    text = std::move(out);
    return Ok{};
  });
}

Status Normalizer::addSteps(const Json &json, int depth) {
  if (json.is_null())
    return Ok{};
  if (depth > 8 || steps.size() > 64)
    return limitExceeded(std::string(where) + ": too many nested components");
  auto type = componentType(json, where);
  if (!type)
    return type.error();

  static const std::pair<const char *, NormalForm> forms[] = {
      {"NFC", NormalForm::NFC}, {"NFD", NormalForm::NFD}, {"NFKC", NormalForm::NFKC}, {"NFKD", NormalForm::NFKD}};
  for (auto [name, form] : forms)
    if (*type == name) {
      steps.push_back([form = form](std::string &text) -> Status {
        text = normalizeUnicode(text, form);
        return Ok{};
      });
      return Ok{};
    }
  if (*type == "Lowercase") {
    steps.push_back([](std::string &text) -> Status {
      text = lowerUnicode(text);
      return Ok{};
    });
  } else if (*type == "Prepend") {
    auto prefix = stringMember(json, "prepend", where);
    if (!prefix)
      return prefix.error();
    steps.push_back([prefix = *prefix](std::string &text) -> Status {
      if (!text.empty())
        text.insert(0, prefix);
      return Ok{};
    });
  } else if (*type == "Strip") {
    auto left = boolMember(json, "strip_left", true, where);
    auto right = boolMember(json, "strip_right", true, where);
    if (!left || !right)
      return left ? right.error() : left.error();
    steps.push_back([left = *left, right = *right](std::string &text) -> Status {
      strip(text, left, right);
      return Ok{};
    });
  } else if (*type == "Replace") {
    auto replace = createReplace(json, where);
    if (!replace)
      return replace.error();
    steps.push_back(*replace);
  } else if (*type == "Sequence") {
    return forEachMember(json, "normalizers", where, [&](const Json &element) { return addSteps(element, depth + 1); });
  } else {
    return unsupported(std::string(where) + ": type " + inQuotes(*type) + " is not supported");
  }
  return Ok{};
}

Result<Normalizer> Normalizer::create(const Json &json) {
  Normalizer normalizer;
  if (Status status = normalizer.addSteps(json, 0); !status)
    return status.error();
  return normalizer;
}

Status Normalizer::apply(std::string &text) const {
  for (const Step &step : steps)
    if (Status status = step(text); !status)
      return status;
  return Ok{};
}

} // namespace braid::text
