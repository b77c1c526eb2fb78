// SPDX-License-Identifier: Apache-2.0
/// \file
/// Values of template expressions, with Python's meaning of truth, equality and text.
#pragma once

#include "text/Json.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace braid::text::jinja {

class Value;
struct Arguments;
class Evaluator;

/// What a template did wrong; caught where rendering began.
struct TemplateError {
  std::string message;
};

using List = std::vector<Value>;
/// Keys in order of insertion.
using Dict = std::vector<std::pair<Value, Value>>;
using Function = std::function<Value(Evaluator &, const Arguments &)>;

enum class Type { Undefined, None, Bool, Int, Float, String, List, Tuple, Dict, Namespace, Function };

/// Lists, dicts and functions are shared, as in Python; numbers and strings are copied.
class Value {
public:
  Value() = default;
  static Value none() { return Value(Type::None); }
  static Value undefined(std::string name) {
    Value v;
    v.text = std::make_shared<std::string>(std::move(name));
    return v;
  }
  Value(bool b) : kind(Type::Bool), number(b) {}
  Value(int64_t n) : kind(Type::Int), number(n) {}
  Value(double d) : kind(Type::Float), real(d) {}
  Value(std::string s) : kind(Type::String), text(std::make_shared<std::string>(std::move(s))) {}
  Value(const char *s) : Value(std::string(s)) {}
  static Value list(List items, Type kind = Type::List);
  static Value dict(Dict items, Type kind = Type::Dict);
  static Value function(Function f);
  /// From parsed JSON; depth is bounded there.
  static Value fromJson(const Json &json);

  Type type() const { return kind; }
  bool is(Type t) const { return kind == t; }
  bool isNumber() const { return kind == Type::Int || kind == Type::Float || kind == Type::Bool; }
  bool isSequence() const { return kind == Type::List || kind == Type::Tuple; }
  bool isMapping() const { return kind == Type::Dict || kind == Type::Namespace; }

  int64_t integer() const { return number; }
  double floating() const { return kind == Type::Float ? real : double(number); }
  const std::string &string() const { return *text; }
  List &items() const { return *elements; }
  Dict &entries() const { return *members; }
  const Function &callable() const { return *code; }
  /// The name under which an undefined value was looked for.
  std::string undefinedName() const { return text ? *text : std::string(); }

  bool truthy() const;
  bool equals(const Value &other, int depth = 0) const;
  /// As Python's str(); nested values as repr().
  std::string str() const;
  std::string repr(int depth = 0) const;
  const char *typeName() const;

  /// The member of a mapping, or nullptr.
  Value *find(const Value &key) const;
  /// Sets the member of a namespace.
  void set(Value key, Value value);

private:
  explicit Value(Type t) : kind(t) {}
  /// Notes a value that this container holds; throws if that nests too deeply or puts a namespace into a container.
  void hold(const Value &inner);

  Type kind = Type::Undefined;
  uint16_t depth = 0; // of containers; bounded, so that no destructor recurses far
  union {
    int64_t number = 0;
    double real;
  };
  std::shared_ptr<std::string> text; // of a string, or the name of what is undefined
  std::shared_ptr<List> elements;
  std::shared_ptr<Dict> members;
  std::shared_ptr<Function> code;
};

/// Arguments of a call: by place, then by name.
struct Arguments {
  List values;
  std::vector<std::pair<std::string, Value>> named;

  /// The argument at `place` or called `name`; undefined if it was not given.
  Value get(size_t place, const char *name) const;
};

/// Python's text of a float.
std::string floatText(double value);

/// As Python's json.dumps(ensure_ascii=False); `indent` below 0 writes one line.
std::string toJson(const Value &value, int indent, const std::string &itemSeparator = ", ",
                   const std::string &keySeparator = ": ", bool sortKeys = false, int depth = 0);

} // namespace braid::text::jinja
