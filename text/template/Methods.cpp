// SPDX-License-Identifier: Apache-2.0
/// \file
/// Methods of texts, lists and dicts, as Python has them.
#include "text/Unicode.h"
#include "text/template/Evaluator.h"
#include "text/template/Text.h"

#include <map>

namespace braid::text::jinja {
namespace {

std::string textArgument(const Arguments &a, size_t place, const char *name, const char *method) {
  Value value = a.get(place, name);
  if (!value.is(Type::String))
    throw TemplateError{std::string(method) + ": expected a text, got " + value.typeName()};
  return value.string();
}

int64_t countArgument(const Arguments &a, size_t place, const char *name, int64_t fallback) {
  Value value = a.get(place, name);
  return value.is(Type::Int) ? value.integer() : fallback;
}

/// One text or a tuple of them.
bool matchesAny(const Value &candidates, const char *method, const std::function<bool(const std::string &)> &matches) {
  for (const Value &c : candidates.is(Type::Tuple) ? candidates.items() : List{candidates}) {
    if (!c.is(Type::String))
      throw TemplateError{std::string(method) + ": expected a text, got " + c.typeName()};
    if (matches(c.string()))
      return true;
  }
  return false;
}

Value found(const std::string &text, size_t at) {
  return at == std::string::npos ? Value(int64_t(-1)) : Value(characterCount(text.substr(0, at)));
}

Value splitMethod(const std::string &s, const Arguments &a, bool fromRight) {
  Value separator = a.get(0, "sep");
  int64_t most = countArgument(a, 1, "maxsplit", -1);
  if (separator.is(Type::Undefined) || separator.is(Type::None))
    return textList(splitWhitespace(s, most, fromRight));
  std::string sep = textArgument(a, 0, "sep", "split");
  if (sep.empty())
    throw TemplateError{"split: empty separator"};
  return textList(splitText(s, sep, most, fromRight));
}

using Method = Value (*)(Evaluator &, const std::string &, const Arguments &);

template <bool left, bool right> Value strip(Evaluator &, const std::string &s, const Arguments &a) {
  Value chars = a.get(0, "chars");
  return Value(stripText(s, chars.is(Type::String) ? &chars.string() : nullptr, left, right));
}

template <bool (*property)(uint32_t)> Value all(Evaluator &, const std::string &s, const Arguments &) {
  for (size_t at = 0; at < s.size();)
    if (!property(nextCodepoint(s, at)))
      return Value(false);
  return Value(!s.empty());
}

const std::map<std::string, Method> &textMethods() {
  static const std::map<std::string, Method> methods = {
      {"strip", strip<true, true>},
      {"lstrip", strip<true, false>},
      {"rstrip", strip<false, true>},
      {"upper", [](Evaluator &, const std::string &s, const Arguments &) { return Value(upperUnicode(s)); }},
      {"lower", [](Evaluator &, const std::string &s, const Arguments &) { return Value(lowerUnicode(s)); }},
      {"title", [](Evaluator &, const std::string &s, const Arguments &) { return Value(titleText(s)); }},
      {"capitalize", [](Evaluator &, const std::string &s, const Arguments &) { return Value(capitalizeText(s)); }},
      {"split", [](Evaluator &, const std::string &s, const Arguments &a) { return splitMethod(s, a, false); }},
      {"rsplit", [](Evaluator &, const std::string &s, const Arguments &a) { return splitMethod(s, a, true); }},
      {"splitlines", [](Evaluator &, const std::string &s, const Arguments &) { return textList(splitLines(s)); }},
      {"startswith",
       [](Evaluator &, const std::string &s, const Arguments &a) {
         return Value(
             matchesAny(a.get(0, "prefix"), "startswith", [&](const std::string &p) { return s.starts_with(p); }));
       }},
      {"endswith",
       [](Evaluator &, const std::string &s, const Arguments &a) {
         return Value(matchesAny(a.get(0, "suffix"), "endswith", [&](const std::string &p) { return s.ends_with(p); }));
       }},
      {"removeprefix",
       [](Evaluator &, const std::string &s, const Arguments &a) {
         std::string p = textArgument(a, 0, "prefix", "removeprefix");
         return Value(s.starts_with(p) ? s.substr(p.size()) : s);
       }},
      {"removesuffix",
       [](Evaluator &, const std::string &s, const Arguments &a) {
         std::string p = textArgument(a, 0, "suffix", "removesuffix");
         return Value(s.ends_with(p) ? s.substr(0, s.size() - p.size()) : s);
       }},
      {"replace",
       [](Evaluator &e, const std::string &s, const Arguments &a) {
         return Value(replaceText(e, s, textArgument(a, 0, "old", "replace"), textArgument(a, 1, "new", "replace"),
                                  countArgument(a, 2, "count", -1)));
       }},
      {"find", [](Evaluator &, const std::string &s,
                  const Arguments &a) { return found(s, s.find(textArgument(a, 0, "sub", "find"))); }},
      {"rfind", [](Evaluator &, const std::string &s,
                   const Arguments &a) { return found(s, s.rfind(textArgument(a, 0, "sub", "rfind"))); }},
      {"index",
       [](Evaluator &, const std::string &s, const Arguments &a) {
         size_t at = s.find(textArgument(a, 0, "sub", "index"));
         if (at == std::string::npos)
           throw TemplateError{"index: text not found"};
         return found(s, at);
       }},
      {"count",
       [](Evaluator &, const std::string &s, const Arguments &a) {
         std::string sub = textArgument(a, 0, "sub", "count");
         int64_t count = 0;
         for (size_t at = 0; !sub.empty() && (at = s.find(sub, at)) != std::string::npos; at += sub.size())
           ++count;
         return Value(sub.empty() ? characterCount(s) + 1 : count);
       }},
      {"join",
       [](Evaluator &e, const std::string &s, const Arguments &a) {
         std::string out;
         bool first = true;
         for (const Value &item : iterate(a.get(0, "iterable"))) {
           if (!item.is(Type::String))
             throw TemplateError{std::string("join: expected texts, got ") + item.typeName()};
           e.charge(s.size() + item.string().size());
           out += (first ? "" : s) + item.string();
           first = false;
           if (out.size() > Evaluator::maxOutput)
             throw TemplateError{"join: the text is too large"};
         }
         return Value(std::move(out));
       }},
      {"isdigit", all<isNumeric>},
      {"isdecimal", all<isNumeric>},
      {"isnumeric", all<isNumeric>},
      {"isspace", all<isWhitespace>},
      {"isalnum", all<isLetterOrNumber>},
      {"isalpha", all<isLetter>},
      {"isupper", [](Evaluator &, const std::string &s,
                     const Arguments &) { return Value(upperUnicode(s) == s && lowerUnicode(s) != s); }},
      {"islower", [](Evaluator &, const std::string &s,
                     const Arguments &) { return Value(lowerUnicode(s) == s && upperUnicode(s) != s); }},
  };
  return methods;
}

bool callDictMethod(const Value &value, const std::string &name, const Arguments &arguments, Value &result) {
  if (name == "get") {
    Value *there = value.find(arguments.get(0, "key"));
    Value fallback = arguments.get(1, "default");
    result = there ? *there : fallback.is(Type::Undefined) ? Value::none() : fallback;
    return true;
  }
  if (name != "items" && name != "keys" && name != "values")
    return false;
  List out;
  for (const auto &[key, item] : value.entries())
    out.push_back(name == "keys" ? key : name == "values" ? item : Value::list({key, item}, Type::Tuple));
  result = Value::list(std::move(out));
  return true;
}

bool callListMethod(const Value &value, const std::string &name, const Arguments &arguments, Value &result) {
  const List &items = value.items();
  Value wanted = arguments.get(0, "value");
  if (name == "count") {
    int64_t count = 0;
    for (const Value &item : items)
      count += item.equals(wanted);
    result = Value(count);
    return true;
  }
  if (name == "index") {
    for (size_t i = 0; i < items.size(); ++i)
      if (items[i].equals(wanted)) {
        result = Value(int64_t(i));
        return true;
      }
    throw TemplateError{"index: the list does not hold the value"};
  }
  for (const char *changing : {"append", "extend", "insert", "pop", "remove", "clear", "reverse", "sort"})
    if (name == changing)
      throw TemplateError{"list method " + inQuotes(name) + " is not allowed: values cannot be changed"};
  return false;
}

} // namespace

bool callMethod(Evaluator &evaluator, const Value &value, const std::string &name, const Arguments &arguments,
                Value &result) {
  if (value.is(Type::String)) {
    auto method = textMethods().find(name);
    if (method == textMethods().end())
      return false;
    result = method->second(evaluator, value.string(), arguments);
    if (result.is(Type::String))
      evaluator.charge(result.string().size());
    return true;
  }
  if (value.is(Type::Dict))
    return callDictMethod(value, name, arguments, result);
  return value.isSequence() && callListMethod(value, name, arguments, result);
}

} // namespace braid::text::jinja
