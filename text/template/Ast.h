// SPDX-License-Identifier: Apache-2.0
/// \file
/// The tree of a template.
#pragma once

#include "text/template/Value.h"

namespace braid::text::jinja {

enum class ExprKind {
  Literal,     // value
  Name,        // name
  ListOf,      // parts
  TupleOf,     // parts
  DictOf,      // parts: key, value, key, value, ...
  Attribute,   // parts[0] . name
  Item,        // parts[0] [ parts[1] ]
  Slice,       // parts[0] [ parts[1] : parts[2] : parts[3] ], each of them may be null
  Call,        // parts[0] ( arguments )
  Filter,      // parts[0] | name ( arguments )
  Test,        // parts[0] is name ( arguments )
  Negate,      // - parts[0]
  Plus,        // + parts[0]
  Not,         // not parts[0]
  And,         // parts[0] and parts[1]
  Or,          // parts[0] or parts[1]
  Binary,      // parts[0] name parts[1]
  Compare,     // parts[0] names[0] parts[1] names[1] parts[2] ...
  Conditional, // parts[0] if parts[1] else parts[2], which may be null
};

struct Expr;
using ExprPtr = std::shared_ptr<Expr>;

struct Expr {
  ExprKind kind;
  int line = 0;
  int height = 1; // bounded, because evaluation and destruction recurse
  std::string name;
  Value value;
  std::vector<ExprPtr> parts;
  std::vector<std::string> names;
  // Of calls, filters and tests.
  std::vector<ExprPtr> arguments;
  std::vector<std::pair<std::string, ExprPtr>> named;
};

enum class StatementKind {
  Text,
  Output,
  If,
  For,
  Set,
  SetBlock,
  Macro,
  CallBlock,
  FilterBlock,
  Scope,
  Break,
  Continue
};

struct Statement;
using Block = std::vector<Statement>;

/// What a loop or an assignment binds: names, or one attribute of a namespace.
struct Target {
  std::vector<std::string> names;
  std::string attribute;
  bool tuple = false;
};

struct Statement {
  StatementKind kind;
  int line = 0;
  std::string text; // of Text; the name of a Macro
  ExprPtr expression;
  ExprPtr condition; // the "if" of a For
  Target target;
  Block body, otherwise;
  std::vector<std::pair<std::string, ExprPtr>> parameters; // of Macro and CallBlock; default or null
  bool recursive = false;                                  // of a For
};

} // namespace braid::text::jinja
