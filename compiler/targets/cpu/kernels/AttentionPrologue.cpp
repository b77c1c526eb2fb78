// SPDX-License-Identifier: Apache-2.0
/// \file
/// Before attention: norm and rotation of each head of q and k, scaled q into scratch, k and v into the cache. A task
/// owns one granule of 16 positions, so that no two write to one cache line.
#include "compiler/targets/cpu/kernels/AttentionParts.h"
#include "compiler/targets/cpu/kernels/CacheElement.h"
#include "compiler/targets/cpu/kernels/VectorMath.h"

using namespace mlir;
namespace braid::cpu {
namespace {

Value shuffle(Emit &e, Value a, Value b, llvm::function_ref<int64_t(int64_t)> lane) {
  SmallVector<int64_t> lanes;
  for (int64_t i = 0; i < kLanes; ++i)
    lanes.push_back(lane(i));
  return vector::ShuffleOp::create(e, a, b, lanes);
}

/// Lanes of two vectors, taken alternately from their low (or high) halves.
Value interleave(Emit &e, Value a, Value b, bool high) {
  return shuffle(e, a, b, [&](int64_t i) { return i / 2 + (high ? kLanes / 2 : 0) + (i % 2 ? kLanes : 0); });
}

Value loadLanes(Emit &e, Value address, int64_t lanes) {
  return lanes >= kLanes ? e.load(e.vf32(), address, 4)
                         : e.loadMasked(e.vf32(), address, e.tailMask(e.i64(std::max<int64_t>(lanes, 0))));
}
void storeLanes(Emit &e, Value v, Value address, int64_t lanes) {
  if (lanes >= kLanes)
    e.store(v, address, 4);
  else if (lanes > 0)
    e.storeMasked(v, address, e.tailMask(e.i64(lanes)));
}

/// Numbers of a head, f32, to BF16 in the same place; what pads them to zero.
void roundHead(Emit &e, int64_t headDim, Value at) {
  for (int64_t i = 0; i < headDim; i += 2 * kLanes) {
    Value low = loadLanes(e, e.at(at, 4 * i), headDim - i);
    Value high = loadLanes(e, e.at(at, 4 * (i + kLanes)), headDim - i - kLanes);
    VectorType bf16 = e.vec(e.getBF16Type(), 2 * kLanes);
    e.store(e.intrinsic("llvm.x86.avx512bf16.cvtne2ps2bf16.512", bf16, {high, low}), e.at(at, 2 * i), 64);
  }
}

/// `void(head, gamma, rotations, to)`: norm, rotation and scale of one head of q or k, as f32, or rounded to BF16.
LLVM::LLVMFuncOp emitHead(Emit &e, const Attention &spec, StringRef suffix, double scale, bool rounds = false) {
  Type p = e.ptr();
  return e.function(spec.name + suffix.str(), {p, p, p, p}, [&](ValueRange args) {
    Value from = args[0], gamma = args[1], rotations = args[2], to = args[3];
    Value inverse;
    if (spec.qkNorm) {
      Value squares = e.constant(e.vf32(), 0.0);
      for (int64_t i = 0; i < spec.headDim; i += kLanes) {
        Value x = loadLanes(e, e.at(from, 4 * i), spec.headDim - i);
        squares = e.fma(x, x, squares);
      }
      Value mean = e.mul(e.sumLanes(squares), e.f32(1.0 / double(spec.headDim)));
      inverse = e.splat(emitRsqrt(e, e.add(mean, e.f32(spec.epsilon))));
    }
    auto input = [&](int64_t i, int64_t lanes) {
      Value x = loadLanes(e, e.at(from, 4 * i), lanes);
      return spec.qkNorm ? e.mul(e.mul(x, inverse), loadLanes(e, e.at(gamma, 4 * i), lanes)) : x;
    };
    auto output = [&](Value v, int64_t i, int64_t lanes) {
      storeLanes(e, scale == 1 ? v : e.mul(v, e.constant(e.vf32(), scale)), e.at(to, 4 * i), lanes);
    };
    const int64_t pairs = spec.ropeDims / 2;
    for (int64_t i = 0; i < pairs; i += kLanes) {
      int64_t lanes = std::min(kLanes, pairs - i);
      Value cosine = loadLanes(e, e.at(rotations, 4 * i), lanes);
      Value sine = loadLanes(e, e.at(rotations, 4 * (pairs + i)), lanes);
      Value x, y, low, high;
      if (spec.interleaved) {
        low = input(2 * i, 2 * lanes);
        high = input(2 * i + kLanes, 2 * lanes - kLanes);
        x = shuffle(e, low, high, [](int64_t lane) { return 2 * lane; });
        y = shuffle(e, low, high, [](int64_t lane) { return 2 * lane + 1; });
      } else {
        x = input(i, lanes);
        y = input(pairs + i, lanes);
      }
      Value first = e.sub(e.mul(x, cosine), e.mul(y, sine));
      Value second = e.add(e.mul(y, cosine), e.mul(x, sine));
      if (spec.interleaved) {
        output(interleave(e, first, second, false), 2 * i, 2 * lanes);
        output(interleave(e, first, second, true), 2 * i + kLanes, 2 * lanes - kLanes);
      } else {
        output(first, i, lanes);
        output(second, pairs + i, lanes);
      }
    }
    for (int64_t i = spec.ropeDims; i < spec.headDim; i += kLanes)
      output(input(i, spec.headDim - i), i, spec.headDim - i);
    if (rounds)
      roundHead(e, spec.headDim, to);
  });
}

/// Rows [lane, lane + count) at `from` (a row a lane, as above) into their granule, 16 x 16 numbers at a time.
void transposeKeys(Emit &e, const Attention &spec, const AttentionShape &shape, Value from, Value granule, Value lane,
                   Value count) {
  Value upTo = e.tailMask(e.add(lane, count)), below = e.tailMask(lane);
  granule = e.at(granule, shape.scaleBytes);
  e.loop(e.i64(0), e.i64(shape.vectors), e.i64(1), [&](Value chunk) {
    SmallVector<Value> rows;
    for (int64_t r = 0; r < kLanes; ++r)
      rows.push_back(e.load(e.vf32(), e.at(e.at(from, r * shape.qStride), e.mul(chunk, e.i64(64))), 64));
    emitTranspose(e, rows);
    Value first = e.at(granule, e.mul(chunk, e.i64(kLanes * kLanes * shape.elementBytes)));
    for (int64_t j = 0; j < kLanes; ++j) {
      Value stored = emitToCache(e, spec.cache, rows[j]);
      Value address = e.at(first, j * kLanes * shape.elementBytes);
      Value old = e.load(stored.getType(), address, shape.elementBytes);
      e.store(e.select(upTo, e.select(below, old, stored), old), address, shape.elementBytes);
    }
  });
}

/// A value row into its granule; `room` is a row of f32 where numbers are rounded to I8.
void storeValue(Emit &e, const Attention &spec, const AttentionShape &shape, Value from, Value granule, Value lane,
                Value room) {
  Value to = e.at(e.at(granule, shape.scaleBytes), e.mul(lane, e.i64(shape.valueStep)));
  if (spec.cache == Codes::I8) {
    for (int64_t i = 0; i < spec.headDim; i += kLanes)
      e.store(loadLanes(e, e.at(from, 4 * i), spec.headDim - i), e.at(room, 4 * i), 64);
    emitRoundToInt8(e, shape.paddedDim, room, e.at(granule, e.mul(lane, e.i64(4))));
    from = room;
  }
  for (int64_t i = 0; i < spec.headDim; i += kLanes)
    e.store(emitToCache(e, spec.cache, loadLanes(e, e.at(from, 4 * i), spec.headDim - i)),
            e.at(to, i * shape.elementBytes), shape.elementBytes);
}

} // namespace

/// 16 x 16 numbers, by the shuffles that are one instruction: pairs within 128 bits, then whole 128-bit blocks.
void emitTranspose(Emit &e, SmallVector<Value> &rows) {
  auto within = [&](Value a, Value b, int64_t unit, bool high) {
    return shuffle(e, a, b, [&](int64_t i) {
      int64_t inBlock = i % 4, piece = inBlock / unit;
      int64_t from = (high ? 2 : 0) + (piece / 2) * unit + inBlock % unit;
      return i / 4 * 4 + from + (piece % 2 ? kLanes : 0);
    });
  };
  SmallVector<Value> columns(kLanes); // [group of 4 rows][column of each block]
  for (int64_t g = 0; g < kLanes; g += 4) {
    Value low0 = within(rows[g], rows[g + 1], 1, false), high0 = within(rows[g], rows[g + 1], 1, true);
    Value low1 = within(rows[g + 2], rows[g + 3], 1, false), high1 = within(rows[g + 2], rows[g + 3], 1, true);
    columns[g] = within(low0, low1, 2, false);
    columns[g + 1] = within(low0, low1, 2, true);
    columns[g + 2] = within(high0, high1, 2, false);
    columns[g + 3] = within(high0, high1, 2, true);
  }
  auto blocks = [&](Value a, Value b, int64_t first, int64_t second) {
    return shuffle(e, a, b, [&](int64_t i) {
      return (i / 4 % 2 ? second : first) * 4 + i % 4 + (i >= kLanes / 2 ? kLanes : 0);
    });
  };
  for (int64_t c = 0; c < 4; ++c)
    for (int64_t half = 0; half < 2; ++half) {
      Value upper = blocks(columns[c], columns[4 + c], 2 * half, 2 * half + 1);
      Value lower = blocks(columns[8 + c], columns[12 + c], 2 * half, 2 * half + 1);
      for (int64_t l = 0; l < 2; ++l)
        rows[(2 * half + l) * 4 + c] = blocks(upper, lower, l, l + 2);
    }
}

void emitScatterKey(Emit &e, Codes cache, const AttentionShape &shape, Value from, Value granule, Value lane) {
  Value to = e.at(e.at(granule, shape.scaleBytes), e.mul(lane, e.i64(shape.elementBytes)));
  e.loop(e.i64(0), e.i64(shape.vectors), e.i64(1), [&](Value chunk) {
    Value stored = emitToCache(e, cache, e.load(e.vf32(), e.at(from, e.mul(chunk, e.i64(64))), 64));
    Value first = e.at(to, e.mul(chunk, e.i64(kLanes * kLanes * shape.elementBytes)));
    for (int64_t j = 0; j < kLanes; ++j)
      e.store(vector::ExtractOp::create(e, stored, j), e.at(first, j * kLanes * shape.elementBytes),
              shape.elementBytes);
  });
}

void emitAttentionPrologue(Emit &e, const Attention &spec, const AttentionShape &shape, Value call, ValueRange args) {
  LLVM::LLVMFuncOp queryHead = emitHead(e, spec, "_query", spec.score ? spec.scale : spec.scale * kLog2E, shape.dots),
                    keyHead = emitHead(e, spec, "_key", 1);
  Type p = e.ptr(), i64 = e.getI64Type();
  Value position = e.field(call, Emit::Field::Position), rows = args[1], state = args[8];
  Value last = e.sub(e.add(position, rows), e.i64(1));
  Value granules = e.add(e.sub(e.div(last, e.i64(kLanes)), e.div(position, e.i64(kLanes))), e.i64(1));
  SmallVector<Value> values{position, rows,    args[2], args[3],          args[4],
                            args[5],  args[6], args[7], e.load(p, state, 8), e.load(i64, e.at(state, 8), 8), args[9]};

  e.parallel(spec.name + "_prologue", call, granules, values, [&](ValueRange in, Value index) {
    Value position = in[0], rows = in[1], q = in[2], k = in[3], v = in[4], qGamma = in[5], kGamma = in[6],
          rotations = in[7], data = in[8], cacheRows = in[9], scratch = in[10];
    Value granuleStart = e.mul(e.add(e.div(position, e.i64(kLanes)), index), e.i64(kLanes));
    Value from = e.max(position, granuleStart);
    Value count = e.sub(e.min(e.add(position, rows), e.add(granuleStart, e.i64(kLanes))), from);
    Value firstRow = e.sub(from, position), firstLane = e.sub(from, granuleStart);
    auto rotationsOf = [&](Value row) { return e.at(rotations, e.mul(row, e.i64(4 * spec.ropeDims))); };
    auto headOf = [&](Value base, Value row, int64_t heads, Value head) {
      return e.at(base, e.mul(e.add(e.mul(row, e.i64(heads)), head), e.i64(4 * spec.headDim)));
    };

    e.loop(firstRow, e.add(firstRow, count), e.i64(1), [&](Value row) {
      e.loop(e.i64(0), e.i64(spec.heads), e.i64(1), [&](Value head) {
        Value kvHead = e.div(head, e.i64(shape.group)), member = e.rem(head, e.i64(shape.group));
        Value tileRow = e.add(e.mul(e.add(e.mul(kvHead, rows), row), e.i64(shape.group)), member);
        e.call(queryHead, {headOf(q, row, spec.heads, head), qGamma, rotationsOf(row),
                           e.at(scratch, e.mul(tileRow, e.i64(shape.qStride)))});
      });
    });

    Value keys = e.stackSlot(kLanes * shape.qStride), room = e.stackSlot(shape.qStride);
    e.loop(e.i64(0), e.i64(spec.kvHeads), e.i64(1), [&](Value head) {
      auto plane = [&](Value index) {
        Value start = e.at(data, e.mul(index, e.mul(cacheRows, e.i64(shape.rowBytes))));
        return e.at(start, emitGranuleOffset(e, shape, granuleStart, cacheRows));
      };
      Value keyGranule = plane(head), valueGranule = plane(e.add(head, e.i64(spec.kvHeads)));
      e.loop(e.i64(0), count, e.i64(1), [&](Value i) {
        Value row = e.add(firstRow, i), lane = e.add(firstLane, i);
        Value to = e.at(keys, e.mul(lane, e.i64(shape.qStride)));
        if (spec.headDim != shape.paddedDim) // what pads a head in the cache is zero
          e.store(e.constant(e.vf32(), 0.0), e.at(to, shape.qStride - 64), 64);
        e.call(keyHead, {headOf(k, row, spec.kvHeads, head), kGamma, rotationsOf(row), to});
        if (spec.cache == Codes::I8)
          emitRoundToInt8(e, shape.paddedDim, to, e.at(keyGranule, e.mul(lane, e.i64(4))));
        storeValue(e, spec, shape, headOf(v, row, spec.kvHeads, head), valueGranule, lane, room);
      });
      Value single = arith::CmpIOp::create(e, arith::CmpIPredicate::eq, count, e.i64(1));
      e.ifThen(
          single,
          [&] {
            emitScatterKey(e, spec.cache, shape, e.at(keys, e.mul(firstLane, e.i64(shape.qStride))), keyGranule, firstLane);
          },
          [&] { transposeKeys(e, spec, shape, keys, keyGranule, firstLane, count); });
    });
  });
}

} // namespace braid::cpu
