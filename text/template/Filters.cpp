// SPDX-License-Identifier: Apache-2.0
/// \file
/// What may stand behind "|".
#include "text/Unicode.h"
#include "text/template/Evaluator.h"
#include "text/template/Text.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>

namespace braid::text::jinja {
namespace {

using Filter = Value (*)(Evaluator &, const Value &, const Arguments &);

[[noreturn]] void fail(const std::string &message) { throw TemplateError{message}; }

/// A member by a path such as "a.b", or an element by number.
Value member(const Value &value, const Value &path) {
  if (path.is(Type::Int)) {
    int64_t i = path.integer();
    return value.isSequence() && i >= 0 && i < int64_t(value.items().size()) ? value.items()[size_t(i)] : Value();
  }
  Value at = value;
  for (const std::string &name : splitText(path.str(), ".", -1, false)) {
    Value *found = at.isMapping() ? at.find(Value(name)) : nullptr;
    if (!found)
      return Value();
    at = Value(*found);
  }
  return at;
}

std::string joined(Evaluator &e, const Value &v, const Arguments &a) {
  std::string separator = a.get(0, "d").str(), out;
  Value attribute = a.get(1, "attribute");
  bool first = true;
  for (const Value &item : iterate(v)) {
    out += (first ? "" : separator) + (attribute.is(Type::Undefined) ? item : member(item, attribute)).str();
    first = false;
    if (out.size() > Evaluator::maxOutput)
      e.charge(out.size());
  }
  e.charge(out.size());
  return out;
}

/// select, reject, selectattr, rejectattr.
template <bool attributes, bool keep> Value choose(Evaluator &, const Value &v, const Arguments &a) {
  size_t skip = attributes ? 1 : 0;
  if (attributes && a.values.empty())
    fail("selectattr: the name of an attribute is missing");
  Arguments rest;
  if (a.values.size() > skip + 1)
    rest.values.assign(a.values.begin() + skip + 1, a.values.end());
  List out;
  for (const Value &item : iterate(v)) {
    Value subject = attributes ? member(item, a.values[0]) : item;
    bool holds = a.values.size() > skip ? applyTest(a.values[skip].str(), subject, rest) : subject.truthy();
    if (holds == keep)
      out.push_back(item);
  }
  return Value::list(std::move(out));
}

Value mapFilter(Evaluator &e, const Value &v, const Arguments &a) {
  Value attribute = a.get(SIZE_MAX, "attribute");
  List out;
  if (attribute.is(Type::Undefined) && a.values.empty())
    fail("map: expected a filter or an attribute");
  Arguments rest;
  if (attribute.is(Type::Undefined))
    rest.values.assign(a.values.begin() + 1, a.values.end());
  Value fallback = a.get(SIZE_MAX, "default");
  for (const Value &item : iterate(v)) {
    if (attribute.is(Type::Undefined)) {
      out.push_back(applyFilter(e, a.values[0].str(), item, rest));
    } else {
      Value found = member(item, attribute);
      out.push_back(found.is(Type::Undefined) ? fallback : found);
    }
  }
  return Value::list(std::move(out));
}

Value tojson(Evaluator &e, const Value &v, const Arguments &a) {
  Value ascii = a.get(0, "ensure_ascii"), indent = a.get(SIZE_MAX, "indent"), sort = a.get(SIZE_MAX, "sort_keys");
  Value separators = a.get(SIZE_MAX, "separators");
  int width = -1;
  // The filter's own first argument differs between engines; a number there is the indentation.
  if (ascii.is(Type::Int))
    indent = ascii;
  if (indent.is(Type::Int))
    width = int(std::clamp<int64_t>(indent.integer(), 0, 64));
  std::string items = width >= 0 ? "," : ", ", keys = ": ";
  if (separators.isSequence() && separators.items().size() == 2) {
    items = separators.items()[0].str();
    keys = separators.items()[1].str();
  }
  std::string out = toJson(v, width, items, keys, sort.truthy());
  e.charge(out.size());
  return Value(std::move(out));
}

Value toInteger(Evaluator &, const Value &v, const Arguments &a) {
  Value fallback = a.get(0, "default");
  if (v.is(Type::Float) && std::fabs(v.floating()) < 9e18)
    return Value(int64_t(v.floating()));
  if (v.is(Type::Int) || v.is(Type::Bool))
    return Value(v.integer());
  if (v.is(Type::String)) {
    std::string s = stripText(v.string(), nullptr, true, true);
    const char *begin = s.data() + (s.starts_with('+') ? 1 : 0), *end = s.data() + s.size();
    int64_t n = 0;
    double d = 0;
    if (auto r = std::from_chars(begin, end, n); r.ec == std::errc() && r.ptr == end)
      return Value(n);
    if (auto r = std::from_chars(begin, end, d); r.ec == std::errc() && r.ptr == end && std::fabs(d) < 9e18)
      return Value(int64_t(d));
  }
  return fallback.is(Type::Undefined) ? Value(int64_t(0)) : fallback;
}

Value toFloat(Evaluator &, const Value &v, const Arguments &a) {
  Value fallback = a.get(0, "default");
  if (v.isNumber())
    return Value(v.floating());
  if (v.is(Type::String)) {
    std::string s = stripText(v.string(), nullptr, true, true);
    double d = 0;
    if (auto r = std::from_chars(s.data(), s.data() + s.size(), d); r.ec == std::errc() && r.ptr == s.data() + s.size())
      return Value(d);
  }
  return fallback.is(Type::Undefined) ? Value(0.0) : fallback;
}

Value sorted(Evaluator &, const Value &v, const Arguments &a) {
  List items = iterate(v);
  bool reverse = a.get(0, "reverse").truthy(), exact = a.get(1, "case_sensitive").truthy();
  Value attribute = a.get(2, "attribute");
  auto key = [&](const Value &item) {
    Value k = attribute.is(Type::Undefined) ? item : member(item, attribute);
    return !exact && k.is(Type::String) ? Value(lowerUnicode(k.string())) : k;
  };
  // A merge sort of our own would be needed for stability without a buffer; insertion by binary search is enough here.
  List out;
  for (const Value &item : items) {
    Value k = key(item);
    auto place = std::upper_bound(out.begin(), out.end(), k, [&](const Value &x, const Value &y) {
      int order = compareValues(x, key(y));
      return reverse ? order > 0 : order < 0;
    });
    out.insert(place, item);
    if (out.size() > 10000)
      fail("sort: more than 10000 values");
  }
  return Value::list(std::move(out));
}

Value indentFilter(Evaluator &e, const Value &v, const Arguments &a) {
  Value width = a.get(0, "width");
  bool first = a.get(1, "first").truthy(), blank = a.get(2, "blank").truthy();
  std::string pad =
      width.is(Type::String)
          ? width.string()
          : std::string(width.is(Type::Int) ? size_t(std::clamp<int64_t>(width.integer(), 0, 256)) : 4, ' ');
  std::string out = first ? pad : "";
  Texts lines = splitLines(v.str() + "\n");
  for (size_t i = 0; i < lines.size(); ++i) {
    out += (i ? "\n" + (blank || !lines[i].empty() ? pad : "") : "") + lines[i];
    if (out.size() > Evaluator::maxOutput)
      e.charge(out.size());
  }
  return Value(std::move(out));
}

Value dictsort(Evaluator &, const Value &v, const Arguments &a) {
  if (!v.is(Type::Dict))
    fail(std::string("dictsort: expected a dict, got ") + v.typeName());
  bool exact = a.get(0, "case_sensitive").truthy(), reverse = a.get(2, "reverse").truthy();
  size_t by = a.get(1, "by").str() == "value";
  List pairs;
  for (const auto &[key, value] : v.entries())
    pairs.push_back(Value::list({key, value}, Type::Tuple));
  std::sort(pairs.begin(), pairs.end(), [&](const Value &x, const Value &y) {
    Value left = x.items()[by], right = y.items()[by];
    if (!exact && left.is(Type::String) && right.is(Type::String)) {
      left = Value(lowerUnicode(left.string()));
      right = Value(lowerUnicode(right.string()));
    }
    int order = compareValues(left, right);
    return reverse ? order > 0 : order < 0;
  });
  return Value::list(std::move(pairs));
}

Value length(Evaluator &, const Value &v, const Arguments &) {
  if (v.is(Type::String))
    return Value(characterCount(v.string()));
  if (v.isMapping())
    return Value(int64_t(v.entries().size()));
  return Value(int64_t(iterate(v).size()));
}

Value escapeHtml(Evaluator &, const Value &v, const Arguments &) {
  std::string out;
  for (char c : v.str())
    out += c == '&'    ? "&amp;"
           : c == '<'  ? "&lt;"
           : c == '>'  ? "&gt;"
           : c == '"'  ? "&#34;"
           : c == '\'' ? "&#39;"
                       : std::string(1, c);
  return Value(std::move(out));
}

Value itemsFilter(Evaluator &, const Value &v, const Arguments &) {
  List out;
  if (v.is(Type::Undefined))
    return Value::list({});
  if (!v.is(Type::Dict))
    fail(std::string("items: expected a dict, got ") + v.typeName());
  for (const auto &[key, value] : v.entries())
    out.push_back(Value::list({key, value}, Type::Tuple));
  return Value::list(std::move(out));
}

template <bool largest> Value extreme(Evaluator &, const Value &v, const Arguments &) {
  List items = iterate(v);
  if (items.empty())
    return Value();
  Value best = items[0];
  for (const Value &item : items)
    if (int order = compareValues(item, best); largest ? order > 0 : order < 0)
      best = item;
  return best;
}

Value sum(Evaluator &, const Value &v, const Arguments &) {
  double real = 0;
  int64_t whole = 0;
  bool isReal = false;
  for (const Value &item : iterate(v)) {
    if (!item.isNumber())
      fail(std::string("sum: expected numbers, got ") + item.typeName());
    isReal |= item.is(Type::Float);
    real += item.floating();
    if (!item.is(Type::Float) && __builtin_add_overflow(whole, item.integer(), &whole))
      fail("sum: integer overflow");
  }
  return isReal ? Value(real) : Value(whole);
}

Value unique(Evaluator &, const Value &v, const Arguments &) {
  List out;
  for (const Value &item : iterate(v)) {
    bool known = std::any_of(out.begin(), out.end(), [&](const Value &o) {
      return o.is(Type::String) && item.is(Type::String) ? lowerUnicode(o.string()) == lowerUnicode(item.string())
                                                         : o.equals(item);
    });
    if (!known)
      out.push_back(item);
    if (out.size() > 2000)
      fail("unique: more than 2000 values");
  }
  return Value::list(std::move(out));
}

Value reverse(Evaluator &, const Value &v, const Arguments &) {
  List items = iterate(v);
  std::reverse(items.begin(), items.end());
  if (!v.is(Type::String))
    return Value::list(std::move(items));
  std::string out;
  for (const Value &item : items)
    out += item.string();
  return Value(std::move(out));
}

Value roundFilter(Evaluator &, const Value &v, const Arguments &a) {
  Value precision = a.get(0, "precision"), method = a.get(1, "method");
  if (!v.isNumber())
    fail(std::string("round: expected a number, got ") + v.typeName());
  double scale = std::pow(10.0, precision.is(Type::Int) ? double(precision.integer()) : 0.0);
  double x = v.floating() * scale;
  x = method.str() == "ceil" ? std::ceil(x) : method.str() == "floor" ? std::floor(x) : std::nearbyint(x);
  return Value(x / scale);
}

Value absolute(Evaluator &, const Value &v, const Arguments &) {
  if (!v.isNumber())
    fail(std::string("abs: expected a number, got ") + v.typeName());
  if (v.is(Type::Float))
    return Value(std::fabs(v.floating()));
  return Value(v.integer() < 0 ? int64_t(0 - uint64_t(v.integer())) : v.integer());
}

Value defaultFilter(Evaluator &, const Value &v, const Arguments &a) {
  bool missing = v.is(Type::Undefined) || (a.get(1, "boolean").truthy() && !v.truthy());
  Value fallback = a.get(0, "default_value");
  return !missing ? v : fallback.is(Type::Undefined) ? Value("") : fallback;
}

const std::map<std::string, Filter> &filters() {
  static const std::map<std::string, Filter> table = {
      {"trim",
       [](Evaluator &, const Value &v, const Arguments &a) {
         Value chars = a.get(0, "chars");
         return Value(stripText(v.str(), chars.is(Type::String) ? &chars.string() : nullptr, true, true));
       }},
      {"length", length},
      {"count", length},
      {"tojson", tojson},
      {"default", defaultFilter},
      {"d", defaultFilter},
      {"join", [](Evaluator &e, const Value &v, const Arguments &a) { return Value(joined(e, v, a)); }},
      {"first",
       [](Evaluator &, const Value &v, const Arguments &) {
         List items = iterate(v);
         return items.empty() ? Value() : items.front();
       }},
      {"last",
       [](Evaluator &, const Value &v, const Arguments &) {
         List items = iterate(v);
         return items.empty() ? Value() : items.back();
       }},
      {"upper", [](Evaluator &, const Value &v, const Arguments &) { return Value(upperUnicode(v.str())); }},
      {"lower", [](Evaluator &, const Value &v, const Arguments &) { return Value(lowerUnicode(v.str())); }},
      {"title", [](Evaluator &, const Value &v, const Arguments &) { return Value(titleText(v.str())); }},
      {"capitalize", [](Evaluator &, const Value &v, const Arguments &) { return Value(capitalizeText(v.str())); }},
      {"replace",
       [](Evaluator &e, const Value &v, const Arguments &a) {
         Value count = a.get(2, "count");
         return Value(replaceText(e, v.str(), a.get(0, "old").str(), a.get(1, "new").str(),
                                  count.is(Type::Int) ? count.integer() : -1));
       }},
      {"list", [](Evaluator &, const Value &v, const Arguments &) { return Value::list(iterate(v)); }},
      {"string", [](Evaluator &, const Value &v, const Arguments &) { return Value(v.str()); }},
      {"safe", [](Evaluator &, const Value &v, const Arguments &) { return v; }},
      {"escape", escapeHtml},
      {"e", escapeHtml},
      {"int", toInteger},
      {"float", toFloat},
      {"abs", absolute},
      {"round", roundFilter},
      {"map", mapFilter},
      {"select", choose<false, true>},
      {"reject", choose<false, false>},
      {"selectattr", choose<true, true>},
      {"rejectattr", choose<true, false>},
      {"items", itemsFilter},
      {"dictsort", dictsort},
      {"sort", sorted},
      {"reverse", reverse},
      {"unique", unique},
      {"min", extreme<false>},
      {"max", extreme<true>},
      {"sum", sum},
      {"indent", indentFilter},
  };
  return table;
}

} // namespace

Value applyFilter(Evaluator &evaluator, const std::string &name, const Value &value, const Arguments &arguments) {
  auto filter = filters().find(name);
  if (filter == filters().end())
    throw TemplateError{"filter " + inQuotes(name) + " is not supported"};
  Value result = filter->second(evaluator, value, arguments);
  if (result.is(Type::String))
    evaluator.charge(result.string().size());
  else if (result.isSequence())
    evaluator.charge(result.items().size() * sizeof(Value));
  return result;
}

} // namespace braid::text::jinja
