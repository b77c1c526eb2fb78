// SPDX-License-Identifier: Apache-2.0
/// \file
/// Tokens to the tree of a template.
#pragma once

#include "text/template/Ast.h"
#include "text/template/Lexer.h"

namespace braid::text::jinja {

/// Reads expressions; statements are in StatementParser.
class ExpressionParser {
public:
  explicit ExpressionParser(std::vector<Token> tokens) : tokens(std::move(tokens)) {}

protected:
  static constexpr int maxDepth = 200;
  /// Counts nesting while it lives.
  struct Nested {
    ExpressionParser &parser;
    explicit Nested(ExpressionParser &parser) : parser(parser) {
      if (++parser.depth > maxDepth)
        parser.fail("nested deeper than " + std::to_string(maxDepth) + " levels");
    }
    ~Nested() { --parser.depth; }
  };

  const Token &peek(size_t ahead = 0) const { return tokens[std::min(at + ahead, tokens.size() - 1)]; }
  Token take() { return tokens[at < tokens.size() - 1 ? at++ : at]; }
  bool isOperator(const char *op) const { return peek().kind == TokenKind::Operator && peek().text == op; }
  bool isName(const char *name) const { return peek().kind == TokenKind::Name && peek().text == name; }
  bool takeOperator(const char *op) { return isOperator(op) && (take(), true); }
  bool takeName(const char *name) { return isName(name) && (take(), true); }
  void expectOperator(const char *op);
  std::string expectName();
  [[noreturn]] void fail(const std::string &message) const;
  ExprPtr make(ExprKind kind, std::vector<ExprPtr> parts = {}, std::string name = {}) const;

  /// Notes that `child` is part of `parent`; fails where the tree gets too high.
  void adopt(Expr &parent, const ExprPtr &child) const;
  /// Appends a part.
  void add(const ExprPtr &parent, ExprPtr child) const;

  /// An expression, or a tuple of them where commas follow.
  ExprPtr parseTuple(bool withCondition = true);
  ExprPtr parseExpression(bool withCondition = true);
  ExprPtr parseFilters(ExprPtr operand);
  void parseArguments(Expr &call);

  std::vector<Token> tokens;
  size_t at = 0;
  int depth = 0;

private:
  ExprPtr parseOr();
  ExprPtr parseAnd();
  ExprPtr parseNot();
  ExprPtr parseCompare();
  ExprPtr parseBinary(int level);
  ExprPtr parseUnary(bool withFilter = true);
  ExprPtr parsePrimary();
  ExprPtr parsePostfix(ExprPtr operand);
  ExprPtr parseSubscript(ExprPtr operand);
  ExprPtr parseTest(ExprPtr operand);
};

/// Parses a whole template. Throws TemplateError.
Block parseTemplate(std::string_view source);

} // namespace braid::text::jinja
