// SPDX-License-Identifier: Apache-2.0
/// \file
/// The router of a mixture of experts, token by token; experts side by side in vectors.
#include "compiler/targets/cpu/kernels/Router.h"

#include "compiler/targets/cpu/kernels/VectorMath.h"

using namespace mlir;
namespace braid::cpu {
namespace {

constexpr double kLowest = -3.402823466e38; ///< the key of what is chosen last
constexpr double kTaken = -std::numeric_limits<double>::infinity();
constexpr int64_t kTokensPerTask = 16;

class Token {
public:
  Token(Emit &e, const Router &spec)
      : e(e), spec(spec), padded(llvm::alignTo(spec.experts, kLanes)), scores(e.stackSlot(4 * padded)),
        keys(e.stackSlot(4 * padded)), groups(e.stackSlot(4 * spec.groups)) {}

  void score(Value logits, Value bias);
  void maskGroups();
  void choose(Value ids, Value weights);

private:
  using Body = llvm::function_ref<void(Value byte, Value mask)>;
  /// body(offset in bytes, lanes that are experts) for 16 experts at a time.
  void alongExperts(Body body) {
    e.loop(e.i64(0), e.i64(padded), e.i64(kLanes), [&](Value first) {
      body(e.mul(first, e.i64(4)), e.tailMask(e.sub(e.i64(spec.experts), first)));
    });
  }
  Value place(Value base, Value index) { return e.at(base, e.mul(index, e.i64(4))); }
  Value number(Value base, Value index) { return e.load(e.getF32Type(), place(base, index), 4); }
  Value vector(Value base, Value byte) { return e.load(e.vf32(), e.at(base, byte), 4); }
  Value splat(double v) { return e.constant(e.vf32(), v); }

  Emit &e;
  const Router &spec;
  const int64_t padded;
  Value scores, keys, groups;
};

void Token::score(Value logits, Value bias) {
  Value slot = e.stackSlot(64);
  if (!spec.sigmoid) {
    e.store(splat(kTaken), slot, 64);
    alongExperts([&](Value byte, Value mask) {
      Value x = e.select(mask, e.loadMasked(e.vf32(), e.at(logits, byte), mask), splat(kTaken));
      e.store(e.max(e.load(e.vf32(), slot, 64), x), slot, 64); // a NaN stays
    });
    Value top = e.splat(e.maxLanes(e.load(e.vf32(), slot, 64)));
    e.store(splat(0), slot, 64);
    alongExperts([&](Value byte, Value mask) {
      Value x = e.loadMasked(e.vf32(), e.at(logits, byte), mask);
      Value power = e.select(mask, emitExp(e, e.sub(x, top)), splat(0));
      e.store(power, e.at(scores, byte), 4);
      e.store(e.add(e.load(e.vf32(), slot, 64), power), slot, 64);
    });
  }
  Value sum = spec.sigmoid ? Value() : e.splat(e.sumLanes(e.load(e.vf32(), slot, 64)));
  alongExperts([&](Value byte, Value mask) {
    Value x = e.loadMasked(e.vf32(), e.at(logits, byte), mask);
    Value s = spec.sigmoid ? emitSigmoid(e, x) : e.div(vector(scores, byte), sum);
    Value key = spec.byLogits ? x : s;
    if (spec.bias)
      key = e.add(key, e.loadMasked(e.vf32(), e.at(bias, byte), mask));
    e.store(spec.biasedWeights ? key : s, e.at(scores, byte), 4);
    Value isNumber = e.less(splat(kLowest), key); // neither NaN nor the lowest
    e.store(e.select(mask, e.select(isNumber, key, splat(kLowest)), splat(kTaken)), e.at(keys, byte), 4);
  });
}

void Token::maskGroups() {
  const int64_t size = spec.experts / spec.groups;
  Value count = e.i64(spec.groups), one = e.i64(1), zero = e.i64(0);
  e.loop(zero, count, one, [&](Value group) {
    Value first = e.mul(group, e.i64(size)), lowest = e.f32(kLowest);
    auto best = e.loop(zero, e.i64(size), one, {lowest, lowest}, [&](Value i, ValueRange top) -> SmallVector<Value> {
      Value key = number(keys, e.add(first, i)), wins = e.less(top[0], key);
      return {e.select(wins, key, top[0]), e.select(wins, top[0], e.select(e.less(top[1], key), key, top[1]))};
    });
    e.store(spec.groupsByPair ? e.add(best[0], best[1]) : best[0], place(groups, group), 4);
  });
  e.loop(zero, count, one, [&](Value group) {
    Value own = number(groups, group);
    Value better = e.loop(zero, count, one, zero, [&](Value other, ValueRange in) -> SmallVector<Value> {
      Value value = number(groups, other);
      Value isEqual = arith::CmpFOp::create(e, arith::CmpFPredicate::OEQ, value, own);
      Value wins = arith::OrIOp::create(e, e.less(own, value), arith::AndIOp::create(e, isEqual, e.less(other, group)));
      return {e.select(wins, e.add(in[0], one), in[0])};
    })[0];
    e.ifThen(e.less(e.i64(spec.topGroups - 1), better), [&] {
      Value first = e.mul(group, e.i64(size)), out = e.f32(spec.zeroMasked && !spec.byLogits ? 0 : kLowest);
      e.loop(zero, e.i64(size), one, [&](Value i) { e.store(out, place(keys, e.add(first, i)), 4); });
    });
  });
}

/// Of equals each lane keeps its first, and the lowest one of all lanes wins.
void Token::choose(Value ids, Value weights) {
  VectorType i32 = e.vec(e.getI32Type());
  SmallVector<int32_t> lanes = llvm::to_vector(llvm::seq<int32_t>(0, kLanes));
  Value lane = arith::ConstantOp::create(e, e.getI32VectorAttr(lanes));
  Value sum = e.loop(e.i64(0), e.i64(spec.top), e.i64(1), e.f32(0), [&](Value slot, ValueRange in) -> SmallVector<Value> {
    SmallVector<Value> start{splat(kTaken), e.constant(i32, int64_t(0))};
    auto best = e.loop(e.i64(0), e.i64(padded), e.i64(kLanes), start, [&](Value first, ValueRange top) -> SmallVector<Value> {
      Value key = vector(keys, e.mul(first, e.i64(4))), wins = e.less(top[0], key);
      Value id = e.add(lane, e.splat(arith::TruncIOp::create(e, e.getI32Type(), first)));
      return {e.select(wins, key, top[0]), e.select(wins, id, top[1])};
    });
    Value isBest = arith::CmpFOp::create(e, arith::CmpFPredicate::OEQ, best[0], e.splat(e.maxLanes(best[0])));
    Value negated = e.sub(e.constant(i32, int64_t(0)), best[1]);
    Value id = e.sub(e.i32(0), e.maxLanes(e.select(isBest, negated, e.constant(i32, -int64_t(padded)))));
    Value wide = arith::ExtUIOp::create(e, e.getI64Type(), id);
    Value weight = number(scores, wide);
    e.store(e.f32(kTaken), place(keys, wide), 4);
    e.store(id, place(ids, slot), 4);
    e.store(weight, place(weights, slot), 4);
    return {e.add(in[0], weight)};
  })[0];
  Value divisor = e.add(sum, e.f32(spec.epsilon));
  e.loop(e.i64(0), e.i64(spec.top), e.i64(1), [&](Value slot) {
    Value weight = number(weights, slot);
    if (spec.renormalize)
      weight = e.div(weight, divisor);
    e.store(e.mul(weight, e.f32(spec.scale)), place(weights, slot), 4);
  });
}

} // namespace

LLVM::LLVMFuncOp emitRouterRows(Emit &e, const Router &spec) {
  Type p = e.ptr(), i64 = e.getI64Type();
  return e.function(spec.name + ".rows", {i64, i64, p, p, p, p}, [&](ValueRange v) {
    Token token(e, spec);
    e.loop(v[0], v[1], e.i64(1), [&](Value row) {
      token.score(e.at(v[2], e.mul(row, e.i64(4 * spec.experts))), v[3]);
      if (spec.groups > 1)
        token.maskGroups();
      token.choose(e.at(v[4], e.mul(row, e.i64(4 * spec.top))), e.at(v[5], e.mul(row, e.i64(4 * spec.top))));
    });
  });
}

LLVM::LLVMFuncOp emitRouter(Emit &e, const Router &spec) {
  LLVM::LLVMFuncOp ofRows = emitRouterRows(e, spec);
  Type p = e.ptr();
  return e.function(spec.name, {p, e.getI64Type(), p, p, p, p}, [&](ValueRange args) {
    SmallVector<Value> values(args.drop_front());
    e.parallel(spec.name + ".tokens", args[0], e.ceilDiv(args[1], kTokensPerTask), values, [&](ValueRange v, Value index) {
      Value first = e.mul(index, e.i64(kTokensPerTask)), end = e.min(v[0], e.add(first, e.i64(kTokensPerTask)));
      e.call(ofRows, {first, end, v[1], v[2], v[3], v[4]});
    });
  });
}

} // namespace braid::cpu
