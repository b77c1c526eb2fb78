// SPDX-License-Identifier: Apache-2.0
/// \file
/// One step of the online softmax: scores of a few tile rows against a block of keys, the new maximum, weights, and
/// the weighted sum of the values. Both products are dense micro-kernels with the cache as their weights.
#include "compiler/targets/cpu/kernels/AttentionParts.h"
#include "compiler/targets/cpu/kernels/CacheElement.h"
#include "compiler/targets/cpu/kernels/Tile.h"
#include "compiler/targets/cpu/kernels/VectorMath.h"
#include "dialects/braid/Braid.h"

using namespace mlir;
namespace braid::cpu {
namespace {

class Tile {
public:
  Tile(Emit &e, const Isa &isa, const Attention &spec, const AttentionShape &shape)
      : e(e), isa(isa), spec(spec), shape(shape), blockKeys(shape.schedule.blockKeys) {}

  LLVM::LLVMFuncOp emit();

private:
  Value equal(Value a, int64_t b) { return arith::CmpIOp::create(e, arith::CmpIPredicate::eq, a, e.i64(b)); }
  Value both(Value a, Value b) { return arith::AndIOp::create(e, a, b); }
  Value queryOf(Value position, Value tileRow) { return e.add(position, e.div(tileRow, e.i64(shape.group))); }
  Value headOf(Value kvHead, Value tileRow) {
    return e.add(e.mul(kvHead, e.i64(shape.group)), e.rem(tileRow, e.i64(shape.group)));
  }
  AttentionFetch fetch(int rows) const {
    AttentionFetch fetch = attentionFetch(isa, shape.schedule, rows, shape.productBytes);
    // Each group of I8 weighs by scales of its own: values are not read as whole rows.
    return fetch == AttentionFetch::Hardware && shape.valueCodes == Codes::I8 ? AttentionFetch::Next : fetch;
  }
  /// `next` is what AttentionFetch::Next brings while the tile works.
  void emitDense(int rows, int width, bool accumulate, SmallVector<Value> args, Value next = {}) {
    if (next)
      args.push_back(next);
    Codes codes = accumulate ? shape.valueCodes : shape.keyCodes;
    DenseTile tile{codes, rows, width, accumulate, codes == Codes::BF16, bool(next)};
    tile.bf16Rows = shape.dots;
    tile.packedRows = shape.dots && !accumulate;
    tile.skip = accumulate && codes == Codes::I8 ? shape.scaleBytes : 0;
    e.call(emitDenseTile(e, isa, tile), args);
  }

  LLVM::LLVMFuncOp emitSoftmax(bool masked);
  void emitProducts(int rows, ValueRange args);
  void emitWeightedValues(int rows, ValueRange args);
  void emitWholeRows(int rows, ValueRange args);
  void emitScaledWeights(int rows, ValueRange args, int64_t group, Value next);
  std::pair<Value, Value> emitBlockTest(ValueRange args, Value first, Value last);
  Value emitTrim(SmallVectorImpl<Value> &args, Value all);

  Emit &e;
  const Isa &isa;
  const Attention &spec;
  const AttentionShape &shape;
  const int64_t blockKeys;
  Value scaledWeights; ///< of values in I8: room for a tile's weights times the scales of a group
};

enum Arg { Q, Count, Keys, Values, Scores, Maxima, Sums, Out, FirstKey, KeyCount, Oldest, End, Position, FirstRow, KvHead };

/// Does any pair of the tile's queries and the keys [first, last] see each other; do all? Where the answer depends on
/// the head, all heads of the group must agree.
std::pair<Value, Value> Tile::emitBlockTest(ValueRange args, Value first, Value last) {
  auto constant = [&](bool value) -> Value { return arith::ConstantOp::create(e, e.getBoolAttr(value)); };
  Value inside = both(e.less(e.sub(args[Oldest], e.i64(1)), first), e.less(last, args[End]));
  if (!spec.block)
    return {constant(true), spec.mask ? constant(false) : inside};
  Value q0 = queryOf(args[Position], args[FirstRow]);
  Value q1 = queryOf(args[Position], e.add(args[FirstRow], e.sub(args[Count], e.i64(1))));
  Value some = constant(false), all = inside;
  for (int64_t member = 0; member < shape.group; ++member) {
    Value head = e.add(e.mul(args[KvHead], e.i64(shape.group)), e.i64(member));
    auto [anyPair, everyPair] = spec.block(e, head, q0, q1, first, last);
    some = arith::OrIOp::create(e, some, anyPair);
    all = both(all, everyPair);
  }
  return {some, all};
}

/// In a block that is visible in part (`all` is false), drops the granules at its ends that nobody sees, and finds
/// those that need a mask. Changes Keys, Values, FirstKey and KeyCount of `args`; returns the granules as bits.
Value Tile::emitTrim(SmallVectorImpl<Value> &args, Value all) {
  if (!spec.block)
    return e.i64(-1);
  Value granules = e.select(all, e.i64(0), e.ceilDiv(args[KeyCount], kLanes));
  SmallVector<Value> found = e.loop(
      e.i64(0), granules, e.i64(1), {granules, e.i64(0), e.i64(0)}, [&](Value g, ValueRange in) -> SmallVector<Value> {
        Value first = e.add(args[FirstKey], e.mul(g, e.i64(kLanes)));
        auto [some, every] = emitBlockTest(args, first, e.add(first, e.i64(kLanes - 1)));
        Value bit = arith::ShLIOp::create(e, e.i64(1), g);
        return {e.select(some, e.min(in[0], g), in[0]), e.select(some, e.add(g, e.i64(1)), in[1]),
                e.select(every, in[2], e.add(in[2], bit))};
      });
  Value from = found[0];
  Value keys = e.max(e.i64(0), e.sub(e.min(args[KeyCount], e.mul(found[1], e.i64(kLanes))), e.mul(from, e.i64(kLanes))));
  args[KeyCount] = e.select(all, args[KeyCount], keys);
  args[FirstKey] = e.add(args[FirstKey], e.mul(from, e.i64(kLanes)));
  args[Keys] = e.at(args[Keys], e.mul(from, e.i64(shape.keyGranule)));
  args[Values] = e.at(args[Values], e.mul(from, e.i64(shape.valueGranule)));
  return arith::ShRUIOp::create(e, found[2], from);
}

void Tile::emitProducts(int rows, ValueRange args) {
  const bool fetchesNext = fetch(rows) == AttentionFetch::Next;
  auto product = [&](Value granule, int width) {
    Value keys = e.at(args[Keys], e.mul(granule, e.i64(shape.keyGranule)));
    Value scores = e.at(args[Scores], e.mul(granule, e.i64(64)));
    Value next = fetchesNext ? e.at(args[Values], e.mul(granule, e.i64(shape.valueGranule))) : Value();
    if (shape.keyCodes == Codes::I8)
      return emitInt8Product(e, isa, shape.scaleBytes,
                             {rows, width, spec.headDim, shape.keyGranule, args[Q], e.i64(shape.qStride), keys, scores,
                              e.i64(4 * blockKeys), next});
    emitDense(rows, width, false,
              {args[Q], e.i64(shape.qStride), keys, e.i64(shape.keyGranule), e.i64(shape.keyStep), e.i64(spec.headDim),
               scores, e.i64(4 * blockKeys)},
              next);
  };
  Value granules = e.ceilDiv(args[KeyCount], kLanes);
  int width = attentionKeyVectors(isa, rows);
  Value wide = e.mul(e.div(granules, e.i64(width)), e.i64(width));
  e.loop(e.i64(0), wide, e.i64(width), [&](Value granule) { product(granule, width); });
  if (width > 1)
    e.loop(wide, granules, e.i64(1), [&](Value granule) { product(granule, 1); });
}

/// Of values in I8, once for each group of columns. From `next` on (if not null) as many bytes as of scales are
/// prefetched.
void Tile::emitScaledWeights(int rows, ValueRange args, int64_t group, Value next) {
  e.loop(e.i64(0), e.ceilDiv(args[KeyCount], kLanes), e.i64(1), [&](Value granule) {
    Value at = e.mul(granule, e.i64(64));
    if (next)
      e.prefetch(e.at(next, at), 2);
    Value scales = e.load(e.vf32(), e.at(e.at(args[Values], e.mul(granule, e.i64(shape.valueGranule))), 64 * group), 64);
    for (int64_t row = 0; row < rows; ++row) {
      Value weights = e.load(e.vf32(), e.at(e.at(args[Scores], at), 4 * blockKeys * row), 64);
      e.store(e.mul(weights, scales), e.at(e.at(scaledWeights, at), 4 * blockKeys * row), 64);
    }
  });
}

/// Column by column of the block, or row by row.
void Tile::emitWeightedValues(int rows, ValueRange args) {
  if (fetch(rows) == AttentionFetch::Hardware)
    return emitWholeRows(rows, args);
  const bool isInt8 = shape.valueCodes == Codes::I8;
  const int64_t groupVectors = graph::kInt8Group / kLanes;
  Value weights = isInt8 ? scaledWeights : args[Scores], values = e.at(args[Values], isInt8 ? shape.scaleBytes : 0);
  int width = attentionValueVectors(isa, rows);
  const int64_t bytes = cacheElementBytes(shape.valueCodes);
  Value next = fetch(rows) == AttentionFetch::Next ? e.at(args[Keys], blockKeys / kLanes * shape.keyGranule) : Value();
  for (int64_t j = 0; j < shape.valueVectors; j += width) {
    width = std::min<int64_t>(width, llvm::bit_floor(uint64_t(shape.valueVectors - j)));
    if (isInt8 && j % groupVectors == 0) {
      emitScaledWeights(rows, args, j / groupVectors, next);
      next = next ? e.at(next, e.mul(e.ceilDiv(args[KeyCount], kLanes), e.i64(64))) : next;
    }
    emitDense(rows, width, true,
              {weights, e.i64(4 * blockKeys), e.at(values, j * kLanes * bytes),
               e.i64(kLanes * bytes), e.i64(shape.valueStep), args[KeyCount], e.at(args[Out], 64 * j),
               e.i64(shape.outStride)},
              next);
    if (next)
      next = e.at(next, e.mul(args[KeyCount], e.i64(width * kLanes * bytes)));
  }
}

/// Reads the values in the order of memory, whole rows of them, with as few tile rows at a time as the registers hold;
/// the other tile rows take the same few values from the first-level cache.
void Tile::emitWholeRows(int rows, ValueRange args) {
  const int64_t bytes = cacheElementBytes(shape.valueCodes);
  const int64_t width = std::min<int64_t>(shape.valueVectors, shape.schedule.rowSums);
  const int passes = llvm::divideCeil(rows, std::max<int64_t>(1, shape.schedule.rowSums / width));
  const bool chunked = passes > 1 || width < shape.valueVectors;
  const int64_t few = std::clamp<int64_t>(shape.schedule.rowBytes / shape.valueStep / 2 * 2, 2, blockKeys);
  const int64_t chunk = chunked ? few : blockKeys;
  e.loop(e.i64(0), args[KeyCount], e.i64(chunk), [&](Value from) {
    Value keys = e.min(e.i64(chunk), e.sub(args[KeyCount], from));
    Value weights = e.at(args[Scores], e.mul(from, e.i64(shape.dots ? 2 : 4)));
    Value values = e.at(args[Values], e.mul(from, e.i64(shape.valueStep)));
    for (int64_t j = 0; j < shape.valueVectors; j += width)
      for (int pass = 0, first = 0; pass < passes; ++pass) {
        const int some = (rows - first) / (passes - pass);
        emitDense(some, std::min(width, shape.valueVectors - j), true,
                  {e.at(weights, 4 * blockKeys * first), e.i64(4 * blockKeys),
                   e.at(values, j * kLanes * bytes), e.i64(kLanes * bytes),
                   e.i64(shape.valueStep), keys, e.at(args[Out], shape.outStride * first + 64 * j),
                   e.i64(shape.outStride)});
        first += some;
      }
  });
}

/// The tile's arguments, and the granules that need a mask, as bits. Replaces scores by weights. Without `masked` all of
/// blockKeys keys are visible.
LLVM::LLVMFuncOp Tile::emitSoftmax(bool masked) {
  Type p = e.ptr(), i64 = e.getI64Type(), f32 = e.getF32Type();
  SmallVector<Type> types{p, i64, p, p, p, p, p, p, i64, i64, i64, i64, i64, i64, i64, i64};
  StringRef suffix = masked ? "_softmax_masked" : "_softmax";
  return e.function(spec.name + suffix.str(), types, [&](ValueRange args) {
    Value lowest = e.constant(e.vf32(), -3.402823466e38);
    Value hidden = e.constant(e.vf32(), -std::numeric_limits<double>::infinity());
    Value fresh = e.stackSlot(4 * llvm::alignTo(tileRows(isa).front(), kLanes));
    Value scales = e.stackSlot(4 * llvm::alignTo(tileRows(isa).front(), kLanes));
    VectorType positions = e.vec(i64);
    SmallVector<int64_t> lanes(kLanes);
    for (int64_t i = 0; i < kLanes; ++i)
      lanes[i] = i;
    Value lane = arith::ConstantOp::create(e, DenseElementsAttr::get(positions, ArrayRef(lanes)));

    // Whole blocks are unrolled; `step` maps (address of 16 scores, index of the granule, carried) to carried.
    using Step = llvm::function_ref<Value(Value, Value, Value)>;
    auto alongKeys = [&](Value row, Value start, Step step) {
      Value scores = e.at(args[Scores], e.mul(row, e.i64(4 * blockKeys)));
      if (!masked) {
        for (int64_t g = 0; g < blockKeys / kLanes; ++g)
          start = step(e.at(scores, 64 * g), e.i64(g), start);
        return start;
      }
      Value granules = e.ceilDiv(args[KeyCount], kLanes);
      return e.loop(e.i64(0), granules, e.i64(1), start, [&](Value g, ValueRange in) {
        return SmallVector<Value>{step(e.at(scores, e.mul(g, e.i64(64))), g, in[0])};
      })[0];
    };

    e.loop(e.i64(0), args[Count], e.i64(1), [&](Value row) {
      Value tileRow = e.add(args[FirstRow], row);
      Value head = headOf(args[KvHead], tileRow), query = queryOf(args[Position], tileRow);
      Value top = alongKeys(row, lowest, [&](Value address, Value granule, Value top) {
        Value score = e.load(e.vf32(), address, 64);
        Value keys = e.add(e.splat(e.add(args[FirstKey], e.mul(granule, e.i64(kLanes)))), lane);
        if (spec.score) {
          score = e.mul(spec.score(e, score, head, query, keys), e.constant(e.vf32(), kLog2E));
          e.store(score, address, 64);
        }
        if (masked) {
          Value bit = arith::ShRUIOp::create(e, args.back(), granule);
          auto hides = scf::IfOp::create(e, TypeRange{e.vf32()}, arith::TruncIOp::create(e, e.getI1Type(), bit), true, true);
          OpBuilder::InsertionGuard guard(e);
          e.setInsertionPointToEnd(hides.thenBlock());
          Value visible = both(e.less(keys, e.splat(args[End])), e.less(e.splat(e.sub(args[Oldest], e.i64(1))), keys));
          if (spec.mask)
            visible = both(visible, spec.mask(e, head, query, keys));
          Value shown = e.select(visible, score, hidden);
          e.store(shown, address, 64);
          scf::YieldOp::create(e, shown);
          e.setInsertionPointToEnd(hides.elseBlock());
          scf::YieldOp::create(e, score);
          score = hides.getResult(0);
        }
        return e.max(score, top);
      });
      e.store(e.maxLanes(top), e.at(fresh, e.mul(row, e.i64(4))), 4);
    });

    // The running maxima of all rows at once; rows behind the last one are computed but not stored.
    Value mask = e.tailMask(args[Count]);
    Value before = e.loadMasked(e.vf32(), args[Maxima], mask);
    Value after = e.select(mask, e.max(e.load(e.vf32(), fresh, 64), before), before);
    e.storeMasked(after, args[Maxima], mask);
    e.store(emitExp2OfNonPositive(e, e.sub(before, after)), scales, 64);

    e.loop(e.i64(0), args[Count], e.i64(1), [&](Value row) {
      Value offset = e.mul(row, e.i64(4));
      Value maximum = e.splat(e.load(f32, e.at(args[Maxima], offset), 4));
      Value scale = e.load(f32, e.at(scales, offset), 4);
      Value sumAddress = e.at(args[Sums], e.mul(row, e.i64(64)));
      Value sum = e.mul(e.load(e.vf32(), sumAddress, 64), e.splat(scale));
      sum = alongKeys(row, sum, [&](Value address, Value granule, Value sum) -> Value {
        Value weight = emitExp2OfNonPositive(e, e.sub(e.load(e.vf32(), address, 64), maximum));
        if (shape.dots) {
          // Side by side from the start of the row; they sum to what the values are weighed by.
          Value rounded = e.intrinsic("llvm.x86.avx512bf16.cvtneps2bf16.512", e.vec(e.getBF16Type()), weight);
          e.store(rounded, e.at(e.at(args[Scores], e.mul(row, e.i64(4 * blockKeys))), e.mul(granule, e.i64(32))), 32);
          return e.add(sum, arith::ExtFOp::create(e, e.vf32(), rounded));
        }
        e.store(weight, address, 64);
        return e.add(sum, weight);
      });
      e.store(sum, sumAddress, 64);
      Value moved = arith::CmpFOp::create(e, arith::CmpFPredicate::UNE, scale, e.f32(1));
      e.ifThen(moved, [&] {
        Value out = e.at(args[Out], e.mul(row, e.i64(shape.outStride)));
        for (int64_t j = 0; j < shape.valueVectors; ++j) {
          Value address = e.at(out, 64 * j);
          e.store(e.mul(e.load(e.vf32(), address, 64), e.splat(scale)), address, 64);
        }
      });
    });
  });
}

LLVM::LLVMFuncOp Tile::emit() {
  LLVM::LLVMFuncOp plain = emitSoftmax(false), masked = emitSoftmax(true);
  auto forEachSize = [&](Value count, llvm::function_ref<void(int)> body) {
    for (int rows : tileRows(isa))
      e.ifThen(equal(count, rows), [&] { body(rows); });
  };
  Type p = e.ptr(), i64 = e.getI64Type();
  SmallVector<Type> types{p, i64, p, p, p, p, p, p, i64, i64, i64, i64, i64, i64, i64};
  return e.function(spec.name + "_tile", types, [&](ValueRange params) {
    SmallVector<Value> args(params);
    if (shape.valueCodes == Codes::I8)
      scaledWeights = e.stackSlot(4 * tileRows(isa).front() * blockKeys);
    Value last = e.sub(e.add(args[FirstKey], args[KeyCount]), e.i64(1));
    auto [some, every] = emitBlockTest(args, args[FirstKey], last);
    Value all = both(every, equal(args[KeyCount], blockKeys));
    e.ifThen(some, [&] {
      Value bits = emitTrim(args, all);
      forEachSize(args[Count], [&](int rows) { emitProducts(rows, args); });
      args.push_back(bits);
      e.ifThen(all, [&] { e.call(plain, args); }, [&] { e.call(masked, args); });
      forEachSize(args[Count], [&](int rows) { emitWeightedValues(rows, args); });
    });
  });
}

} // namespace

LLVM::LLVMFuncOp emitAttentionTile(Emit &e, const Isa &isa, const Attention &spec, const AttentionShape &shape) {
  return Tile(e, isa, spec, shape).emit();
}

} // namespace braid::cpu
