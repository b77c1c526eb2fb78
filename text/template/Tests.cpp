// SPDX-License-Identifier: Apache-2.0
/// \file
/// What may stand behind "is".
#include "text/Unicode.h"
#include "text/template/Evaluator.h"

#include <map>

namespace braid::text::jinja {

bool applyTest(const std::string &name, const Value &value, const Arguments &arguments) {
  using Test = bool (*)(const Value &, const Value &);
  static const std::map<std::string, Test> tests = {
      {"defined", [](const Value &v, const Value &) { return !v.is(Type::Undefined); }},
      {"undefined", [](const Value &v, const Value &) { return v.is(Type::Undefined); }},
      {"none", [](const Value &v, const Value &) { return v.is(Type::None); }},
      {"boolean", [](const Value &v, const Value &) { return v.is(Type::Bool); }},
      {"true", [](const Value &v, const Value &) { return v.is(Type::Bool) && v.truthy(); }},
      {"false", [](const Value &v, const Value &) { return v.is(Type::Bool) && !v.truthy(); }},
      {"string", [](const Value &v, const Value &) { return v.is(Type::String); }},
      {"number", [](const Value &v, const Value &) { return v.isNumber(); }},
      {"integer", [](const Value &v, const Value &) { return v.is(Type::Int); }},
      {"float", [](const Value &v, const Value &) { return v.is(Type::Float); }},
      {"mapping", [](const Value &v, const Value &) { return v.is(Type::Dict); }},
      {"sequence",
       [](const Value &v, const Value &) {
         return v.isSequence() || v.is(Type::String) || v.is(Type::Dict) || v.is(Type::Undefined);
       }},
      {"iterable",
       [](const Value &v, const Value &) {
         return v.isSequence() || v.is(Type::String) || v.is(Type::Dict) || v.is(Type::Undefined);
       }},
      {"callable", [](const Value &v, const Value &) { return v.is(Type::Function); }},
      {"odd", [](const Value &v, const Value &) { return v.isNumber() && v.integer() % 2 != 0; }},
      {"even", [](const Value &v, const Value &) { return v.isNumber() && v.integer() % 2 == 0; }},
      {"eq", [](const Value &v, const Value &o) { return v.equals(o); }},
      {"ne", [](const Value &v, const Value &o) { return !v.equals(o); }},
      {"lt", [](const Value &v, const Value &o) { return compareValues(v, o) < 0; }},
      {"le", [](const Value &v, const Value &o) { return compareValues(v, o) <= 0; }},
      {"gt", [](const Value &v, const Value &o) { return compareValues(v, o) > 0; }},
      {"ge", [](const Value &v, const Value &o) { return compareValues(v, o) >= 0; }},
      {"in", [](const Value &v, const Value &o) { return contains(o, v); }},
      {"sameas", [](const Value &v, const Value &o) { return v.type() == o.type() && v.equals(o); }},
      {"divisibleby",
       [](const Value &v, const Value &o) {
         if (!v.is(Type::Int) || !o.is(Type::Int) || o.integer() == 0)
           throw TemplateError{"divisibleby: expected an int and one that is not zero"};
         return o.integer() == -1 || v.integer() % o.integer() == 0;
       }},
      {"lower",
       [](const Value &v, const Value &) { return v.is(Type::String) && lowerUnicode(v.string()) == v.string(); }},
      {"upper",
       [](const Value &v, const Value &) { return v.is(Type::String) && upperUnicode(v.string()) == v.string(); }},
  };
  static const std::map<std::string, const char *> aliases = {{"equalto", "eq"}, {"==", "eq"},          {"!=", "ne"},
                                                              {"<", "lt"},       {"lessthan", "lt"},    {"<=", "le"},
                                                              {">", "gt"},       {"greaterthan", "gt"}, {">=", "ge"}};
  auto alias = aliases.find(name);
  auto test = tests.find(alias == aliases.end() ? name : alias->second);
  if (test == tests.end())
    throw TemplateError{"test " + inQuotes(name) + " is not supported"};
  return test->second(value, arguments.get(0, "other"));
}

} // namespace braid::text::jinja
