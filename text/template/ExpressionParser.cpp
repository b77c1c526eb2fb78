// SPDX-License-Identifier: Apache-2.0
/// \file
/// Expressions by recursive descent, in the order of precedence of the original.
#include "text/template/Parser.h"

#include <charconv>

namespace braid::text::jinja {

void ExpressionParser::fail(const std::string &message) const {
  throw TemplateError{"line " + std::to_string(peek().line) + ": " + message};
}

static std::string describe(const Token &token) {
  switch (token.kind) {
  case TokenKind::End:
    return "the end of the template";
  case TokenKind::StatementEnd:
    return "'%}'";
  case TokenKind::OutputEnd:
    return "'}}'";
  default:
    return inQuotes(token.text);
  }
}

void ExpressionParser::expectOperator(const char *op) {
  if (!takeOperator(op))
    fail(std::string("expected '") + op + "', got " + describe(peek()));
}

std::string ExpressionParser::expectName() {
  if (peek().kind != TokenKind::Name)
    fail("expected a name, got " + describe(peek()));
  return take().text;
}

void ExpressionParser::adopt(Expr &parent, const ExprPtr &child) const {
  if (!child)
    return;
  parent.height = std::max(parent.height, child->height + 1);
  if (parent.height > maxDepth)
    fail("nested deeper than " + std::to_string(maxDepth) + " levels");
}

ExprPtr ExpressionParser::make(ExprKind kind, std::vector<ExprPtr> parts, std::string name) const {
  auto expr = std::make_shared<Expr>();
  expr->kind = kind;
  expr->line = peek().line;
  for (const ExprPtr &part : parts)
    adopt(*expr, part);
  expr->parts = std::move(parts);
  expr->name = std::move(name);
  return expr;
}

void ExpressionParser::add(const ExprPtr &parent, ExprPtr child) const {
  adopt(*parent, child);
  parent->parts.push_back(std::move(child));
}

ExprPtr ExpressionParser::parseTuple(bool withCondition) {
  ExprPtr first = parseExpression(withCondition);
  if (!isOperator(","))
    return first;
  auto tuple = make(ExprKind::TupleOf, {first});
  while (takeOperator(",")) {
    TokenKind kind = peek().kind;
    if (kind == TokenKind::StatementEnd || kind == TokenKind::OutputEnd || isOperator(")") || isOperator("="))
      break;
    add(tuple, parseExpression(withCondition));
  }
  return tuple;
}

ExprPtr ExpressionParser::parseExpression(bool withCondition) {
  Nested nested(*this);
  ExprPtr value = parseOr();
  while (withCondition && takeName("if")) {
    ExprPtr condition = parseOr(), otherwise;
    if (takeName("else"))
      otherwise = parseExpression();
    value = make(ExprKind::Conditional, {value, condition, otherwise});
  }
  return value;
}

ExprPtr ExpressionParser::parseOr() {
  ExprPtr left = parseAnd();
  while (takeName("or"))
    left = make(ExprKind::Or, {left, parseAnd()});
  return left;
}

ExprPtr ExpressionParser::parseAnd() {
  ExprPtr left = parseNot();
  while (takeName("and"))
    left = make(ExprKind::And, {left, parseNot()});
  return left;
}

ExprPtr ExpressionParser::parseNot() {
  Nested nested(*this);
  if (takeName("not"))
    return make(ExprKind::Not, {parseNot()});
  return parseCompare();
}

ExprPtr ExpressionParser::parseCompare() {
  ExprPtr left = parseBinary(0);
  auto compare = make(ExprKind::Compare, {left});
  while (true) {
    std::string op;
    for (const char *candidate : {"==", "!=", "<", ">", "<=", ">="})
      if (isOperator(candidate))
        op = candidate;
    if (op.empty() && isName("in"))
      op = "in";
    if (!op.empty()) {
      take();
    } else if (isName("not") && peek(1).kind == TokenKind::Name && peek(1).text == "in") {
      take(), take();
      op = "not in";
    } else {
      break;
    }
    compare->names.push_back(op);
    add(compare, parseBinary(0));
  }
  return compare->names.empty() ? left : compare;
}

ExprPtr ExpressionParser::parseBinary(int level) {
  static const std::vector<std::vector<const char *>> levels = {{"+", "-"}, {"~"}, {"*", "/", "//", "%"}, {"**"}};
  if (level == int(levels.size()))
    return parseUnary();
  ExprPtr left = parseBinary(level + 1);
  while (true) {
    const char *found = nullptr;
    for (const char *op : levels[level])
      if (isOperator(op))
        found = op;
    if (!found)
      return left;
    take();
    left = make(ExprKind::Binary, {left, parseBinary(level + 1)}, found);
  }
}

ExprPtr ExpressionParser::parseUnary(bool withFilter) {
  Nested nested(*this);
  ExprPtr operand;
  if (takeOperator("-"))
    operand = make(ExprKind::Negate, {parseUnary(false)});
  else if (takeOperator("+"))
    operand = make(ExprKind::Plus, {parseUnary(false)});
  else
    operand = parsePrimary();
  operand = parsePostfix(operand);
  return withFilter ? parseFilters(operand) : operand;
}

ExprPtr ExpressionParser::parsePrimary() {
  Token token = take();
  switch (token.kind) {
  case TokenKind::Name: {
    static const std::pair<const char *, int> constants[] = {{"true", 1},  {"True", 1}, {"false", 0},
                                                             {"False", 0}, {"none", 2}, {"None", 2}};
    for (auto [name, which] : constants)
      if (token.text == name) {
        auto literal = make(ExprKind::Literal);
        literal->value = which == 2 ? Value::none() : Value(which == 1);
        return literal;
      }
    return make(ExprKind::Name, {}, token.text);
  }
  case TokenKind::Integer:
  case TokenKind::Float: {
    auto literal = make(ExprKind::Literal);
    if (token.kind == TokenKind::Integer) {
      int64_t n = 0;
      std::from_chars(token.text.data(), token.text.data() + token.text.size(), n);
      literal->value = Value(n);
    } else {
      double d = 0;
      std::from_chars(token.text.data(), token.text.data() + token.text.size(), d);
      literal->value = Value(d);
    }
    return literal;
  }
  case TokenKind::String: {
    while (peek().kind == TokenKind::String) // neighbours join
      token.text += take().text;
    auto literal = make(ExprKind::Literal);
    literal->value = Value(token.text);
    return literal;
  }
  case TokenKind::Operator:
    if (token.text == "(") {
      if (takeOperator(")"))
        return make(ExprKind::TupleOf);
      ExprPtr inner = parseTuple();
      expectOperator(")");
      return inner;
    }
    if (token.text == "[") {
      auto list = make(ExprKind::ListOf);
      while (!takeOperator("]")) {
        add(list, parseExpression());
        if (!isOperator("]"))
          expectOperator(",");
      }
      return list;
    }
    if (token.text == "{") {
      auto dict = make(ExprKind::DictOf);
      while (!takeOperator("}")) {
        add(dict, parseExpression());
        expectOperator(":");
        add(dict, parseExpression());
        if (!isOperator("}"))
          expectOperator(",");
      }
      return dict;
    }
    [[fallthrough]];
  default:
    --at;
    fail("expected an expression, got " + describe(token));
  }
}

ExprPtr ExpressionParser::parsePostfix(ExprPtr operand) {
  while (true) {
    if (takeOperator(".")) {
      if (peek().kind == TokenKind::Integer) {
        auto index = make(ExprKind::Literal);
        index->value = Value(int64_t(std::stoll(take().text)));
        operand = make(ExprKind::Item, {operand, index});
      } else {
        std::string name = expectName();
        operand = make(ExprKind::Attribute, {operand}, name);
      }
    } else if (takeOperator("[")) {
      operand = parseSubscript(operand);
    } else if (isOperator("(")) {
      auto call = make(ExprKind::Call, {operand});
      parseArguments(*call);
      operand = call;
    } else {
      return operand;
    }
  }
}

ExprPtr ExpressionParser::parseSubscript(ExprPtr operand) {
  ExprPtr bounds[3];
  int count = 0;
  bool slice = false;
  while (!isOperator("]")) {
    if (takeOperator(":")) {
      slice = true;
      if (++count > 2)
        fail("a slice has at most three parts");
      continue;
    }
    if (bounds[count])
      fail("expected ']', got " + describe(peek()));
    bounds[count] = parseExpression();
  }
  expectOperator("]");
  if (slice)
    return make(ExprKind::Slice, {operand, bounds[0], bounds[1], bounds[2]});
  if (!bounds[0])
    fail("empty subscript");
  return make(ExprKind::Item, {operand, bounds[0]});
}

void ExpressionParser::parseArguments(Expr &call) {
  expectOperator("(");
  while (!takeOperator(")")) {
    if (isOperator("*") || isOperator("**"))
      fail("argument lists from values are not supported");
    if (peek().kind == TokenKind::Name && peek(1).kind == TokenKind::Operator && peek(1).text == "=") {
      std::string name = take().text;
      take();
      call.named.emplace_back(name, parseExpression());
      adopt(call, call.named.back().second);
    } else {
      if (!call.named.empty())
        fail("an argument without a name behind one with a name");
      call.arguments.push_back(parseExpression());
      adopt(call, call.arguments.back());
    }
    if (!isOperator(")"))
      expectOperator(",");
  }
}

ExprPtr ExpressionParser::parseFilters(ExprPtr operand) {
  while (true) {
    if (takeOperator("|")) {
      std::string name = expectName();
      auto filter = make(ExprKind::Filter, {operand}, name);
      if (isOperator("("))
        parseArguments(*filter);
      operand = filter;
    } else if (takeName("is")) {
      operand = parseTest(operand);
    } else if (isOperator("(")) {
      auto call = make(ExprKind::Call, {operand});
      parseArguments(*call);
      operand = call;
    } else {
      return operand;
    }
  }
}

ExprPtr ExpressionParser::parseTest(ExprPtr operand) {
  bool negated = takeName("not");
  std::string name = expectName();
  auto test = make(ExprKind::Test, {operand}, name);
  TokenKind kind = peek().kind;
  if (isOperator("(")) {
    parseArguments(*test);
  } else if (kind == TokenKind::String || kind == TokenKind::Integer || kind == TokenKind::Float || isOperator("[") ||
             isOperator("{") ||
             (kind == TokenKind::Name && !isName("else") && !isName("or") && !isName("and") && !isName("if") &&
              !isName("is") && !isName("not") && !isName("in"))) {
    test->arguments.push_back(parsePostfix(parsePrimary()));
    adopt(*test, test->arguments.back());
  }
  return negated ? make(ExprKind::Not, {test}) : test;
}

} // namespace braid::text::jinja
