// SPDX-License-Identifier: Apache-2.0
/// \file
/// Statements: tags that open and close blocks.
#include "text/template/Parser.h"

#include <utility>

namespace braid::text::jinja {
namespace {

class StatementParser : public ExpressionParser {
public:
  using ExpressionParser::ExpressionParser;

  Block parseAll() {
    Block block = parseBlock({});
    if (peek().kind != TokenKind::End)
      fail("unexpected tag '" + peek(1).text + "'");
    return block;
  }

private:
  bool atTag(const char *name) const {
    return peek().kind == TokenKind::StatementBegin && peek(1).kind == TokenKind::Name && peek(1).text == name;
  }
  void closeTag() {
    if (peek().kind != TokenKind::StatementEnd)
      fail("expected '%}', got " + inQuotes(peek().text));
    take();
  }
  /// Takes "{% name %}".
  void endTag(const char *name) {
    if (!atTag(name))
      fail(std::string("expected '{% ") + name + " %}'");
    take(), take();
    closeTag();
  }

  /// Statements up to a tag that is one of `ends`, which stays.
  Block parseBlock(std::vector<const char *> ends) {
    Nested nested(*this);
    Block block;
    while (peek().kind != TokenKind::End) {
      for (const char *end : ends)
        if (atTag(end))
          return block;
      if (ends.empty() && (atTag("endif") || atTag("endfor") || atTag("else") || atTag("elif") || atTag("endmacro")))
        return block;
      block.push_back(parseStatement());
    }
    if (!ends.empty())
      fail(std::string("expected '{% ") + ends.back() + " %}', got the end of the template");
    return block;
  }

  Statement start(StatementKind kind) const {
    Statement statement;
    statement.kind = kind;
    statement.line = peek().line;
    return statement;
  }

  Statement parseStatement() {
    if (peek().kind == TokenKind::Text) {
      Statement text = start(StatementKind::Text);
      text.text = take().text;
      return text;
    }
    if (peek().kind == TokenKind::OutputBegin) {
      Statement output = start(StatementKind::Output);
      take();
      output.expression = parseTuple();
      if (peek().kind != TokenKind::OutputEnd)
        fail("expected '}}', got " + inQuotes(peek().text));
      take();
      return output;
    }
    take(); // "{%"
    std::string name = expectName();
    if (name == "if")
      return parseIf();
    if (name == "for")
      return parseFor();
    if (name == "set")
      return parseSet();
    if (name == "macro")
      return parseMacro();
    if (name == "call")
      return parseCall();
    if (name == "break" || name == "continue") {
      Statement jump = start(name == "break" ? StatementKind::Break : StatementKind::Continue);
      if (!loops)
        fail("'" + name + "' outside of a loop");
      closeTag();
      return jump;
    }
    if (name == "generation") { // marks what the model says, for training; renders as it is
      Statement scope = start(StatementKind::Scope);
      closeTag();
      scope.body = parseBlock({"endgeneration"});
      endTag("endgeneration");
      return scope;
    }
    if (name == "filter") {
      Statement filter = start(StatementKind::FilterBlock);
      auto call = make(ExprKind::Filter, {make(ExprKind::Name, {}, " body")}, expectName());
      if (isOperator("("))
        parseArguments(*call);
      filter.expression = parseFilters(call);
      closeTag();
      filter.body = parseBlock({"endfilter"});
      endTag("endfilter");
      return filter;
    }
    --at;
    fail("tag " + inQuotes(name) + " is not supported");
  }

  Statement parseIf() {
    Nested nested(*this);
    Statement statement = start(StatementKind::If);
    statement.expression = parseTuple();
    closeTag();
    statement.body = parseBlock({"elif", "else", "endif"});
    if (atTag("elif")) {
      take(), take();
      statement.otherwise.push_back(parseIf()); // takes the endif
      return statement;
    }
    if (atTag("else")) {
      endTag("else");
      statement.otherwise = parseBlock({"endif"});
    }
    endTag("endif");
    return statement;
  }

  Target parseTarget() {
    Target target;
    bool parenthesis = takeOperator("(");
    target.names.push_back(expectName());
    while (takeOperator(",")) {
      target.tuple = true;
      if (peek().kind != TokenKind::Name || isName("in"))
        break;
      target.names.push_back(expectName());
    }
    if (parenthesis)
      expectOperator(")");
    return target;
  }

  Statement parseFor() {
    Statement statement = start(StatementKind::For);
    statement.target = parseTarget();
    if (!takeName("in"))
      fail("expected 'in', got " + inQuotes(peek().text));
    statement.expression = parseTuple(false);
    if (takeName("if"))
      statement.condition = parseExpression();
    statement.recursive = takeName("recursive");
    if (statement.recursive)
      fail("recursive loops are not supported");
    closeTag();
    ++loops;
    statement.body = parseBlock({"else", "endfor"});
    --loops;
    if (atTag("else")) {
      endTag("else");
      statement.otherwise = parseBlock({"endfor"});
    }
    endTag("endfor");
    return statement;
  }

  Statement parseSet() {
    Statement statement = start(StatementKind::Set);
    statement.target = parseTarget();
    if (takeOperator("."))
      statement.target.attribute = expectName();
    if (takeOperator("=")) {
      statement.expression = parseTuple();
      closeTag();
      return statement;
    }
    statement.kind = StatementKind::SetBlock;
    if (statement.target.tuple)
      fail("a set block has one name");
    if (isOperator("|"))
      statement.expression = parseFilters(make(ExprKind::Name, {}, " body"));
    closeTag();
    statement.body = parseBlock({"endset"});
    endTag("endset");
    return statement;
  }

  void parseParameters(Statement &statement) {
    expectOperator("(");
    while (!takeOperator(")")) {
      std::string name = expectName();
      ExprPtr fallback;
      if (takeOperator("="))
        fallback = parseExpression();
      statement.parameters.emplace_back(name, fallback);
      if (!isOperator(")"))
        expectOperator(",");
    }
  }

  Statement parseMacro() {
    Statement statement = start(StatementKind::Macro);
    statement.text = expectName();
    parseParameters(statement);
    closeTag();
    int outerLoops = std::exchange(loops, 0);
    statement.body = parseBlock({"endmacro"});
    loops = outerLoops;
    take(), take();
    if (peek().kind == TokenKind::Name)
      take();
    closeTag();
    return statement;
  }

  Statement parseCall() {
    Statement statement = start(StatementKind::CallBlock);
    if (isOperator("("))
      parseParameters(statement);
    statement.expression = parseExpression();
    if (statement.expression->kind != ExprKind::Call)
      fail("expected a call");
    closeTag();
    statement.body = parseBlock({"endcall"});
    endTag("endcall");
    return statement;
  }

  int loops = 0; // around the tag at hand
};

} // namespace

Block parseTemplate(std::string_view source) { return StatementParser(tokenize(source)).parseAll(); }

} // namespace braid::text::jinja
