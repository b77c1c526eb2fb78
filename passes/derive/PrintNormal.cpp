// SPDX-License-Identifier: Apache-2.0
/// \file
/// A normal form as the algebra that people write.
#include "passes/derive/Normal.h"
#include "passes/derive/Remarks.h"

#include "llvm/Support/Format.h"

using namespace mlir;
namespace braid::derive {

namespace {

class Printer {
public:
  Printer(const NormalForm &form, raw_ostream &os) : form(form), pool(form.pool), os(os), op(form.op) {}

  void print() {
    os << "@" << op.getSymName() << ": " << nameOf(form.structure) << ", class " << form.classification << '\n';
    if (!form.reason.empty())
      os << "  because " << form.reason << '\n';
    if (form.structure == Structure::Opaque) {
      os << "  forms: step, as it is written\n";
      return;
    }
    for (const auto &[name, value] : equations())
      os << "  " << name << " = " << value << '\n';
    printFacts();
  }

  std::vector<std::pair<std::string, std::string>> equations() {
    std::vector<std::pair<std::string, std::string>> result;
    for (auto [index, read] : llvm::enumerate(form.reads))
      result.push_back({"r" + std::to_string(index), state(read.state) + "^T " + text(read.key, 3)});
    for (auto [index, write] : llvm::enumerate(form.writes)) {
      if (pool[write.value].operands.empty() || names.count(write.value))
        continue; // it has a name
      std::string name = "w" + std::to_string(index);
      result.push_back({name, text(write.value)});
      names[write.value] = name;
    }
    result.push_back({"o", text(form.output)});
    for (unsigned index = 0; index < form.decays.size(); ++index)
      result.push_back({state(index) + "'", next(index)});
    return result;
  }

private:
  std::string state(unsigned index) { return op.getArgName(index); }

  std::string next(unsigned index) {
    const Decay &decay = form.decays[index];
    std::string result;
    if (decay.scalarFactor != noExpr)
      result += text(decay.scalarFactor) + " ";
    if (decay.keyFactor != noExpr)
      result += "Diag(" + text(decay.keyFactor) + ") ";
    result += state(index);
    if (decay.valueFactor != noExpr)
      result += " Diag(" + text(decay.valueFactor) + ")";
    for (const Write &write : form.writes)
      if (write.state == index)
        result += " + " + text(write.key, 3) + " " + text(write.value, 3) + (form.isColumn(index) ? "" : "^T");
    return result;
  }

  void printFacts() {
    os << "  forms: step, scan" << (form.hasChunk() ? ", chunk, combine" : "") << '\n';
    for (unsigned index = 0; index < form.decays.size(); ++index)
      if (!form.decays[index].nonPositive)
        os << "  " << llvm::formatv(remarks::kUnknownDecay.data(), state(index)) << '\n';
    os << "  flops a token: " << form.flops().text() << '\n';
    os << "  bytes a token: step " << form.stepBytes().text() << "; scan " << form.scanBytes().text() << '\n';
    os << "  state: " << form.stateBytes().text() << " bytes, all that snapshot, fork and rollback copy\n";
    os << "  parallel: heads and columns\n";
  }

  static std::string number(double value) {
    std::string result;
    llvm::raw_string_ostream(result) << llvm::format("%g", value);
    return result;
  }

  /// The text of an expression, in brackets when it binds weaker than `level`: 1 sums, 2 products, 3 what stands alone.
  std::string text(ExprId id, int level = 1) {
    if (auto name = names.find(id); name != names.end())
      return name->second;
    const Expr &expr = pool[id];
    auto operand = [&](unsigned i, int inner) { return text(expr.operands[i], inner); };
    auto bracket = [&](std::string inner, int own) { return own < level ? "(" + inner + ")" : inner; };
    switch (expr.kind) {
    case ExprKind::Input: return op.getArgName(expr.index);
    case ExprKind::Read: return "r" + std::to_string(expr.index);
    case ExprKind::Constant: return number(expr.constant);
    case ExprKind::Add: return bracket(operand(0, 1) + " + " + operand(1, 1), 1);
    case ExprKind::Sub: return bracket(operand(0, 1) + " - " + operand(1, 2), 1);
    case ExprKind::Mul: return bracket(operand(0, 2) + " * " + operand(1, 2), 2);
    case ExprKind::Scale: return bracket(operand(1, 2) + " * " + operand(0, 2), 2);
    case ExprKind::Dot: return "(" + operand(0, 3) + " . " + operand(1, 3) + ")";
    case ExprKind::Neg: return bracket("-" + operand(0, 2), 1);
    case ExprKind::Map: return (attn::stringifyFunction(expr.function) + "(" + operand(0, 1) + ")").str();
    }
    llvm_unreachable("unknown expression");
  }

  const NormalForm &form;
  const ExprPool &pool;
  raw_ostream &os;
  attn::RecurrenceOp op;
  std::map<ExprId, std::string> names;
};

} // namespace

StringRef nameOf(Structure structure) {
  switch (structure) {
  case Structure::Affine: return "affine";
  case Structure::ColumnAffine: return "affine by columns";
  case Structure::Nonlinear: return "not affine";
  case Structure::Opaque: return "opaque";
  }
  llvm_unreachable("unknown structure");
}

std::string Cost::text() const {
  std::string result;
  llvm::raw_string_ostream stream(result);
  for (auto [factor, unit] : {std::pair(kv, " K V"), std::pair(k, " K"), std::pair(v, " V"), std::pair(one, "")})
    if (factor != 0)
      stream << (result.empty() ? "" : " + ") << int64_t(factor) << unit;
  return result.empty() ? "0" : result;
}

std::vector<std::pair<std::string, std::string>> NormalForm::equations() const {
  if (structure == Structure::Opaque)
    return {};
  return Printer(*this, llvm::nulls()).equations();
}

void NormalForm::print(raw_ostream &stream) const { Printer(*this, stream).print(); }

} // namespace braid::derive
