// SPDX-License-Identifier: Apache-2.0
/// \file
/// Preparing a token of a head: everything that needs no state of values. Columns are so small, and depend on so little,
/// that they are taken along here, one token after the other.
#include "compiler/targets/cpu/kernels/ExprCode.h"
#include "compiler/targets/cpu/kernels/RecurrencePlan.h"

using namespace mlir;
using namespace braid::derive;
namespace braid::cpu {
namespace {

class TokenPreparer {
public:
  TokenPreparer(Emit &e, const RecurrencePlan &plan, ValueRange params)
      : e(e), plan(plan), pool(plan.form.pool), token(params[0]), rows(params[1]), head(params[2]), slot(params[3]),
        state(params[4]), args(params.drop_front(5)) {}

  void run() {
    Value ahead = e.add(token, e.i64(recurrenceScheduleFor(plan.isa).tokensAhead));
    e.ifThen(e.less(ahead, rows), [&] { prefetchInputs(ahead); });
    SmallVector<ExprId> roots(plan.scalars);
    for (const RecurrencePlan::Key &key : plan.keys)
      roots.append({key.vector, key.factor});
    for (const Write &write : plan.form.writes)
      if (plan.states[write.state].isColumn)
        roots.append({write.key, write.value});
    std::vector<ExprId> order = plan.form.schedule(roots);
    emitScalars(order, /*ofState=*/false);
    emitKeys();
    emitScalars(order, /*ofState=*/true); // reads columns as they were before the token
    for (const RecurrencePlan::State &column : plan.states)
      if (column.isColumn)
        updateColumn(column);
    for (auto [number, id] : llvm::enumerate(plan.scalars))
      e.store(scalars.at(id), e.at(slot, plan.scalarOffset(number)), 4);
  }

private:
  /// The rows of a head lie far apart, one or more pages from token to token: the hardware does not foresee them.
  void prefetchInputs(Value ahead) {
    attn::RecurrenceOp op = plan.form.op;
    for (BlockArgument arg : op.getBody().getArguments().drop_front(plan.states.size())) {
      bool isKey = isa<attn::KeyType>(arg.getType());
      if ((!isKey && !isa<attn::ValueType>(arg.getType())) || op.hasArgFact(arg.getArgNumber(), "constant"))
        continue;
      Value row = plan.argRow(e, args, arg.getArgNumber(), ahead, head);
      for (int64_t line = 0; line < 4 * (isKey ? plan.spec.keyDim : plan.spec.valueDim); line += 64)
        e.prefetch(e.at(row, line));
    }
  }

  void emitScalars(ArrayRef<ExprId> order, bool ofState) {
    for (ExprId id : order)
      if (const Expr &expr = pool[id]; expr.width == Width::Scalar && expr.usesState == ofState)
        scalars[id] = scalar(expr);
  }

  Value scalar(const Expr &expr) {
    switch (expr.kind) {
    case ExprKind::Input: return e.load(e.getF32Type(), plan.argRow(e, args, expr.index, token, head), 4);
    case ExprKind::Constant: return e.f32(expr.constant);
    case ExprKind::Read: return readColumn(expr.index);
    case ExprKind::Dot: return dot(expr.operands[0], expr.operands[1]);
    default:
      return emitArithmetic(e, expr, llvm::map_to_vector(expr.operands, [&](ExprId id) { return scalars.at(id); }));
    }
  }

  /// 16 numbers of vector expressions, from number `first` on; inputs beyond their end are zero.
  template <typename Body> void atLanes(Value first, int64_t width, Body body) {
    Value mask = width % 16 ? e.tailMask(e.sub(e.i64(width), first)) : Value();
    auto leaf = [&](ExprId id) -> Value {
      if (pool[id].width == Width::Scalar)
        return e.splat(scalars.at(id));
      Value from = e.at(plan.argRow(e, args, pool[id].index, token, head), e.mul(first, e.i64(4)));
      return mask ? e.loadMasked(e.vf32(), from, mask) : e.load(e.vf32(), from, 4);
    };
    VectorCode code(e, pool, leaf);
    auto masked = [&](Value x) { return mask ? e.select(mask, x, e.constant(e.vf32(), 0.0)) : x; };
    body(code, masked);
  }

  Value dot(ExprId x, ExprId y) {
    int64_t width = pool[x].width == Width::Key ? plan.spec.keyDim : plan.spec.valueDim;
    Value sum = e.loop(e.i64(0), e.i64(width), e.i64(16), ValueRange{e.constant(e.vf32(), 0.0)},
                       [&](Value first, ValueRange sums) {
                         Value next;
                         atLanes(first, width, [&](VectorCode &code, auto masked) {
                           next = e.fma(masked(code.get(x)), masked(code.get(y)), sums[0]);
                         });
                         return SmallVector<Value>{next};
                       })[0];
    return e.sumLanes(sum);
  }

  void emitKeys() {
    e.loop(e.i64(0), e.i64(plan.spec.keyDim), e.i64(16), [&](Value first) {
      atLanes(first, plan.spec.keyDim, [&](VectorCode &code, auto masked) {
        for (auto [number, key] : llvm::enumerate(plan.keys)) {
          Value x = code.get(key.vector);
          if (key.factor != noExpr)
            x = e.mul(x, e.splat(scalars.at(key.factor)));
          e.store(masked(x), keyAt(number, first), 64);
        }
      });
    });
  }
  Value keyAt(unsigned key, Value first) {
    return e.at(slot, e.add(e.mul(first, e.i64(4)), e.i64(plan.keyOffset(key))));
  }

  Value columnAt(const RecurrencePlan::State &column) {
    return e.at(state, e.add(e.mul(head, e.i64(plan.headBytes(column))), e.i64(column.offset)));
  }

  Value readColumn(unsigned read) {
    Value column = columnAt(plan.states[plan.form.reads[read].state]);
    Value sum = e.loop(e.i64(0), e.i64(plan.spec.keyDim), e.i64(16), ValueRange{e.constant(e.vf32(), 0.0)},
                       [&](Value first, ValueRange sums) {
                         Value x = e.load(e.vf32(), e.at(column, e.mul(first, e.i64(4))), 64);
                         Value key = e.load(e.vf32(), keyAt(plan.readKeys[read], first), 64);
                         return SmallVector<Value>{e.fma(x, key, sums[0])};
                       })[0];
    return e.sumLanes(sum);
  }

  void updateColumn(const RecurrencePlan::State &column) {
    Value base = columnAt(column);
    e.loop(e.i64(0), e.i64(plan.spec.keyDim), e.i64(16), [&](Value first) {
      Value at = e.at(base, e.mul(first, e.i64(4))), x = e.load(e.vf32(), at, 64);
      if (column.decayKey)
        x = e.mul(x, e.load(e.vf32(), keyAt(*column.decayKey, first), 64));
      if (column.decayScalar)
        x = e.mul(x, e.splat(scalars.at(plan.scalars[*column.decayScalar])));
      for (unsigned write : column.writes)
        x = e.fma(e.load(e.vf32(), keyAt(plan.writeKeys[write], first), 64),
                  e.splat(scalars.at(plan.form.writes[write].value)), x);
      e.store(x, at, 64);
    });
  }

  Emit &e;
  const RecurrencePlan &plan;
  const ExprPool &pool;
  Value token, rows, head, slot, state;
  ValueRange args;
  std::map<ExprId, Value> scalars;
};

} // namespace

LLVM::LLVMFuncOp emitPrepareToken(Emit &e, const RecurrencePlan &plan) {
  Type p = e.ptr(), i = e.getI64Type();
  SmallVector<Type> params{i, i, i, p, p};
  params.append(plan.argCount(), p);
  return e.function(plan.spec.name + ".prepare", params,
                    [&](ValueRange values) { TokenPreparer(e, plan, values).run(); });
}

} // namespace braid::cpu
