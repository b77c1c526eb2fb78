// SPDX-License-Identifier: Apache-2.0
/// \file
/// Block sparsity from a mask, by interval arithmetic on its region.
#include "passes/derive/Passes.h"

using namespace mlir;
namespace braid::derive {
#define GEN_PASS_DEF_DERIVEBLOCKMASKPASS
#include "passes/derive/Passes.h.inc"

namespace {

/// What is known of a value for all pairs of a block: an index in [low, high], or a truth that holds for some (high)
/// and for all (low) of them: booleans are intervals with false < true.
struct Interval {
  Value low, high;
};

class Intervals {
public:
  Intervals(OpBuilder &builder, Location location) : b(location, builder) {}

  void set(Value value, Interval interval) { known[value] = interval; }
  Interval get(Value value) const { return known.lookup(value); }

  void visit(Operation &op) {
    if (auto constant = dyn_cast<arith::ConstantOp>(op)) {
      Value copy = b.clone(op)->getResult(0);
      return set(constant, {copy, copy});
    }
    if (auto add = dyn_cast<arith::AddIOp>(op)) {
      Interval x = get(add.getLhs()), y = get(add.getRhs());
      if (isBounded(x, y) && add.getType().isIndex())
        return set(add, {sum(x.low, y.low), sum(x.high, y.high)});
    }
    if (auto sub = dyn_cast<arith::SubIOp>(op)) {
      Interval x = get(sub.getLhs()), y = get(sub.getRhs());
      if (isBounded(x, y) && sub.getType().isIndex())
        return set(sub, {difference(x.low, y.high), difference(x.high, y.low)});
    }
    if (auto compare = dyn_cast<arith::CmpIOp>(op))
      return set(compare, visitCompare(compare));
    if (isa<arith::AndIOp, arith::OrIOp>(op) && op.getResult(0).getType().isInteger(1)) {
      // Monotone in both operands, and exact in neither: "some" of an and may be too generous, which is safe.
      Interval x = get(op.getOperand(0)), y = get(op.getOperand(1));
      if (isBounded(x, y))
        return set(op.getResult(0), {clone(op, x.low, y.low), clone(op, x.high, y.high)});
    }
    if (op.getNumResults() == 1 && op.getResult(0).getType().isInteger(1))
      set(op.getResult(0), unknown());
  }

  Interval unknown() { return {truth(false), truth(true)}; }

private:
  static bool isBounded(Interval x, Interval y) { return x.low && y.low; }
  Value truth(bool value) { return arith::ConstantOp::create(b, b.getBoolAttr(value)); }
  Value sum(Value x, Value y) { return arith::AddIOp::create(b, x, y); }
  Value difference(Value x, Value y) { return arith::SubIOp::create(b, x, y); }
  Value compare(arith::CmpIPredicate predicate, Value x, Value y) { return arith::CmpIOp::create(b, predicate, x, y); }
  Value clone(Operation &op, Value x, Value y) {
    Operation *copy = b.clone(op);
    copy->setOperands({x, y});
    return copy->getResult(0);
  }

  Interval visitCompare(arith::CmpIOp op) {
    using P = arith::CmpIPredicate;
    Interval x = get(op.getLhs()), y = get(op.getRhs());
    if (!isBounded(x, y) || !op.getLhs().getType().isIndex())
      return unknown();
    switch (op.getPredicate()) {
    case P::slt:
    case P::sle: // largest x against smallest y decides for all, smallest x against largest y for some
      return {compare(op.getPredicate(), x.high, y.low), compare(op.getPredicate(), x.low, y.high)};
    case P::sgt:
    case P::sge:
      return {compare(op.getPredicate(), x.low, y.high), compare(op.getPredicate(), x.high, y.low)};
    case P::eq:
    case P::ne: {
      Value overlap = arith::AndIOp::create(b, compare(P::sle, x.low, y.high), compare(P::sle, y.low, x.high));
      Value points = arith::AndIOp::create(b, compare(P::eq, x.low, y.high), compare(P::eq, x.high, y.low));
      if (op.getPredicate() == P::eq)
        return {points, overlap};
      return {arith::XOrIOp::create(b, overlap, truth(true)), arith::XOrIOp::create(b, points, truth(true))};
    }
    default: // unsigned comparisons: positions are never negative, but differences may be
      return unknown();
    }
  }

  ImplicitLocOpBuilder b;
  llvm::DenseMap<Value, Interval> known;
};

struct DeriveBlockMask : impl::DeriveBlockMaskPassBase<DeriveBlockMask> {
  void runOnOperation() override {
    attn::SoftmaxOp variant = getOperation();
    if (variant.getMask().empty() || !variant.getBlock().empty())
      return;
    Block &mask = variant.getMask().front();
    unsigned params = variant.getParams().size();
    OpBuilder builder(&getContext());
    SmallVector<Type> types;
    for (unsigned i = 0; i < params; ++i)
      types.push_back(mask.getArgument(i).getType());
    types.append(5, builder.getIndexType());
    Location location = variant.getLoc();
    Block *block = builder.createBlock(&variant.getBlock(), {}, types, SmallVector<Location>(types.size(), location));
    builder.setInsertionPointToEnd(block);
    Intervals intervals(builder, location);
    for (unsigned i = 0; i <= params; ++i) // the parameters and the head
      intervals.set(mask.getArgument(i), {block->getArgument(i), block->getArgument(i)});
    auto pair = [&](unsigned i) { return Interval{block->getArgument(i), block->getArgument(i + 1)}; };
    intervals.set(mask.getArgument(params + 1), pair(params + 1));
    intervals.set(mask.getArgument(params + 2), pair(params + 3));
    for (Operation &op : mask.without_terminator())
      intervals.visit(op);
    Interval seen = intervals.get(mask.getTerminator()->getOperand(0));
    if (!seen.low)
      seen = intervals.unknown();
    builder.setInsertionPointToEnd(block);
    attn::YieldOp::create(builder, location, ValueRange{seen.high, seen.low});
  }
};

} // namespace
} // namespace braid::derive
