// SPDX-License-Identifier: Apache-2.0
/// \file
/// Softmax attention over a session's keys and values.
#include "dialects/braid/ops/Int8Rows.h"
#include "dialects/braid/ops/SoftmaxVariant.h"

using namespace mlir;
using namespace braid::graph;

StringRef AttendOp::getVariantKind() { return braid::attn::SoftmaxOp::getOperationName(); }

LogicalResult AttendOp::verify() {
  KvType kv = getState().getType();
  int64_t heads = getHeads(), width = kv.getHeads() * kv.getDim();
  if (heads <= 0 || heads % kv.getHeads())
    return emitOpError() << "expected query heads that are a multiple of " << kv.getHeads() << " key heads, got " << heads;
  if (getNext().getType() != kv)
    return emitOpError() << "expected the next state to be " << kv << ", got " << getNext().getType();
  if (failed(expectFeatures(*this, "queries", getQuery(), heads * kv.getDim())) ||
      failed(expectFeatures(*this, "keys", getKey(), width)) ||
      failed(expectFeatures(*this, "values", getValue(), width)))
    return failure();
  return expectFeatures(*this, "a result", getResult(), heads * kv.getDim());
}

LogicalResult AttendOp::verifySymbolUses(SymbolTableCollection &symbols) {
  return verifySoftmaxVariant(*this, getVariantAttr(), getParams(), symbols);
}

SmallVector<Value> AttendOp::naiveMeaning(ImplicitLocOpBuilder &b) {
  auto variant = SymbolTable::lookupNearestSymbolFrom<braid::attn::SoftmaxOp>(*this, getVariantAttr());
  KvType kv = getState().getType();
  int64_t dim = kv.getDim(), kvHeads = kv.getHeads(), group = getHeads() / kvHeads;
  Type element = elementOf(kv.getContext(), kv.getStorage());
  auto index = [&](int64_t v) -> Value { return arith::ConstantIndexOp::create(b, v); };
  auto f32 = [&](double v) -> Value { return arith::ConstantOp::create(b, b.getF32FloatAttr(v)); };
  auto add = [&](Value x, Value y) -> Value { return arith::AddIOp::create(b, x, y); };
  auto narrow = [&](Value v) -> Value {
    return element.isF32() ? v : arith::TruncFOp::create(b, element, v).getResult();
  };
  auto widen = [&](Value v) -> Value {
    return element.isF32() ? v : arith::ExtFOp::create(b, b.getF32Type(), v).getResult();
  };
  const Naive naive{b};
  auto loop = [&](Value from, Value to, ValueRange carried, Naive::Body body) {
    return naive.loop(from, to, carried, body);
  };

  Value rows = RowsOp::create(b, kv.getRowsType(), getState());
  Value capacity = memref::DimOp::create(b, rows, 1);
  Value count = tensor::DimOp::create(b, getQuery(), 0);

  // Append the new keys and values.
  loop(index(0), count, {}, [&](Value t, ValueRange) -> SmallVector<Value> {
    Value row = arith::RemUIOp::create(b, add(getPosition(), t), capacity);
    for (int64_t h = 0; h < kvHeads; ++h)
      loop(index(0), index(dim), {}, [&](Value d, ValueRange) -> SmallVector<Value> {
        Value at = add(index(h * dim), d);
        Value k = tensor::ExtractOp::create(b, getKey(), ValueRange{t, at});
        Value v = tensor::ExtractOp::create(b, getValue(), ValueRange{t, at});
        memref::StoreOp::create(b, narrow(k), rows, ValueRange{index(h), row, d});
        memref::StoreOp::create(b, narrow(v), rows, ValueRange{index(kvHeads + h), row, d});
        return {};
      });
    if (kv.getStorage() == StateStorage::Int8)
      naive.each(2 * kvHeads, [&](Value plane) { roundToInt8(naive, rows, plane, row); });
    return {};
  });

  // Positions first .. end - 1 are in memory.
  Value end = add(getPosition(), count);
  Value first = arith::MaxSIOp::create(b, arith::SubIOp::create(b, end, capacity), index(0));
  Value width = index(dim);
  Value result = loop(index(0), count, ValueRange{emptyLike(b, getQuery(), features(getQuery()))},
                      [&](Value t, ValueRange outer) -> SmallVector<Value> {
    Value i = add(getPosition(), t);
    return loop(index(0), index(getHeads()), outer, [&](Value h, ValueRange middle) -> SmallVector<Value> {
      Value kvHead = arith::DivUIOp::create(b, h, index(group));
      Value base = arith::MulIOp::create(b, h, width);
      // The score of key j, and whether it is seen; one definition for both passes below.
      auto score = [&](Value j) -> std::pair<Value, Value> {
        Value row = arith::RemUIOp::create(b, j, capacity);
        Value dot = loop(index(0), width, ValueRange{f32(0)}, [&](Value d, ValueRange sum) -> SmallVector<Value> {
          Value q = tensor::ExtractOp::create(b, getQuery(), ValueRange{t, add(base, d)});
          Value k = widen(memref::LoadOp::create(b, rows, ValueRange{kvHead, row, d}));
          return {arith::AddFOp::create(b, sum[0], arith::MulFOp::create(b, q, k))};
        })[0];
        Value s = arith::MulFOp::create(b, dot, f32(getScale().convertToDouble()));
        if (!variant.getScore().empty())
          s = inlineRegion(b, variant.getScore(), getParams(), {s, h, i, j});
        Value seen = variant.getMask().empty()
                         ? arith::ConstantOp::create(b, b.getBoolAttr(true)).getResult()
                         : inlineRegion(b, variant.getMask(), getParams(), {h, i, j});
        return {s, seen};
      };
      Value top = loop(first, end, ValueRange{f32(-3.4e38)}, [&](Value j, ValueRange best) -> SmallVector<Value> {
        auto [s, seen] = score(j);
        return {arith::SelectOp::create(b, seen, arith::MaximumFOp::create(b, s, best[0]), best[0])};
      })[0];
      SmallVector<Value> zeroed = loop(index(0), width, middle, [&](Value d, ValueRange out) -> SmallVector<Value> {
        return {tensor::InsertOp::create(b, f32(0), out[0], ValueRange{t, add(base, d)})};
      });
      SmallVector<Value> sums = loop(first, end, ValueRange{f32(0), zeroed[0]}, [&](Value j, ValueRange carried) -> SmallVector<Value> {
        auto [s, seen] = score(j);
        Value e = math::ExpOp::create(b, arith::SubFOp::create(b, s, top));
        Value p = arith::SelectOp::create(b, seen, e, f32(0));
        Value row = arith::RemUIOp::create(b, j, capacity);
        Value head = add(kvHead, index(kvHeads));
        Value out = loop(index(0), width, ValueRange{carried[1]}, [&](Value d, ValueRange o) -> SmallVector<Value> {
          Value at = add(base, d);
          Value v = widen(memref::LoadOp::create(b, rows, ValueRange{head, row, d}));
          Value old = tensor::ExtractOp::create(b, o[0], ValueRange{t, at});
          Value sum = arith::AddFOp::create(b, old, arith::MulFOp::create(b, p, v));
          return {tensor::InsertOp::create(b, sum, o[0], ValueRange{t, at})};
        })[0];
        return {arith::AddFOp::create(b, carried[0], p), out};
      });
      Value none = arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, sums[0], f32(0));
      Value divisor = arith::SelectOp::create(b, none, f32(1), sums[0]);
      return loop(index(0), width, ValueRange{sums[1]}, [&](Value d, ValueRange o) -> SmallVector<Value> {
        Value at = add(base, d);
        Value x = tensor::ExtractOp::create(b, o[0], ValueRange{t, at});
        return {tensor::InsertOp::create(b, arith::DivFOp::create(b, x, divisor), o[0], ValueRange{t, at})};
      });
    });
  })[0];
  return {result, getState()};
}
