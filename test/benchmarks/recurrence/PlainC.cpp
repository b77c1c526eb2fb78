// SPDX-License-Identifier: Apache-2.0
/// \file
/// Recurrent steps as plain C.
#include "test/benchmarks/recurrence/PlainC.h"

using namespace mlir;
using namespace braid::derive;
namespace braid {

namespace {

std::string function(attn::Function function, const std::string &x) {
  using F = attn::Function;
  switch (function) {
  case F::Exp: return "expf(" + x + ")";
  case F::Log: return "logf(" + x + ")";
  case F::Sigmoid: return "sigmoid(" + x + ")";
  case F::Softplus: return "softplus(" + x + ")";
  case F::Tanh: return "tanhf(" + x + ")";
  case F::Relu: return "fmaxf(" + x + ", 0)";
  case F::Abs: return "fabsf(" + x + ")";
  case F::Sqrt: return "sqrtf(" + x + ")";
  case F::Rsqrt: return "1 / sqrtf(" + x + ")";
  case F::Reciprocal: return "1 / (" + x + ")";
  }
  llvm_unreachable("unknown function");
}

void printHead(attn::RecurrenceOp op, raw_ostream &os) {
  os << "/* One token of @" << op.getSymName() << ". Build with -DK=... -DV=... */\n#include <math.h>\n\n"
     << "static float sigmoid(float x) { return 1 / (1 + expf(-x)); }\n"
     << "static float softplus(float x) { return fmaxf(x, 0) + log1pf(expf(-fabsf(x))); }\n\n"
     << "static void step(const float *const *in, float *const *state, float *restrict out) {\n";
}

/// All tokens of a head, then the next head: the state stays in cache.
void printScan(attn::RecurrenceOp op, raw_ostream &os) {
  unsigned states = op.getStateCount();
  auto columns = [&](unsigned state) {
    return isa<attn::ColumnType>(op.getBody().getArgument(state).getType()) ? "1" : "V";
  };
  os << "void scan(int tokens, int heads, const float *const *in, float *const *state, float *out) {\n"
     << "  for (int h = 0; h < heads; h++)\n    for (int t = 0; t < tokens; t++) {\n";
  os << "      const float *row[] = {";
  for (BlockArgument arg : op.getBody().getArguments().drop_front(states)) {
    StringRef width = isa<attn::KeyType>(arg.getType()) ? "K" : isa<attn::ValueType>(arg.getType()) ? "V" : "1";
    bool isConstant = op.hasArgFact(arg.getArgNumber(), "constant");
    os << "in[" << arg.getArgNumber() - states << "] + " << (isConstant ? "h" : "(t * heads + h)") << " * "
       << width << ", ";
  }
  os << "};\n      float *s[] = {";
  for (unsigned state = 0; state < states; ++state)
    os << "state[" << state << "] + h * K * " << columns(state) << ", ";
  os << "};\n      step(row, s, out + (t * heads + h) * V);\n    }\n}\n";
}

/// From the normal form: one pass over a state that reads, one that updates.
class NormalC {
public:
  NormalC(const NormalForm &form, raw_ostream &os) : form(form), os(os), op(form.op) {}

  void print() {
    printHead(op, os);
    SmallVector<ExprId> keys, rest{form.output};
    for (const Read &read : form.reads)
      keys.push_back(read.key);
    for (const Write &write : form.writes)
      rest.append({write.key, write.value});
    for (const Decay &decay : form.decays)
      rest.append({decay.scalarFactor, decay.keyFactor, decay.valueFactor});
    for (ExprId id : form.schedule(keys))
      define(id);
    for (unsigned state = 0; state < form.decays.size(); ++state)
      read(state);
    for (ExprId id : form.schedule(rest))
      define(id);
    for (unsigned state = 0; state < form.decays.size(); ++state)
      update(state);
    os << "  for (int j = 0; j < V; j++)\n    out[j] = " << at(form.output, "j") << ";\n}\n\n";
    printScan(op, os);
  }

private:
  static std::string boundOf(Width width) { return width == Width::Key ? "K" : "V"; }
  std::string name(ExprId id) { return "x" + std::to_string(id); }
  std::string at(ExprId id, StringRef index) {
    return form.pool[id].width == Width::Scalar ? name(id) : (name(id) + "[" + index + "]").str();
  }
  std::string columns(unsigned state) { return form.isColumn(state) ? "1" : "V"; }

  void define(ExprId id) {
    if (!defined.insert(id).second)
      return;
    const Expr &expr = form.pool[id];
    bool isScalar = expr.width == Width::Scalar;
    if (expr.kind == ExprKind::Dot) {
      std::string x = at(expr.operands[0], "i"), y = at(expr.operands[1], "i");
      os << "  float " << name(id) << " = 0;\n  for (int i = 0; i < " << boundOf(form.pool[expr.operands[0]].width)
         << "; i++)\n    " << name(id) << " += " << x << " * " << y << ";\n";
    } else if (expr.kind == ExprKind::Input && !isScalar) {
      os << "  const float *" << name(id) << " = in[" << expr.index - form.decays.size() << "];\n";
    } else if (isScalar) {
      os << "  float " << name(id) << " = " << value(expr) << ";\n";
    } else {
      os << "  float " << name(id) << "[" << boundOf(expr.width) << "];\n  for (int i = 0; i < " << boundOf(expr.width)
         << "; i++)\n    " << name(id) << "[i] = " << value(expr) << ";\n";
    }
  }

  std::string value(const Expr &expr) {
    auto operand = [&](unsigned i) { return at(expr.operands[i], "i"); };
    switch (expr.kind) {
    case ExprKind::Input: return "in[" + std::to_string(expr.index - form.decays.size()) + "][0]";
    case ExprKind::Constant: return llvm::formatv("(float){0:e9}", expr.constant).str();
    case ExprKind::Read:
      return "r" + std::to_string(expr.index) + (expr.width == Width::Scalar ? "[0]" : "[i]");
    case ExprKind::Add: return operand(0) + " + " + operand(1);
    case ExprKind::Sub: return operand(0) + " - " + operand(1);
    case ExprKind::Mul:
    case ExprKind::Scale: return operand(0) + " * " + operand(1);
    case ExprKind::Neg: return "-" + operand(0);
    case ExprKind::Map: return function(expr.function, operand(0));
    case ExprKind::Dot: break;
    }
    llvm_unreachable("no elementwise expression");
  }

  std::string element(unsigned state) {
    return "state[" + std::to_string(state) + "][i * " + columns(state) + " + j]";
  }
  void loops(unsigned state) {
    os << "  for (int i = 0; i < K; i++)\n    for (int j = 0; j < " << columns(state) << "; j++)";
  }

  void read(unsigned state) {
    std::string body;
    for (auto [index, read] : llvm::enumerate(form.reads)) {
      if (read.state != state)
        continue;
      os << "  float r" << index << "[" << columns(state) << "] = {0};\n";
      body += "      r" + std::to_string(index) + "[j] += " + element(state) + " * " + at(read.key, "i") + ";\n";
    }
    if (body.empty())
      return;
    loops(state);
    os << " {\n" << body << "    }\n";
  }

  void update(unsigned state) {
    const Decay &decay = form.decays[state];
    loops(state);
    os << "\n      " << element(state) << " = " << element(state);
    for (ExprId factor : {decay.scalarFactor, decay.keyFactor, decay.valueFactor})
      if (factor != noExpr)
        os << " * " << at(factor, factor == decay.valueFactor ? "j" : "i");
    for (const Write &write : form.writes)
      if (write.state == state)
        os << " + " << at(write.key, "i") << " * " << at(write.value, "j");
    os << ";\n";
  }

  const NormalForm &form;
  raw_ostream &os;
  attn::RecurrenceOp op;
  llvm::DenseSet<ExprId> defined;
};

/// Op by op. A state is changed in place, unless it is used once more.
class WrittenC {
public:
  WrittenC(attn::RecurrenceOp op, raw_ostream &os) : op(op), os(os) {}

  void print() {
    printHead(op, os);
    Block &block = op.getBody().front();
    for (BlockArgument arg : block.getArguments()) {
      std::string number = std::to_string(arg.getArgNumber());
      bool isState = arg.getArgNumber() < op.getStateCount();
      names[arg] = isState ? "s" + number : "in" + number;
      if (isState)
        os << "  float *restrict s" << number << " = state[" << number << "];\n";
      else if (bound(arg) != "1")
        os << "  const float *in" << number << " = in[" << arg.getArgNumber() - op.getStateCount() << "];\n";
      else
        os << "  float in" << number << " = in[" << arg.getArgNumber() - op.getStateCount() << "][0];\n";
    }
    for (Operation &inner : block.without_terminator())
      visit(inner);
    auto yielded = block.getTerminator()->getOperands();
    for (auto [index, value] : llvm::enumerate(yielded.drop_back()))
      if (names[value] != "s" + std::to_string(index))
        os << "  for (int i = 0; i < K * " << bound(value) << "; i++)\n    s" << index << "[i] = " << names[value]
           << "[i];\n";
    os << "  for (int j = 0; j < V; j++)\n    out[j] = " << at(yielded.back(), "j") << ";\n}\n\n";
    printScan(op, os);
  }

private:
  /// How many numbers a vector has, or a row of a state.
  static std::string bound(Value value) {
    Type type = value.getType();
    return isa<attn::KeyType>(type) ? "K" : isa<attn::ValueType, attn::StateType>(type) ? "V" : "1";
  }
  std::string at(Value value, StringRef index) {
    return bound(value) == "1" ? names[value] : (names[value] + "[" + index + "]").str();
  }
  static bool isUsedLater(Value state, Operation &now) {
    return llvm::any_of(state.getUsers(), [&](Operation *user) { return now.isBeforeInBlock(user); });
  }

  /// The result of a decay or write, element by element.
  void change(Operation &now, Value state, llvm::function_ref<std::string(const std::string &)> element) {
    std::string from = names[state], to = from, index = "[i * " + bound(state) + " + j]";
    if (isUsedLater(state, now)) {
      to = "t" + std::to_string(count++);
      os << "  float " << to << "[K * " << bound(state) << "];\n";
    }
    names[now.getResult(0)] = to;
    os << "  for (int i = 0; i < K; i++)\n    for (int j = 0; j < " << bound(state) << "; j++)\n      " << to << index
       << " = " << element(from + index) << ";\n";
  }

  void define(Operation &now, llvm::function_ref<std::string(StringRef)> element) {
    Value result = now.getResult(0);
    std::string name = names[result] = "x" + std::to_string(count++);
    if (bound(result) == "1")
      os << "  float " << name << " = " << element("0") << ";\n";
    else
      os << "  float " << name << "[" << bound(result) << "];\n  for (int i = 0; i < " << bound(result) << "; i++)\n    "
         << name << "[i] = " << element("i") << ";\n";
  }

  void visit(Operation &now) {
    auto binary = [&](StringRef sign) {
      define(now, [&](StringRef i) { return at(now.getOperand(0), i) + sign.str() + at(now.getOperand(1), i); });
    };
    llvm::TypeSwitch<Operation &>(now)
        .Case([&](attn::DecayOp decay) {
          std::string name = "d" + std::to_string(count++), width = bound(decay.getGate());
          os << "  float " << name << "[" << width << "];\n  for (int i = 0; i < " << width << "; i++)\n    " << name
             << "[i] = expf(" << at(decay.getGate(), "i") << ");\n";
          change(now, decay.getState(),
                 [&](const std::string &x) { return x + " * " + name + (width == "1" ? "[0]" : width == "V" ? "[j]" : "[i]"); });
        })
        .Case([&](attn::WriteOp write) {
          change(now, write.getState(), [&](const std::string &x) {
            return x + " + " + at(write.getKey(), "i") + " * " + at(write.getValue(), "j");
          });
        })
        .Case([&](attn::ReadOp read) {
          std::string name = "r" + std::to_string(count++), columns = bound(read.getState());
          os << "  float " << name << "[" << columns << "];\n  for (int j = 0; j < " << columns << "; j++)\n    " << name
             << "[j] = 0;\n  for (int i = 0; i < K; i++)\n    for (int j = 0; j < " << columns << "; j++)\n      " << name
             << "[j] += " << names[read.getState()] << "[i * " << columns << " + j] * " << at(read.getKey(), "i") << ";\n";
          names[read] = columns == "1" ? name + "[0]" : name;
        })
        .Case([&](attn::DotOp dot) {
          std::string name = names[dot] = "x" + std::to_string(count++);
          os << "  float " << name << " = 0;\n  for (int i = 0; i < " << bound(dot.getLhs()) << "; i++)\n    " << name
             << " += " << at(dot.getLhs(), "i") << " * " << at(dot.getRhs(), "i") << ";\n";
        })
        .Case([&](attn::ConstantOp constant) {
          define(now, [&](StringRef) {
            return llvm::formatv("(float){0:e9}", constant.getValue().convertToDouble()).str();
          });
        })
        .Case([&](attn::MapOp map) {
          define(now, [&](StringRef i) { return function(map.getFunction(), at(map.getInput(), i)); });
        })
        .Case([&](attn::NegOp neg) { define(now, [&](StringRef i) { return "-" + at(neg.getInput(), i); }); })
        .Case([&](attn::AddOp) { binary(" + "); })
        .Case([&](attn::SubOp) { binary(" - "); })
        .Case<attn::MulOp, attn::ScaleOp>([&](auto) { binary(" * "); })
        .Default([](Operation &) { llvm_unreachable("no such op in a step"); });
  }

  attn::RecurrenceOp op;
  raw_ostream &os;
  llvm::DenseMap<Value, std::string> names;
  unsigned count = 0;
};

} // namespace

void printPlainC(attn::RecurrenceOp op, raw_ostream &os) { WrittenC(op, os).print(); }
void printPlainC(const NormalForm &form, raw_ostream &os) { NormalC(form, os).print(); }

} // namespace braid
