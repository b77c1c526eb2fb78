// SPDX-License-Identifier: Apache-2.0
/// \file
/// Statements and scopes.
#include "text/template/Evaluator.h"

#include <iterator>
#include <utility>

namespace braid::text::jinja {

struct Evaluator::Deeper {
  Evaluator &evaluator;
  explicit Deeper(Evaluator &evaluator) : evaluator(evaluator) {
    if (++evaluator.depth > maxDepth) {
      --evaluator.depth;
      throw TemplateError{"the template recurses too deeply"};
    }
    if (++evaluator.steps > maxSteps) {
      --evaluator.depth;
      throw TemplateError{"the template takes more than " + std::to_string(maxSteps) + " steps"};
    }
  }
  ~Deeper() { --evaluator.depth; }
};

Evaluator::Evaluator(const Dict &globals, std::time_t now) : scopes(2), clock(now) {
  addGlobals(scopes[0]);
  for (const auto &[name, value] : globals)
    scopes[1].emplace_back(name.str(), value);
}

std::string Evaluator::run(const Block &block) {
  std::string out;
  render(block, out);
  return out;
}

void Evaluator::charge(size_t bytes) {
  if (bytes > maxOutput)
    throw TemplateError{"a value is larger than " + std::to_string(maxOutput) + " bytes"};
  memory += bytes;
  if (memory > maxMemory)
    throw TemplateError{"the template makes more than " + std::to_string(maxMemory) + " bytes"};
}

void Evaluator::emit(std::string &out, const std::string &text) {
  if (out.size() + text.size() > maxOutput)
    throw TemplateError{"output is larger than " + std::to_string(maxOutput) + " bytes"};
  charge(text.size());
  out += text;
}

Evaluator::Flow Evaluator::render(const Block &block, std::string &out) {
  for (const Statement &statement : block)
    if (Flow flow = renderStatement(statement, out); flow != Flow::Next)
      return flow;
  return Flow::Next;
}

std::string Evaluator::renderScoped(const Block &block) {
  std::string out;
  scopes.emplace_back();
  render(block, out);
  scopes.pop_back();
  return out;
}

Evaluator::Flow Evaluator::renderStatement(const Statement &statement, std::string &out) {
  Deeper deeper(*this);
  switch (statement.kind) {
  case StatementKind::Text:
    emit(out, statement.text);
    break;
  case StatementKind::Output:
    emit(out, evaluate(*statement.expression).str());
    break;
  case StatementKind::If:
    return render(evaluate(*statement.expression).truthy() ? statement.body : statement.otherwise, out);
  case StatementKind::For:
    return renderFor(statement, out);
  case StatementKind::Set:
    assign(statement.target, evaluate(*statement.expression));
    break;
  case StatementKind::SetBlock:
  case StatementKind::FilterBlock: {
    Value text(renderScoped(statement.body));
    if (statement.expression) {
      scopes.push_back({{" body", text}});
      text = evaluate(*statement.expression);
      scopes.pop_back();
    }
    if (statement.kind == StatementKind::FilterBlock)
      emit(out, text.str());
    else
      assign(statement.target, text);
    break;
  }
  case StatementKind::Macro:
    assign({{statement.text}, {}, false}, makeMacro(statement, scopes.size()));
    break;
  case StatementKind::CallBlock:
    renderCall(statement, out);
    break;
  case StatementKind::Scope:
    emit(out, renderScoped(statement.body));
    break;
  case StatementKind::Break:
    return Flow::Break;
  case StatementKind::Continue:
    return Flow::Continue;
  }
  return Flow::Next;
}

Evaluator::Flow Evaluator::renderFor(const Statement &statement, std::string &out) {
  List items = iterate(evaluate(*statement.expression));
  charge(items.size() * sizeof(Value));
  if (statement.condition) {
    List kept;
    for (const Value &item : items) {
      scopes.emplace_back();
      assign(statement.target, item);
      bool keep = evaluate(*statement.condition).truthy();
      scopes.pop_back();
      if (keep)
        kept.push_back(item);
    }
    items = std::move(kept);
  }
  int64_t count = int64_t(items.size());
  if (!count)
    return render(statement.otherwise, out);
  for (int64_t i = 0; i < count; ++i) {
    Dict loop;
    loop.emplace_back("index", i + 1);
    loop.emplace_back("index0", i);
    loop.emplace_back("revindex", count - i);
    loop.emplace_back("revindex0", count - i - 1);
    loop.emplace_back("first", i == 0);
    loop.emplace_back("last", i == count - 1);
    loop.emplace_back("length", count);
    loop.emplace_back("depth", int64_t(1));
    loop.emplace_back("depth0", int64_t(0));
    loop.emplace_back("previtem", i ? items[i - 1] : Value());
    loop.emplace_back("nextitem", i + 1 < count ? items[i + 1] : Value());
    loop.emplace_back("cycle", Value::function([i](Evaluator &, const Arguments &a) {
                        return a.values.empty() ? Value() : a.values[size_t(i) % a.values.size()];
                      }));
    scopes.push_back({{"loop", Value::dict(std::move(loop))}});
    assign(statement.target, items[i]);
    Flow flow = render(statement.body, out);
    scopes.pop_back();
    if (flow == Flow::Break)
      break;
  }
  return Flow::Next;
}

void Evaluator::assign(const Target &target, const Value &value) {
  if (!target.attribute.empty()) {
    Value *object = findVariable(target.names[0]);
    if (!object || !object->is(Type::Namespace))
      throw TemplateError{"cannot set an attribute of " + inQuotes(target.names[0]) + ", which is no namespace"};
    object->set(Value(target.attribute), value);
    return;
  }
  List values = target.tuple ? iterate(value) : List{value};
  if (values.size() != target.names.size())
    throw TemplateError{"cannot unpack " + std::to_string(values.size()) + " values into " +
                        std::to_string(target.names.size()) + " names"};
  for (size_t i = 0; i < values.size(); ++i) {
    Scope &scope = scopes.back();
    Value *known = nullptr;
    for (auto &[name, old] : scope)
      if (name == target.names[i])
        known = &old;
    if (known)
      *known = values[i];
    else
      scope.emplace_back(target.names[i], values[i]);
  }
}

/// A macro runs in the scopes that were open where it was defined: the outermost `outer` of those that are open, or
/// for the body of a call block a copy of all of them.
Value Evaluator::makeMacro(const Statement &statement, size_t outer, std::shared_ptr<std::vector<Scope>> copied) {
  return Value::function([&statement, outer, copied](Evaluator &e, const Arguments &given) {
    if (++e.macroDepth > 50)
      throw TemplateError{"macros call each other too deeply"};
    if (given.values.size() > statement.parameters.size())
      throw TemplateError{"macro " + inQuotes(statement.text) + " takes at most " +
                          std::to_string(statement.parameters.size()) + " arguments"};
    std::vector<Scope> hidden;
    if (copied) {
      hidden = std::exchange(e.scopes, *copied);
    } else if (outer < e.scopes.size()) {
      hidden.assign(std::make_move_iterator(e.scopes.begin() + outer), std::make_move_iterator(e.scopes.end()));
      e.scopes.resize(outer);
    }
    size_t before = e.scopes.size();
    e.scopes.emplace_back();
    for (size_t i = 0; i < statement.parameters.size(); ++i) {
      const auto &[name, fallback] = statement.parameters[i];
      Value value = given.get(i, name.c_str());
      if (value.is(Type::Undefined))
        value = fallback ? e.evaluate(*fallback) : Value::undefined(name);
      e.scopes.back().emplace_back(name, value);
    }
    for (const auto &[name, value] : given.named)
      if (name == "caller")
        e.scopes.back().emplace_back(name, value);
    std::string out;
    e.render(statement.body, out);
    e.scopes.resize(before);
    if (copied)
      e.scopes = std::move(hidden);
    else
      std::move(hidden.begin(), hidden.end(), std::back_inserter(e.scopes));
    --e.macroDepth;
    return Value(std::move(out));
  });
}

void Evaluator::renderCall(const Statement &statement, std::string &out) {
  Value callee = evaluate(*statement.expression->parts[0]);
  Arguments arguments = evaluateArguments(*statement.expression);
  arguments.named.emplace_back("caller", makeMacro(statement, 0, std::make_shared<std::vector<Scope>>(scopes)));
  emit(out, call(callee, arguments).str());
}

Value Evaluator::call(const Value &function, const Arguments &arguments) {
  if (!function.is(Type::Function))
    throw TemplateError{std::string("a value of type ") + function.typeName() + " is not callable"};
  Function code = function.callable(); // a copy, in case the variable is set while it runs
  return code(*this, arguments);
}

Value *Evaluator::findVariable(const std::string &name) {
  for (auto scope = scopes.rbegin(); scope != scopes.rend(); ++scope)
    for (auto &[known, value] : *scope)
      if (known == name)
        return &value;
  return nullptr;
}

Value Evaluator::lookup(const std::string &name) const {
  Value *found = const_cast<Evaluator *>(this)->findVariable(name);
  return found ? *found : Value::undefined(name);
}

} // namespace braid::text::jinja
