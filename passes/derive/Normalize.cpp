// SPDX-License-Identifier: Apache-2.0
/// \file
/// Brings a step into normal form.
///
/// The state at any point of the step is `Diag(a) S + sum x w^T`, with S the state before the token: each decay and
/// write keeps that shape, and a read of it is a read of S plus known multiples of the w. So the ops are visited once,
/// each state value being kept as its gates and terms. Exponentials of gates are built from sums of logarithms. Scalar
/// factors are moved from keys to what is read or written, so that keys that differ by a scalar count as one.
#include "passes/derive/Affine.h"
#include "passes/derive/Normal.h"
#include "passes/derive/Range.h"
#include "passes/derive/Remarks.h"

using namespace mlir;
namespace braid::derive {

namespace {

/// Decays in the order of the step, as logarithms.
struct Gates {
  SmallVector<ExprId> scalar, key, value;
  bool operator==(const Gates &other) const = default;
};

/// `Diag(exp gates) raw value^T`, with gates of value channels on the right.
struct StateTerm {
  ExprId raw, value;
  Gates after;
};

struct StateValue {
  unsigned state;
  Gates gates;
  SmallVector<StateTerm> terms;
};

class Normalizer {
public:
  explicit Normalizer(attn::RecurrenceOp op) : form{op}, pool(form.pool) {}

  NormalForm run() {
    Block &block = form.op.getBody().front();
    unsigned states = form.op.getStateCount();
    unknownGate.assign(states, false);
    for (BlockArgument arg : block.getArguments()) {
      unsigned number = arg.getArgNumber();
      if (number < states)
        stateOf[arg] = {number, {}, {}};
      else
        exprOf[arg] = pool.input(number, widthOf(arg), form.op.hasArgFact(number, "constant"));
    }
    for (Operation &op : block.without_terminator()) {
      visit(op);
      if (form.structure == Structure::Opaque)
        return opaque();
      if (auto result = exprOf.find(op.getResult(0)); result != exprOf.end())
        pool.setLocation(result->second, op.getLoc());
    }
    finish();
    return form.structure == Structure::Opaque ? opaque() : std::move(form);
  }

private:
  static Width widthOf(Value value) {
    if (isa<attn::KeyType>(value.getType()))
      return Width::Key;
    return isa<attn::ValueType>(value.getType()) ? Width::Value : Width::Scalar;
  }

  NormalForm opaque() {
    NormalForm result{form.op, Structure::Opaque, form.reason, form.reasonAt};
    result.classification = "-";
    return result;
  }
  template <typename... Args> void refuse(Location location, remarks::Text text, Args &&...args) {
    form.structure = Structure::Opaque;
    form.reason = llvm::formatv(text.data(), std::forward<Args>(args)...).str();
    form.reasonAt = location;
  }

  void visit(Operation &op) {
    llvm::TypeSwitch<Operation &>(op)
        .Case([&](attn::DecayOp decay) { visitDecay(decay); })
        .Case([&](attn::ReadOp read) { visitRead(read); })
        .Case([&](attn::WriteOp write) { visitWrite(write); })
        .Case([&](attn::MapOp map) {
          if (stateOf.contains(map.getInput()))
            return refuse(map.getLoc(), remarks::kStateMap, attn::stringifyFunction(map.getFunction()));
          exprOf[map] = pool.map(map.getFunction(), exprOf.at(map.getInput()));
        })
        .Case([&](attn::DotOp dot) {
          ExprId x = exprOf.at(dot.getLhs()), y = exprOf.at(dot.getRhs());
          if (pool[x].width == Width::Value && (pool[x].usesState || pool[y].usesState))
            return refuse(dot.getLoc(), remarks::kMixedColumns);
          exprOf[dot] = pool.dot(x, y);
        })
        .Case([&](attn::ConstantOp c) { exprOf[c] = pool.constant(c.getValue().convertToDouble(), widthOf(c)); })
        .Case([&](attn::NegOp neg) { exprOf[neg] = pool.neg(exprOf.at(neg.getInput())); })
        .Case([&](attn::AddOp o) { exprOf[o] = pool.add(exprOf.at(o.getLhs()), exprOf.at(o.getRhs())); })
        .Case([&](attn::SubOp o) { exprOf[o] = pool.sub(exprOf.at(o.getLhs()), exprOf.at(o.getRhs())); })
        .Case([&](attn::MulOp o) { exprOf[o] = pool.mul(exprOf.at(o.getLhs()), exprOf.at(o.getRhs())); })
        .Case([&](attn::ScaleOp o) { exprOf[o] = pool.scale(exprOf.at(o.getInput()), exprOf.at(o.getFactor())); })
        .Default([&](Operation &other) {
          refuse(other.getLoc(), remarks::kUnknown, other.getName().getStringRef());
        });
  }

  /// The expression of a gate or key, which must be free of the state.
  std::optional<ExprId> stateFree(Operation *op, StringRef role, Value value) {
    ExprId id = exprOf.at(value);
    if (!pool[id].usesState)
      return id;
    refuse(op->getLoc(), remarks::kStateOperand, role, op->getName().getStringRef());
    return std::nullopt;
  }

  ExprId logOf(ArrayRef<ExprId> gates) {
    ExprId sum = noExpr;
    for (ExprId gate : gates)
      sum = pool.sum(sum, gate);
    return sum;
  }
  ExprId factorOf(ArrayRef<ExprId> gates) {
    return gates.empty() ? noExpr : pool.map(attn::Function::Exp, logOf(gates));
  }
  ExprId decayed(ExprId key, const Gates &gates) { return pool.product(factorOf(gates.key), key); }

  void visitDecay(attn::DecayOp op) {
    std::optional<ExprId> gate = stateFree(op, "gate", op.getGate());
    if (!gate)
      return;
    StateValue value = stateOf.at(op.getState());
    unknownGate[value.state] = unknownGate[value.state] || !(boundsOf(pool, form.op, *gate).second <= 0);
    const Width width = pool[*gate].width;
    if (width == Width::Value && !columnDecayAt)
      columnDecayAt = op.getLoc();
    auto append = [&](Gates &gates) {
      (width == Width::Key ? gates.key : width == Width::Value ? gates.value : gates.scalar).push_back(*gate);
    };
    append(value.gates);
    for (StateTerm &term : value.terms)
      append(term.after);
    stateOf[op] = std::move(value);
  }

  void visitRead(attn::ReadOp op) {
    std::optional<ExprId> key = stateFree(op, "key", op.getKey());
    if (!key)
      return;
    const StateValue &value = stateOf.at(op.getState());
    auto [raw, strength] = pool.splitScalar(*key);
    unsigned index = findRead(value, raw);
    ExprId result = pool.scaled(pool.read(index, widthOf(op)), pool.product(factorOf(value.gates.scalar), strength));
    result = pool.product(factorOf(value.gates.value), result);
    for (const StateTerm &term : value.terms) {
      ExprId overlap = pool.product(pool.dot(decayed(term.raw, term.after), raw), factorOf(term.after.scalar));
      ExprId held = pool.scale(term.value, pool.product(overlap, strength));
      result = pool.add(result, pool.product(factorOf(term.after.value), held));
    }
    exprOf[op] = result;
  }

  unsigned findRead(const StateValue &value, ExprId raw) {
    ExprId key = decayed(raw, value.gates);
    unsigned index = 0;
    while (index < form.reads.size() && (form.reads[index].key != key || form.reads[index].state != value.state))
      ++index;
    if (index == form.reads.size()) {
      form.reads.push_back({value.state, key, raw, logOf(value.gates.key)});
      readGates.emplace_back();
    }
    readGates[index].push_back(value.gates);
    return index;
  }

  void visitWrite(attn::WriteOp op) {
    std::optional<ExprId> key = stateFree(op, "key", op.getKey());
    if (!key)
      return;
    StateValue value = stateOf.at(op.getState());
    auto [raw, strength] = pool.splitScalar(*key);
    ExprId written = pool.scaled(exprOf.at(op.getValue()), strength);
    noteShift(written, value);
    StateTerm *old = llvm::find_if(value.terms, [&](StateTerm &t) { return t.raw == raw && t.after == Gates(); });
    if (old != value.terms.end())
      old->value = pool.add(old->value, written);
    else
      value.terms.push_back({raw, written, {}});
    stateOf[op] = std::move(value);
  }

  /// Whether what is written was read from the same state as it decays before or after the read.
  void noteShift(ExprId written, const StateValue &value) {
    for (ExprId id : form.schedule(written))
      if (pool[id].kind == ExprKind::Read && form.reads[pool[id].index].state == value.state &&
          !llvm::is_contained(readGates[pool[id].index], value.gates))
        isShifted = true;
  }

  void finish() {
    OperandRange yielded = form.op.getYielded();
    for (auto [index, next] : llvm::enumerate(yielded.drop_back())) {
      const StateValue &value = stateOf.at(next);
      if (value.state != index)
        return refuse(form.op.getBody().front().getTerminator()->getLoc(), remarks::kSwapped);
      Decay decay;
      decay.scalarLog = logOf(value.gates.scalar);
      decay.keyLog = logOf(value.gates.key);
      decay.valueLog = logOf(value.gates.value);
      decay.scalarFactor = factorOf(value.gates.scalar);
      decay.keyFactor = factorOf(value.gates.key);
      decay.valueFactor = factorOf(value.gates.value);
      decay.nonPositive = !unknownGate[index];
      for (ExprId log : {decay.scalarLog, decay.keyLog, decay.valueLog})
        decay.isConstant &= log == noExpr || pool[log].isConstant;
      form.decays.push_back(decay);
      if (decay.valueLog != noExpr)
        lower(Structure::ColumnAffine, columnDecayAt, remarks::kColumnDecay.str());
      for (const StateTerm &term : value.terms)
        addWrite(value.state, term);
    }
    form.output = exprOf.at(yielded.back());
    takeWritesApart();
    dropUnusedReads();
    classify();
  }

  void addWrite(unsigned state, const StateTerm &term) {
    Write write{state, decayed(term.raw, term.after), term.raw, logOf(term.after.key)};
    write.value = pool.scaled(term.value, factorOf(term.after.scalar));
    write.value = pool.product(factorOf(term.after.value), write.value);
    for (Write &old : form.writes)
      if (old.state == state && old.key == write.key) {
        old.value = pool.add(old.value, write.value);
        return;
      }
    form.writes.push_back(write);
  }

  void lower(Structure structure, std::optional<Location> location, std::string reason) {
    if (form.structure >= structure)
      return;
    form.structure = structure;
    form.reason = std::move(reason);
    form.reasonAt = location ? location : form.op.getLoc();
  }

  void takeWritesApart() {
    ExprId culprit = noExpr;
    for (Write &write : form.writes) {
      write.affine = takeApart(pool, write.value, culprit);
      if (!write.affine) {
        lower(Structure::Nonlinear, pool.location(culprit), remarkOn(culprit));
        continue;
      }
      for (const Term &term : write.affine->terms)
        if (pool[term.coefficient].width == Width::Value && !form.isColumn(write.state))
          lower(Structure::ColumnAffine, pool.location(write.value), remarks::kColumnWeights.str());
    }
    form.outputAffine = takeApart(pool, form.output, culprit);
  }

  std::string remarkOn(ExprId id) {
    const Expr &expr = pool[id];
    switch (expr.kind) {
    case ExprKind::Map:
      return llvm::formatv(remarks::kReadMap.data(), attn::stringifyFunction(expr.function));
    case ExprKind::Dot:
      return remarks::kReadDot.str();
    default:
      return llvm::formatv(remarks::kReadProduct.data(), expr.kind == ExprKind::Scale ? "scale" : "mul");
    }
  }

  void dropUnusedReads() {
    SmallVector<bool> used(form.reads.size(), false);
    for (ExprId id : form.schedule())
      if (pool[id].kind == ExprKind::Read)
        used[pool[id].index] = true;
    SmallVector<unsigned> numbers(form.reads.size());
    std::vector<Read> kept;
    for (auto [index, read] : llvm::enumerate(form.reads)) {
      numbers[index] = kept.size();
      if (used[index])
        kept.push_back(read);
    }
    form.reads = std::move(kept);
    pool.renumberReads(numbers);
    for (Write &write : form.writes)
      if (write.affine)
        for (Term &term : write.affine->terms)
          term.read = numbers[term.read];
    if (form.outputAffine)
      for (Term &term : form.outputAffine->terms)
        term.read = numbers[term.read];
  }

  void classify() {
    form.classification = "-";
    if (form.structure != Structure::Affine)
      return;
    bool isDelta = llvm::any_of(form.writes, [](const Write &write) { return !write.affine->terms.empty(); });
    const Decay &decay = form.decays.front();
    int order = decay.isNone() ? 0 : decay.isConstant ? 1 : decay.keyLog == noExpr ? 2 : 3;
    bool isFree = isDelta && isShifted && order == 3;
    form.classification = (isDelta ? "D" : "C") + std::to_string(isFree ? 4 : order);
    if (isDelta && isShifted && (order == 1 || order == 2))
      form.classification += "'";
  }

  NormalForm form;
  ExprPool &pool;
  llvm::DenseMap<Value, ExprId> exprOf;
  struct StateMap {
    std::map<void *, StateValue> values;
    bool contains(Value value) const { return values.count(value.getAsOpaquePointer()); }
    const StateValue &at(Value value) const { return values.at(value.getAsOpaquePointer()); }
    StateValue &operator[](Value value) { return values[value.getAsOpaquePointer()]; }
  } stateOf;
  /// For each read: the gates of the state at the ops that read so.
  std::vector<SmallVector<Gates>> readGates;
  SmallVector<bool> unknownGate;
  std::optional<Location> columnDecayAt; ///< the first decay by value channels
  bool isShifted = false;
};

} // namespace

NormalForm normalize(attn::RecurrenceOp op) { return Normalizer(op).run(); }

} // namespace braid::derive
