// SPDX-License-Identifier: Apache-2.0
/// \file
/// Signs of numbers and tensors, and what they say of exponents.
#include "passes/derive/VerifyExponents.h"
#include "passes/derive/Passes.h"

using namespace mlir;
namespace braid::derive {
#define GEN_PASS_DEF_VERIFYEXPONENTSPASS
#include "passes/derive/Passes.h.inc"

namespace {

/// What holds for a number, or for every number of a tensor.
struct Facts {
  bool nonPositive = false, nonNegative = false;
  /// A product with an exponential in it: it may be as small as it likes.
  bool vanishes = false;
  bool operator==(const Facts &other) const = default;
};

/// What holds for a number that is one or the other.
Facts either(Facts x, Facts y) {
  return {x.nonPositive && y.nonPositive, x.nonNegative && y.nonNegative, x.vanishes || y.vanishes};
}

class Signs {
public:
  explicit Signs(func::FuncOp function) {
    for (BlockArgument arg : function.getArguments())
      if (function.getArgAttr(arg.getArgNumber(), "attn.log"))
        facts[arg] = {true, false, false};
    visit(function.getBody().front());
  }

  Facts of(Value value) const { return facts.lookup(value); }

private:
  void visit(Block &block) {
    for (Operation &op : block)
      visit(op);
  }

  void visit(Operation &op) {
    if (auto loop = dyn_cast<scf::ForOp>(op))
      return visitLoop(loop);
    if (auto generic = dyn_cast<linalg::GenericOp>(op))
      return visitGeneric(generic);
    if (op.getNumResults() != 1)
      return;
    facts[op.getResult(0)] = resultOf(op);
  }

  Facts resultOf(Operation &op) const {
    auto operand = [&](unsigned i) { return of(op.getOperand(i)); };
    return llvm::TypeSwitch<Operation &, Facts>(op)
        .Case([&](arith::ConstantOp constant) { return ofConstant(constant.getValue()); })
        .Case([&](arith::AddFOp) {
          Facts x = operand(0), y = operand(1);
          return Facts{x.nonPositive && y.nonPositive, x.nonNegative && y.nonNegative, false};
        })
        .Case([&](arith::SubFOp) {
          Facts x = operand(0), y = operand(1);
          return Facts{x.nonPositive && y.nonNegative, x.nonNegative && y.nonPositive, false};
        })
        .Case([&](arith::NegFOp) {
          Facts x = operand(0);
          return Facts{x.nonNegative, x.nonPositive, x.vanishes};
        })
        .Case([&](arith::MulFOp) {
          Facts x = operand(0), y = operand(1);
          return Facts{(x.nonPositive && y.nonNegative) || (x.nonNegative && y.nonPositive),
                       (x.nonPositive && y.nonPositive) || (x.nonNegative && y.nonNegative), x.vanishes || y.vanishes};
        })
        .Case([&](arith::MinimumFOp) {
          Facts x = operand(0), y = operand(1);
          return Facts{x.nonPositive || y.nonPositive, x.nonNegative && y.nonNegative, x.vanishes || y.vanishes};
        })
        .Case([&](arith::MaximumFOp) {
          Facts x = operand(0), y = operand(1);
          return Facts{x.nonPositive && y.nonPositive, x.nonNegative || y.nonNegative, x.vanishes || y.vanishes};
        })
        .Case([&](arith::SelectOp) { return either(operand(1), operand(2)); })
        .Case([&](math::AbsFOp) { return Facts{false, true, operand(0).vanishes}; })
        .Case<math::ExpOp, math::Exp2Op>([&](auto) { return Facts{false, true, true}; })
        .Case<tensor::ExtractSliceOp, tensor::ExpandShapeOp, tensor::CollapseShapeOp, tensor::CastOp, tensor::ExtractOp,
              tensor::SplatOp, linalg::FillOp, linalg::TransposeOp, linalg::BroadcastOp, linalg::CopyOp>(
            [&](auto) { return operand(0); })
        .Case<tensor::InsertSliceOp, tensor::InsertOp>([&](auto) { return either(operand(0), operand(1)); })
        .Default([](Operation &) { return Facts(); });
  }

  static Facts ofConstant(Attribute value) {
    APFloat number(0.0f);
    if (auto scalar = dyn_cast<FloatAttr>(value))
      number = scalar.getValue();
    else if (auto splat = dyn_cast<SplatElementsAttr>(value); splat && isa<FloatType>(splat.getElementType()))
      number = splat.getSplatValue<APFloat>();
    else
      return {};
    if (number.isNaN())
      return {};
    return {number.isZero() || number.isNegative(), number.isZero() || !number.isNegative(), false};
  }

  void visitLoop(scf::ForOp loop) {
    iterate(loop.getRegionIterArgs(), loop.getInitArgs(), *loop.getBody());
    for (auto [result, arg] : llvm::zip(loop.getResults(), loop.getRegionIterArgs()))
      facts[result] = of(arg);
  }

  void visitGeneric(linalg::GenericOp op) {
    Block &body = op.getRegion().front();
    for (auto [arg, input] : llvm::zip(body.getArguments(), op.getInputs()))
      facts[arg] = of(input);
    auto outs = body.getArguments().take_back(op.getNumDpsInits());
    iterate(outs, op.getDpsInits(), body);
    for (auto [result, arg, last] : llvm::zip(op.getResults(), outs, body.getTerminator()->getOperands()))
      facts[result] = arg.use_empty() ? of(last) : of(arg);
  }

  /// Assumes of what goes round what holds at first, and takes back what the body does not keep.
  void iterate(ValueRange around, ValueRange first, Block &body) {
    for (auto [arg, init] : llvm::zip(around, first))
      facts[arg] = of(init);
    for (bool changes = true; changes;) {
      visit(body);
      changes = false;
      for (auto [arg, next] : llvm::zip(around, body.getTerminator()->getOperands())) {
        Facts kept = either(of(arg), of(next));
        changes |= kept != of(arg);
        facts[arg] = kept;
      }
    }
  }

  llvm::DenseMap<Value, Facts> facts;
};

struct VerifyExponents : impl::VerifyExponentsPassBase<VerifyExponents> {
  void runOnOperation() override {
    if (failed(verifyExponents(getOperation())))
      signalPassFailure();
    markAllAnalysesPreserved();
  }
};

} // namespace

LogicalResult verifyExponents(func::FuncOp function) {
  if (function.isExternal())
    return success();
  Signs signs(function);
  bool isProved = true;
  function.walk([&](Operation *op) {
    if (isa<math::ExpOp, math::Exp2Op, math::ExpM1Op>(op) && !op->hasAttr("attn.own") &&
        !signs.of(op->getOperand(0)).nonPositive) {
      op->emitError("expected an exponent that is at most 0: a sum of logarithms of decays, or a selection of such "
                    "sums");
      isProved = false;
    }
    if (isa<arith::DivFOp>(op) && signs.of(op->getOperand(1)).vanishes) {
      op->emitError("expected a divisor without a decay in it, which may be as small as 0");
      isProved = false;
    }
  });
  return success(isProved);
}

} // namespace braid::derive
