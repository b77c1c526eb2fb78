// SPDX-License-Identifier: Apache-2.0
/// \file
/// Python's conversions.
#include "text/template/Value.h"
#include "text/Unicode.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace braid::text::jinja {

static constexpr int maxDepth = 100; // of values inside values; a list can hold itself

void Value::hold(const Value &inner) {
  if (inner.kind == Type::Namespace)
    throw TemplateError{"a namespace cannot be stored in another value"};
  depth = std::max<uint16_t>(depth, inner.depth + 1);
  if (depth > maxDepth)
    throw TemplateError{"values are nested too deeply"};
}

Value Value::list(List items, Type kind) {
  Value v(kind);
  for (const Value &item : items)
    v.hold(item);
  v.elements = std::make_shared<List>(std::move(items));
  return v;
}

Value Value::dict(Dict items, Type kind) {
  Value v(kind);
  for (const auto &[key, item] : items) {
    v.hold(key);
    v.hold(item);
  }
  v.members = std::make_shared<Dict>(std::move(items));
  return v;
}

Value Value::function(Function f) {
  Value v(Type::Function);
  v.code = std::make_shared<Function>(std::move(f));
  return v;
}

Value Value::fromJson(const Json &json) {
  if (json.is_null())
    return none();
  if (json.is_boolean())
    return Value(json.get<bool>());
  if (json.is_number_integer())
    return Value(json.get<int64_t>());
  if (json.is_number())
    return Value(json.get<double>());
  if (json.is_string())
    return Value(json.get<std::string>());
  if (json.is_array()) {
    List items;
    for (const Json &item : json)
      items.push_back(fromJson(item));
    return list(std::move(items));
  }
  Dict members;
  for (const auto &[key, item] : json.items())
    members.emplace_back(Value(key), fromJson(item));
  return dict(std::move(members));
}

bool Value::truthy() const {
  switch (kind) {
  case Type::Undefined:
  case Type::None:
    return false;
  case Type::Bool:
  case Type::Int:
    return number != 0;
  case Type::Float:
    return real != 0;
  case Type::String:
    return !text->empty();
  case Type::List:
  case Type::Tuple:
    return !elements->empty();
  case Type::Dict:
    return !members->empty();
  case Type::Namespace:
  case Type::Function:
    return true;
  }
  return false;
}

bool Value::equals(const Value &other, int depth) const {
  if (depth > maxDepth)
    throw TemplateError{"values are nested too deeply to compare"};
  if (isNumber() && other.isNumber())
    return kind == Type::Float || other.kind == Type::Float ? floating() == other.floating() : number == other.number;
  if (kind != other.kind)
    return false;
  switch (kind) {
  case Type::String:
    return *text == *other.text;
  case Type::List:
  case Type::Tuple:
    return std::equal(elements->begin(), elements->end(), other.elements->begin(), other.elements->end(),
                      [&](const Value &a, const Value &b) { return a.equals(b, depth + 1); });
  case Type::Dict:
    if (members->size() != other.members->size())
      return false;
    for (const auto &[key, value] : *members)
      if (Value *there = other.find(key); !there || !value.equals(*there, depth + 1))
        return false;
    return true;
  case Type::Namespace:
    return members == other.members;
  case Type::Function:
    return code == other.code;
  default:
    return true;
  }
}

std::string floatText(double value) {
  if (std::isnan(value))
    return "nan";
  if (std::isinf(value))
    return value < 0 ? "-inf" : "inf";
  char buffer[64];
  double size = std::fabs(value);
  // Python writes an exponent from 1e16 on and below 1e-4.
  auto format = size != 0 && (size >= 1e16 || size < 1e-4) ? std::chars_format::scientific : std::chars_format::fixed;
  auto end = std::to_chars(buffer, buffer + sizeof buffer, value, format).ptr;
  std::string out(buffer, end);
  if (format == std::chars_format::fixed && out.find('.') == std::string::npos)
    out += ".0";
  return out;
}

std::string Value::str() const {
  return kind == Type::String ? *text : kind == Type::Undefined ? std::string() : repr();
}

static std::string quotedText(const std::string &s) {
  char quote = s.find('\'') != std::string::npos && s.find('"') == std::string::npos ? '"' : '\'';
  std::string out(1, quote);
  for (char c : s) {
    if (c == quote || c == '\\')
      out += {'\\', c};
    else if (c == '\n')
      out += "\\n";
    else if (c == '\r')
      out += "\\r";
    else if (c == '\t')
      out += "\\t";
    else if (static_cast<unsigned char>(c) < 32 || c == 127) {
      const char *hex = "0123456789abcdef";
      out += {'\\', 'x', hex[(c >> 4) & 15], hex[c & 15]};
    } else
      out += c;
  }
  return out + quote;
}

std::string Value::repr(int depth) const {
  if (depth > maxDepth)
    throw TemplateError{"values are nested too deeply to print"};
  std::string out;
  switch (kind) {
  case Type::Undefined:
    return "Undefined";
  case Type::None:
    return "None";
  case Type::Bool:
    return number ? "True" : "False";
  case Type::Int:
    return std::to_string(number);
  case Type::Float:
    return floatText(real);
  case Type::String:
    return quotedText(*text);
  case Type::List:
  case Type::Tuple:
    for (const Value &item : *elements)
      out += (out.empty() ? "" : ", ") + item.repr(depth + 1);
    if (kind == Type::Tuple)
      return "(" + out + (elements->size() == 1 ? ",)" : ")");
    return "[" + out + "]";
  case Type::Dict:
  case Type::Namespace:
    for (const auto &[key, value] : *members)
      out += (out.empty() ? "" : ", ") + key.repr(depth + 1) + ": " + value.repr(depth + 1);
    return kind == Type::Dict ? "{" + out + "}" : "<Namespace {" + out + "}>";
  case Type::Function:
    return "<function>";
  }
  return out;
}

const char *Value::typeName() const {
  static const char *const names[] = {"undefined", "none",  "bool", "int",       "float",   "str",
                                      "list",      "tuple", "dict", "namespace", "function"};
  return names[int(kind)];
}

Value *Value::find(const Value &key) const {
  for (auto &[name, value] : *members)
    if (name.equals(key))
      return &value;
  return nullptr;
}

void Value::set(Value key, Value value) {
  hold(value);
  if (Value *there = find(key))
    *there = std::move(value);
  else
    members->emplace_back(std::move(key), std::move(value));
}

Value Arguments::get(size_t place, const char *name) const {
  if (place < values.size())
    return values[place];
  for (const auto &[key, value] : named)
    if (key == name)
      return value;
  return Value();
}

static std::string jsonText(const std::string &s) {
  std::string out = "\"";
  for (unsigned char c : s) {
    switch (c) {
    case '"':
      out += "\\\"";
      break;
    case '\\':
      out += "\\\\";
      break;
    case '\n':
      out += "\\n";
      break;
    case '\r':
      out += "\\r";
      break;
    case '\t':
      out += "\\t";
      break;
    case '\b':
      out += "\\b";
      break;
    case '\f':
      out += "\\f";
      break;
    default:
      if (c < 32) {
        const char *hex = "0123456789abcdef";
        out += std::string("\\u00") + hex[c >> 4] + hex[c & 15];
      } else
        out += char(c);
    }
  }
  return out + "\"";
}

std::string toJson(const Value &value, int indent, const std::string &itemSeparator, const std::string &keySeparator,
                   bool sortKeys, int depth) {
  if (depth > maxDepth)
    throw TemplateError{"tojson: values are nested too deeply"};
  auto line = [&](int level) { return indent < 0 ? std::string() : "\n" + std::string(size_t(indent) * level, ' '); };
  auto inner = [&](const Value &v) { return toJson(v, indent, itemSeparator, keySeparator, sortKeys, depth + 1); };
  std::string out;
  switch (value.type()) {
  case Type::None:
    return "null";
  case Type::Bool:
    return value.integer() ? "true" : "false";
  case Type::Int:
    return value.repr();
  case Type::Float: {
    double d = value.floating();
    return std::isnan(d) ? "NaN" : std::isinf(d) ? (d < 0 ? "-Infinity" : "Infinity") : value.repr();
  }
  case Type::String:
    return jsonText(value.string());
  case Type::List:
  case Type::Tuple:
    if (value.items().empty())
      return "[]";
    for (const Value &item : value.items())
      out += (out.empty() ? "" : itemSeparator) + line(depth + 1) + inner(item);
    return "[" + out + line(depth) + "]";
  case Type::Dict: {
    if (value.entries().empty())
      return "{}";
    Dict members = value.entries();
    if (sortKeys)
      std::sort(members.begin(), members.end(),
                [](const auto &a, const auto &b) { return a.first.str() < b.first.str(); });
    for (const auto &[key, item] : members) {
      std::string name = key.is(Type::String)                       ? key.string()
                         : key.is(Type::None) || key.is(Type::Bool) ? toJson(key, -1)
                                                                    : key.str();
      out += (out.empty() ? "" : itemSeparator) + line(depth + 1) + jsonText(name) + keySeparator + inner(item);
    }
    return "{" + out + line(depth) + "}";
  }
  default:
    throw TemplateError{std::string("tojson: a value of type ") + value.typeName() + " is not JSON serializable"};
  }
}

} // namespace braid::text::jinja
