// SPDX-License-Identifier: Apache-2.0
/// \file
/// Runs the tree of a template, with bounds on work, depth and memory.
#pragma once

#include "text/template/Ast.h"

#include <ctime>

namespace braid::text::jinja {

class Evaluator {
public:
  static constexpr size_t maxOutput = 16 << 20;  // bytes of one text
  static constexpr size_t maxMemory = 256 << 20; // bytes made in all
  static constexpr size_t maxSteps = 20'000'000;
  static constexpr int maxDepth = 600;

  /// `now` is what strftime_now shows.
  Evaluator(const Dict &globals, std::time_t now);

  /// Renders a template; throws TemplateError.
  std::string run(const Block &block);

  /// For filters and methods: counts bytes that they make.
  void charge(size_t bytes);
  Value call(const Value &function, const Arguments &arguments);
  std::time_t now() const { return clock; }

private:
  using Scope = std::vector<std::pair<std::string, Value>>;
  enum class Flow { Next, Break, Continue };
  struct Deeper; // counts recursion while it lives

  Flow render(const Block &block, std::string &out);
  Flow renderStatement(const Statement &statement, std::string &out);
  Flow renderFor(const Statement &statement, std::string &out);
  void renderCall(const Statement &statement, std::string &out);
  std::string renderScoped(const Block &block);
  void emit(std::string &out, const std::string &text);
  Value makeMacro(const Statement &statement, size_t outer, std::shared_ptr<std::vector<Scope>> copied = nullptr);
  void assign(const Target &target, const Value &value);

  Value evaluate(const Expr &expr);
  Value evaluateCall(const Expr &expr);
  Value evaluateCompare(const Expr &expr);
  Value evaluateSlice(const Expr &expr);
  Value binary(const std::string &op, const Value &left, const Value &right);
  Arguments evaluateArguments(const Expr &expr);
  Value lookup(const std::string &name) const;
  Value *findVariable(const std::string &name);
  Value attribute(const Value &object, const std::string &name);
  Value item(const Value &object, const Value &key);

  std::vector<Scope> scopes;
  std::time_t clock;
  size_t steps = 0, memory = 0;
  int depth = 0, macroDepth = 0;
};

/// `value | name(arguments)`; throws where there is no such filter.
Value applyFilter(Evaluator &evaluator, const std::string &name, const Value &value, const Arguments &arguments);
/// `value is name(arguments)`.
bool applyTest(const std::string &name, const Value &value, const Arguments &arguments);
/// `value.name(arguments)` for texts, lists and dicts; false if there is no such method.
bool callMethod(Evaluator &evaluator, const Value &value, const std::string &name, const Arguments &arguments,
                Value &result);
/// range, namespace, dict, raise_exception, strftime_now.
void addGlobals(std::vector<std::pair<std::string, Value>> &scope);

/// Elements of what can be iterated: lists, keys of dicts, characters of texts. Throws otherwise.
List iterate(const Value &value);
/// How two values are ordered: negative, 0 or positive. Throws where they have no order.
int compareValues(const Value &left, const Value &right);
/// `needle in haystack`.
bool contains(const Value &haystack, const Value &needle);
/// Characters of a text, each as a text.
std::vector<std::string> characters(const std::string &text);
/// The number of characters.
int64_t characterCount(const std::string &text);

} // namespace braid::text::jinja
