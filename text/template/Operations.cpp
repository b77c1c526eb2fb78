// SPDX-License-Identifier: Apache-2.0
/// \file
/// What filters, tests, methods and operators share.
#include "text/Unicode.h"
#include "text/template/Evaluator.h"

namespace braid::text::jinja {

std::vector<std::string> characters(const std::string &text) {
  std::vector<std::string> out;
  for (size_t at = 0; at < text.size();) {
    size_t begin = at;
    nextCodepoint(text, at);
    out.push_back(text.substr(begin, at - begin));
  }
  return out;
}

int64_t characterCount(const std::string &text) {
  int64_t count = 0;
  for (char c : text)
    count += (c & 0xC0) != 0x80;
  return count;
}

List iterate(const Value &value) {
  if (value.is(Type::Undefined))
    return {};
  if (value.isSequence())
    return value.items();
  List out;
  if (value.is(Type::Dict)) {
    for (const auto &[key, item] : value.entries())
      out.push_back(key);
    return out;
  }
  if (value.is(Type::String)) {
    for (std::string &letter : characters(value.string()))
      out.emplace_back(std::move(letter));
    return out;
  }
  throw TemplateError{std::string("cannot iterate over a value of type ") + value.typeName()};
}

int compareValues(const Value &left, const Value &right) {
  if (left.isNumber() && right.isNumber()) {
    if (!left.is(Type::Float) && !right.is(Type::Float))
      return left.integer() < right.integer() ? -1 : left.integer() > right.integer();
    return left.floating() < right.floating() ? -1 : left.floating() > right.floating();
  }
  if (left.is(Type::String) && right.is(Type::String))
    return left.string().compare(right.string()); // UTF-8 sorts as its code points
  if (left.isSequence() && left.type() == right.type()) {
    const List &a = left.items(), &b = right.items();
    for (size_t i = 0; i < a.size() && i < b.size(); ++i)
      if (!a[i].equals(b[i]))
        return compareValues(a[i], b[i]);
    return a.size() < b.size() ? -1 : a.size() > b.size();
  }
  throw TemplateError{std::string("cannot order ") + left.typeName() + " and " + right.typeName()};
}

bool contains(const Value &haystack, const Value &needle) {
  if (haystack.is(Type::String)) {
    if (!needle.is(Type::String))
      throw TemplateError{std::string("'in' a text: expected a text, got ") + needle.typeName()};
    return haystack.string().find(needle.string()) != std::string::npos;
  }
  if (haystack.is(Type::Dict))
    return haystack.find(needle) != nullptr;
  for (const Value &item : iterate(haystack))
    if (item.equals(needle))
      return true;
  return false;
}

} // namespace braid::text::jinja
