// SPDX-License-Identifier: Apache-2.0
/// \file
/// Softmax attention over a session's latent rows.
#include "dialects/braid/ops/Int8Rows.h"
#include "dialects/braid/ops/SoftmaxVariant.h"

using namespace mlir;
using namespace braid::graph;

StringRef LatentAttendOp::getVariantKind() { return braid::attn::SoftmaxOp::getOperationName(); }

LogicalResult LatentAttendOp::verify() {
  LatentType type = getState().getType();
  int64_t heads = getHeads(), rank = type.getRank();
  if (heads <= 0 || features(getQNope()) % heads || features(getResult()) % heads)
    return emitOpError() << "expected heads that divide queries and result, got " << heads << " heads, "
                         << features(getQNope()) << " and " << features(getResult()) << " features";
  if (failed(expectFeatures(*this, "shared queries", getQRope(), heads * type.getRope())) ||
      failed(expectFeatures(*this, "latents", getLatent(), rank)) ||
      failed(expectFeatures(*this, "shared keys", getKRope(), type.getRope())) ||
      failed(expectShape(*this, "a key weight", getWUk(), {heads, features(getQNope()) / heads, rank})) ||
      failed(expectShape(*this, "a value weight", getWUv(), {heads, features(getResult()) / heads, rank})))
    return failure();
  if (getNext().getType() != type)
    return emitOpError() << "expected the next state to be " << type << ", got " << getNext().getType();
  return success();
}

LogicalResult LatentAttendOp::verifySymbolUses(SymbolTableCollection &symbols) {
  return verifySoftmaxVariant(*this, getVariantAttr(), getParams(), symbols);
}

namespace {

struct Meaning {
  Naive n;
  LatentAttendOp op;
  LatentType type = op.getState().getType();
  int64_t nope = features(op.getQNope()) / op.getHeads(), value = features(op.getResult()) / op.getHeads();
  Value rows = {}, capacity = {}, uk = {}, uv = {};

  ImplicitLocOpBuilder &b() { return n.b; }
  void append(Value from, int64_t width, int64_t column);
  Value latent(Value row, Value d);
  /// Row `d` of one head's up-projection times the latent of a row.
  Value project(Value weight, Value head, Value d, Value row);
  std::pair<Value, Value> score(Value t, Value head, Value i, Value j);
};

void Meaning::append(Value from, int64_t width, int64_t column) {
  n.loop(n.index(0), tensor::DimOp::create(b(), from, 0), {}, [&](Value t, ValueRange) {
    Value row = arith::RemUIOp::create(b(), n.add(op.getPosition(), t), capacity);
    n.each(width, [&](Value d) {
      Value number = n.at(from, {t, d});
      Type element = cast<MemRefType>(rows.getType()).getElementType();
      if (!element.isF32())
        number = arith::TruncFOp::create(b(), element, number);
      n.store(number, rows, {n.index(0), row, n.add(n.index(column), d)});
    });
    return Naive::Values{};
  });
}

Value Meaning::latent(Value row, Value d) {
  Value number = n.at(rows, {n.index(0), row, d});
  return number.getType().isF32() ? number : arith::ExtFOp::create(b(), b().getF32Type(), number).getResult();
}

Value Meaning::project(Value weight, Value head, Value d, Value row) {
  return n.fold(type.getRank(), n.f32(0), [&](Value r, Value sum) {
    return n.add(sum, n.mul(n.at(weight, {head, d, r}), latent(row, r)));
  });
}

/// The score of key j, and whether it is seen.
std::pair<Value, Value> Meaning::score(Value t, Value head, Value i, Value j) {
  Value row = arith::RemUIOp::create(b(), j, capacity);
  Value dot = n.fold(nope, n.f32(0), [&](Value d, Value sum) {
    Value q = n.at(op.getQNope(), {t, n.add(n.mul(head, n.index(nope)), d)});
    return n.add(sum, n.mul(q, project(uk, head, d, row)));
  });
  dot = n.fold(type.getRope(), dot, [&](Value d, Value sum) {
    Value q = n.at(op.getQRope(), {t, n.add(n.mul(head, n.index(type.getRope())), d)});
    return n.add(sum, n.mul(q, latent(row, n.add(n.index(type.getRank()), d))));
  });
  Value s = n.mul(dot, n.f32(op.getScale().convertToDouble()));
  auto variant = SymbolTable::lookupNearestSymbolFrom<braid::attn::SoftmaxOp>(op, op.getVariantAttr());
  if (!variant.getScore().empty())
    s = inlineRegion(b(), variant.getScore(), op.getParams(), {s, head, i, j});
  Value seen = variant.getMask().empty() ? arith::ConstantOp::create(b(), b().getBoolAttr(true)).getResult()
                                         : inlineRegion(b(), variant.getMask(), op.getParams(), {head, i, j});
  return {s, seen};
}

} // namespace

SmallVector<Value> LatentAttendOp::naiveMeaning(ImplicitLocOpBuilder &b) {
  Naive n{b};
  Meaning m{n, *this};
  m.rows = RowsOp::create(b, m.type.getRowsType(), getState());
  m.capacity = memref::DimOp::create(b, m.rows, 1);
  m.uk = unpack(b, getWUk());
  m.uv = unpack(b, getWUv());
  m.append(getLatent(), m.type.getRank(), 0);
  m.append(getKRope(), m.type.getRope(), m.type.getRank());
  if (m.type.getStorage() == StateStorage::Int8)
    n.loop(n.index(0), tensor::DimOp::create(b, getLatent(), 0), {}, [&](Value t, ValueRange) -> Naive::Values {
      roundToInt8(n, m.rows, n.index(0), arith::RemUIOp::create(b, n.add(getPosition(), t), m.capacity));
      return {};
    });

  // Positions first .. end - 1 are in memory.
  Value count = tensor::DimOp::create(b, getQNope(), 0), end = n.add(getPosition(), count);
  Value first = arith::MaxSIOp::create(b, arith::SubIOp::create(b, end, m.capacity), n.index(0));
  Value sums = n.local(m.value);
  Value empty = emptyLike(b, getQNope(), features(getResult()));
  Value result = n.loop(n.index(0), count, empty, [&](Value t, ValueRange outer) -> Naive::Values {
    Value i = n.add(getPosition(), t);
    return {n.fold(getHeads(), outer[0], [&](Value head, Value out) {
      Value top = n.loop(first, end, n.f32(-3.4e38), [&](Value j, ValueRange best) -> Naive::Values {
        auto [s, seen] = m.score(t, head, i, j);
        return {n.select(seen, arith::MaximumFOp::create(b, s, best[0]), best[0])};
      })[0];
      n.each(m.value, [&](Value d) { n.store(n.f32(0), sums, d); });
      Value total = n.loop(first, end, n.f32(0), [&](Value j, ValueRange sum) -> Naive::Values {
        auto [s, seen] = m.score(t, head, i, j);
        Value weight = n.select(seen, n.exp(n.sub(s, top)), n.f32(0));
        Value row = arith::RemUIOp::create(b, j, m.capacity);
        n.each(m.value, [&](Value d) {
          n.store(n.add(n.at(sums, d), n.mul(weight, m.project(m.uv, head, d, row))), sums, d);
        });
        return {n.add(sum[0], weight)};
      })[0];
      Value none = arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, total, n.f32(0));
      Value divisor = n.select(none, n.f32(1), total);
      return n.fold(m.value, out, [&](Value d, Value o) {
        return n.insert(n.div(n.at(sums, d), divisor), o, {t, n.add(n.mul(head, n.index(m.value)), d)});
      });
    })};
  })[0];
  return {result, getState()};
}
