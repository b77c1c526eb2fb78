// SPDX-License-Identifier: Apache-2.0
/// \file
/// Functions that every template can call.
#include "text/template/Evaluator.h"

#include <ctime>

namespace braid::text::jinja {
namespace {

Value range(Evaluator &e, const Arguments &a) {
  int64_t bounds[3] = {0, 0, 1};
  if (a.values.empty() || a.values.size() > 3)
    throw TemplateError{"range: expected 1 to 3 numbers"};
  for (size_t i = 0; i < a.values.size(); ++i) {
    if (!a.values[i].is(Type::Int))
      throw TemplateError{std::string("range: expected ints, got ") + a.values[i].typeName()};
    bounds[a.values.size() == 1 ? 1 : i] = a.values[i].integer();
  }
  auto [first, last, step] = bounds;
  if (step == 0)
    throw TemplateError{"range: the step is zero"};
  List out;
  for (int64_t i = first; step > 0 ? i < last : i > last;) {
    if (out.size() >= 100000)
      throw TemplateError{"range: more than 100000 numbers"};
    out.emplace_back(i);
    if (__builtin_add_overflow(i, step, &i))
      break;
  }
  e.charge(out.size() * sizeof(Value));
  return Value::list(std::move(out));
}

Value makeDict(const Arguments &a, Type type) {
  Dict members;
  if (!a.values.empty() && a.values[0].isMapping())
    members = a.values[0].entries();
  for (const auto &[name, value] : a.named)
    members.emplace_back(Value(name), value);
  return Value::dict(std::move(members), type);
}

Value strftimeNow(Evaluator &e, const Arguments &a) {
  Value format = a.get(0, "format");
  if (!format.is(Type::String) || format.string().size() > 1000)
    throw TemplateError{"strftime_now: expected a format"};
  std::time_t now = e.now();
  std::tm parts{};
  localtime_r(&now, &parts);
  std::vector<char> buffer(16384);
  size_t size = std::strftime(buffer.data(), buffer.size(), format.string().c_str(), &parts);
  return Value(std::string(buffer.data(), size));
}

} // namespace

void addGlobals(std::vector<std::pair<std::string, Value>> &scope) {
  scope.emplace_back("range", Value::function(range));
  scope.emplace_back("dict", Value::function([](Evaluator &, const Arguments &a) { return makeDict(a, Type::Dict); }));
  scope.emplace_back("namespace",
                     Value::function([](Evaluator &, const Arguments &a) { return makeDict(a, Type::Namespace); }));
  scope.emplace_back("strftime_now", Value::function(strftimeNow));
  scope.emplace_back("raise_exception", Value::function([](Evaluator &, const Arguments &a) -> Value {
                       throw TemplateError{a.get(0, "message").str()};
                     }));
}

} // namespace braid::text::jinja
