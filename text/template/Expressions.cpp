// SPDX-License-Identifier: Apache-2.0
/// \file
/// Evaluation of expressions.
#include "text/template/Evaluator.h"

#include <algorithm>
#include <cmath>

namespace braid::text::jinja {
namespace {

[[noreturn]] void failUndefined(const Value &value, const std::string &use) {
  throw TemplateError{inQuotes(value.undefinedName()) + " is undefined, " + use};
}

int64_t asInteger(const Value &value, const char *what) {
  if (!value.is(Type::Int) && !value.is(Type::Bool))
    throw TemplateError{std::string(what) + ": expected an int, got " + value.typeName()};
  return value.integer();
}

} // namespace

Value Evaluator::evaluate(const Expr &expr) {
  if (++depth > maxDepth || ++steps > maxSteps) {
    --depth;
    throw TemplateError{depth + 1 > maxDepth ? "the template recurses too deeply"
                                             : "the template takes too many steps"};
  }
  struct Leave {
    int &depth;
    ~Leave() { --depth; }
  } leave{depth};
  auto part = [&](size_t i) { return evaluate(*expr.parts[i]); };
  switch (expr.kind) {
  case ExprKind::Literal:
    return expr.value;
  case ExprKind::Name:
    return lookup(expr.name);
  case ExprKind::ListOf:
  case ExprKind::TupleOf: {
    List items;
    for (const ExprPtr &element : expr.parts)
      items.push_back(evaluate(*element));
    charge(items.size() * sizeof(Value));
    return Value::list(std::move(items), expr.kind == ExprKind::ListOf ? Type::List : Type::Tuple);
  }
  case ExprKind::DictOf: {
    Dict members;
    for (size_t i = 0; i + 1 < expr.parts.size(); i += 2) {
      Value key = part(i), value = part(i + 1);
      bool known = false;
      for (auto &[name, old] : members)
        if (name.equals(key)) {
          old = value;
          known = true;
        }
      if (!known)
        members.emplace_back(key, value);
    }
    charge(members.size() * 2 * sizeof(Value));
    return Value::dict(std::move(members));
  }
  case ExprKind::Attribute:
    return attribute(part(0), expr.name);
  case ExprKind::Item:
    return item(part(0), part(1));
  case ExprKind::Slice:
    return evaluateSlice(expr);
  case ExprKind::Call:
    return evaluateCall(expr);
  case ExprKind::Filter: {
    Value value = part(0);
    return applyFilter(*this, expr.name, value, evaluateArguments(expr));
  }
  case ExprKind::Test: {
    Value value = part(0);
    return Value(applyTest(expr.name, value, evaluateArguments(expr)));
  }
  case ExprKind::Negate:
  case ExprKind::Plus: {
    Value value = part(0);
    if (!value.isNumber())
      throw TemplateError{std::string("bad operand for a sign: ") + value.typeName()};
    if (expr.kind == ExprKind::Plus)
      return value;
    return value.is(Type::Float) ? Value(-value.floating()) : Value(int64_t(0 - uint64_t(value.integer())));
  }
  case ExprKind::Not:
    return Value(!part(0).truthy());
  case ExprKind::And: {
    Value left = part(0);
    return left.truthy() ? part(1) : left;
  }
  case ExprKind::Or: {
    Value left = part(0);
    return left.truthy() ? left : part(1);
  }
  case ExprKind::Binary: {
    Value left = part(0);
    return binary(expr.name, left, part(1));
  }
  case ExprKind::Compare:
    return evaluateCompare(expr);
  case ExprKind::Conditional:
    if (part(1).truthy())
      return part(0);
    return expr.parts[2] ? part(2) : Value::undefined("the inline if without an else");
  }
  return Value();
}

Arguments Evaluator::evaluateArguments(const Expr &expr) {
  Arguments arguments;
  for (const ExprPtr &argument : expr.arguments)
    arguments.values.push_back(evaluate(*argument));
  for (const auto &[name, argument] : expr.named)
    arguments.named.emplace_back(name, evaluate(*argument));
  return arguments;
}

Value Evaluator::evaluateCall(const Expr &expr) {
  const Expr &callee = *expr.parts[0];
  if (callee.kind == ExprKind::Attribute) { // a method; methods are no values of their own
    Value object = evaluate(*callee.parts[0]);
    if (object.is(Type::Undefined))
      failUndefined(object, "cannot call its method " + inQuotes(callee.name));
    Arguments arguments = evaluateArguments(expr);
    Value result;
    if (callMethod(*this, object, callee.name, arguments, result))
      return result;
    Value function = attribute(object, callee.name);
    if (function.is(Type::Undefined))
      throw TemplateError{std::string(object.typeName()) + " has no method " + inQuotes(callee.name)};
    return call(function, arguments);
  }
  Value function = evaluate(callee);
  if (function.is(Type::Undefined))
    failUndefined(function, "cannot call it");
  return call(function, evaluateArguments(expr));
}

Value Evaluator::evaluateCompare(const Expr &expr) {
  Value left = evaluate(*expr.parts[0]);
  for (size_t i = 0; i < expr.names.size(); ++i) {
    Value right = evaluate(*expr.parts[i + 1]);
    const std::string &op = expr.names[i];
    bool holds = op == "=="       ? left.equals(right)
                 : op == "!="     ? !left.equals(right)
                 : op == "in"     ? contains(right, left)
                 : op == "not in" ? !contains(right, left)
                 : op == "<"      ? compareValues(left, right) < 0
                 : op == "<="     ? compareValues(left, right) <= 0
                 : op == ">"      ? compareValues(left, right) > 0
                                  : compareValues(left, right) >= 0;
    if (!holds)
      return Value(false);
    left = right;
  }
  return Value(true);
}

Value Evaluator::evaluateSlice(const Expr &expr) {
  Value object = evaluate(*expr.parts[0]);
  if (object.is(Type::Undefined))
    failUndefined(object, "cannot slice it");
  bool text = object.is(Type::String);
  if (!text && !object.isSequence())
    throw TemplateError{std::string("cannot slice a value of type ") + object.typeName()};
  std::vector<std::string> letters;
  if (text)
    letters = characters(object.string());
  int64_t count = int64_t(text ? letters.size() : object.items().size());
  auto bound = [&](size_t i, int64_t fallback) {
    if (!expr.parts[i])
      return fallback;
    Value value = evaluate(*expr.parts[i]);
    return value.is(Type::None) ? fallback : asInteger(value, "slice");
  };
  int64_t step = bound(3, 1);
  if (step == 0)
    throw TemplateError{"slice step is zero"};
  step = std::clamp<int64_t>(step, -(1 << 30), 1 << 30);
  auto place = [&](int64_t i) {
    if (i < 0)
      i = i < -count ? -1 : i + count;
    return step > 0 ? std::clamp<int64_t>(i, 0, count) : std::clamp<int64_t>(i, -1, count - 1);
  };
  int64_t first = expr.parts[1] ? place(bound(1, step > 0 ? 0 : count - 1)) : (step > 0 ? 0 : count - 1);
  int64_t last = step > 0 ? count : -1;
  if (expr.parts[2]) {
    Value value = evaluate(*expr.parts[2]);
    if (!value.is(Type::None))
      last = place(asInteger(value, "slice"));
  }
  std::string out;
  List items;
  for (int64_t i = first; step > 0 ? i < last : i > last; i += step)
    text ? void(out += letters[size_t(i)]) : items.push_back(object.items()[size_t(i)]);
  charge(text ? out.size() : items.size() * sizeof(Value));
  return text ? Value(std::move(out)) : Value::list(std::move(items), object.type());
}

Value Evaluator::binary(const std::string &op, const Value &left, const Value &right) {
  if (op == "~") {
    std::string out = left.str() + right.str();
    charge(out.size());
    return Value(std::move(out));
  }
  if (left.is(Type::Undefined) || right.is(Type::Undefined))
    failUndefined(left.is(Type::Undefined) ? left : right, "cannot use it with '" + op + "'");
  if (op == "+" && left.is(Type::String) && right.is(Type::String)) {
    charge(left.string().size() + right.string().size());
    return Value(left.string() + right.string());
  }
  if (op == "+" && left.isSequence() && left.type() == right.type()) {
    charge((left.items().size() + right.items().size()) * sizeof(Value));
    List items = left.items();
    items.insert(items.end(), right.items().begin(), right.items().end());
    return Value::list(std::move(items), left.type());
  }
  if (op == "*" && (left.is(Type::Int) || right.is(Type::Int))) {
    const Value &other = left.is(Type::Int) ? right : left;
    int64_t times = std::max<int64_t>(0, (left.is(Type::Int) ? left : right).integer());
    if (other.is(Type::String) || other.isSequence()) {
      size_t size = other.is(Type::String) ? other.string().size() : other.items().size() * sizeof(Value);
      if (size && size_t(times) > maxOutput / size)
        throw TemplateError{"a repeated value is too large"};
      charge(size * size_t(times));
      std::string out;
      List items;
      for (int64_t i = 0; size && i < times; ++i)
        other.is(Type::String) ? void(out += other.string())
                               : void(items.insert(items.end(), other.items().begin(), other.items().end()));
      return other.is(Type::String) ? Value(std::move(out)) : Value::list(std::move(items), other.type());
    }
  }
  if (!left.isNumber() || !right.isNumber())
    throw TemplateError{"cannot use '" + op + "' with " + left.typeName() + " and " + right.typeName()};
  bool real = left.is(Type::Float) || right.is(Type::Float);
  double a = left.floating(), b = right.floating();
  int64_t m = real ? 0 : left.integer(), n = real ? 0 : right.integer();
  int64_t result = 0;
  bool overflow = false;
  if (op == "+") {
    overflow = !real && __builtin_add_overflow(m, n, &result);
    a += b;
  } else if (op == "-") {
    overflow = !real && __builtin_sub_overflow(m, n, &result);
    a -= b;
  } else if (op == "*") {
    overflow = !real && __builtin_mul_overflow(m, n, &result);
    a *= b;
  } else if (op == "**") {
    real |= n < 0;
    a = std::pow(a, b);
    overflow = !real && !(std::fabs(a) < 9e15);
    result = overflow || real ? 0 : int64_t(a);
  } else { // divisions
    if (b == 0)
      throw TemplateError{"division by zero"};
    if (!real && n == -1)
      overflow = __builtin_sub_overflow(int64_t(0), m, &result);
    else if (!real)
      result = m / n - ((m % n != 0) && ((m < 0) != (n < 0)));
    if (op == "/") {
      real = true;
      overflow = false;
      a /= b;
    } else if (op == "//") {
      a = std::floor(a / b);
    } else {
      overflow = false;
      result = real || n == -1 ? 0 : m - result * n;
      a -= std::floor(a / b) * b;
    }
  }
  if (overflow)
    throw TemplateError{"integer overflow in '" + op + "'"};
  return real ? Value(a) : Value(result);
}

Value Evaluator::attribute(const Value &object, const std::string &name) {
  if (object.is(Type::Undefined))
    failUndefined(object, "cannot read its attribute " + inQuotes(name));
  if (object.isMapping())
    if (Value *found = object.find(Value(name)))
      return *found;
  return Value::undefined(name);
}

Value Evaluator::item(const Value &object, const Value &key) {
  if (object.is(Type::Undefined))
    failUndefined(object, "cannot read its items");
  if (object.isMapping()) {
    Value *found = object.find(key);
    return found ? *found : Value::undefined(key.str());
  }
  if (!key.is(Type::Int) && !key.is(Type::Bool))
    return Value::undefined(key.str());
  int64_t index = key.integer();
  if (object.isSequence()) {
    int64_t count = int64_t(object.items().size());
    index += index < 0 ? count : 0;
    return index >= 0 && index < count ? object.items()[size_t(index)] : Value::undefined(key.str());
  }
  if (object.is(Type::String)) {
    auto letters = characters(object.string());
    int64_t count = int64_t(letters.size());
    index += index < 0 ? count : 0;
    return index >= 0 && index < count ? Value(letters[size_t(index)]) : Value::undefined(key.str());
  }
  return Value::undefined(key.str());
}

} // namespace braid::text::jinja
