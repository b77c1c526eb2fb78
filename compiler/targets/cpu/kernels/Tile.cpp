// SPDX-License-Identifier: Apache-2.0
/// \file
/// The dense micro-kernel: a register tile of f32 accumulators, weights widened to f32 as they are loaded.
#include "compiler/targets/cpu/kernels/Tile.h"

#include "compiler/targets/cpu/Schedule.h"
#include "compiler/targets/cpu/kernels/TileRows.h"

using namespace mlir;
namespace braid::cpu {

llvm::ArrayRef<int> tileRows(const Isa &isa) { return scheduleFor(isa).dense.rows; }
int tileVectors(const Isa &isa) { return scheduleFor(isa).dense.vectors; }

void forRowTiles(Emit &emit, const Isa &isa, Value rows, llvm::function_ref<void(Value, int)> body) {
  forRowTiles(emit, tileRows(isa), rows, body);
}

static StringRef codesName(Codes codes) {
  switch (codes) {
  case Codes::F32: return "f32";
  case Codes::F16: return "f16";
  case Codes::BF16: return "bf16";
  case Codes::U8: return "u8";
  case Codes::U4: return "u4";
  case Codes::I8: return "i8";
  }
  llvm_unreachable("a kind of codes");
}

/// The vectors of one k step: one, or two for a pair of BF16 that meets f32.
static SmallVector<Value> loadWidened(Emit &e, const DenseTile &tile, Value address) {
  VectorType f32 = e.vf32();
  VectorType i32 = e.vec(e.getI32Type());
  auto asFloat = [&](Value bits) -> Value { return vector::BitCastOp::create(e, f32, bits); };
  if (tile.codes == Codes::F32)
    return {e.load(f32, address, 4)};
  if (tile.bf16Rows)
    return {e.load(e.vec(e.getBF16Type(), 32), address, 4)};
  if (tile.codes == Codes::F16)
    return {arith::ExtFOp::create(e, f32, e.load(e.vec(e.getF16Type()), address, 2))};
  if (tile.codes == Codes::I8)
    return {arith::SIToFPOp::create(e, f32, e.load(e.vec(e.getI8Type()), address, 1))};
  Value shift = e.constant(i32, int64_t(16));
  if (tile.rowBf16) {
    Value bits = arith::ExtUIOp::create(e, i32, e.load(e.vec(e.getI16Type()), address, 2));
    return {asFloat(arith::ShLIOp::create(e, bits, shift))};
  }
  Value pair = e.load(i32, address, 4);
  Value high = arith::AndIOp::create(e, pair, e.constant(i32, int64_t(int32_t(0xffff0000))));
  return {asFloat(arith::ShLIOp::create(e, pair, shift)), asFloat(high)};
}

/// Pairs of BF16, made of the rows k and k + 1, of each vector of columns; of row k and zeros if it is the last one.
/// What lies side by side comes with one load: both rows of a vector, or two vectors of a row.
static SmallVector<Value> loadPairs(Emit &e, const DenseTile &tile, Value first, Value panelStride, Value kStride,
                                    bool isLast, llvm::function_ref<void(Value)> prefetch) {
  auto load = [&](Value address, int64_t lanes) {
    prefetch(address);
    return e.load(e.vec(e.getI16Type(), lanes), address, 2);
  };
  auto interleave = [&](Value even, Value odd, int64_t from, int64_t oddFrom) -> Value {
    const int64_t lanes = cast<VectorType>(even.getType()).getDimSize(0);
    SmallVector<int64_t> order;
    for (int64_t i = 0; i < kLanes; ++i)
      order.append({from + i, lanes + oddFrom + i});
    Value pairs = vector::ShuffleOp::create(e, even, odd, order);
    return vector::BitCastOp::create(e, e.vec(e.getBF16Type(), 2 * kLanes), pairs);
  };
  SmallVector<Value> columns;
  while (int(columns.size()) < tile.vectors) {
    const int j = columns.size();
    Value address = j ? e.at(first, e.mul(panelStride, e.i64(j))) : first;
    if (tile.packedRows && !isLast) {
      Value rows = load(address, 2 * kLanes);
      columns.push_back(interleave(rows, rows, 0, kLanes));
      continue;
    }
    const int64_t lanes = !tile.packedRows && j + 1 < tile.vectors ? 2 * kLanes : kLanes;
    Value even = load(address, lanes);
    Value odd = isLast ? e.constant(even.getType(), int64_t(0)) : load(e.at(address, kStride), lanes);
    for (int64_t from = 0; from < lanes; from += kLanes)
      columns.push_back(interleave(even, odd, from, from));
  }
  return columns;
}

/// sum + x times the columns' numbers; x is a number of a row, or a pair of BF16, in every lane.
static Value product(Emit &e, const DenseTile &tile, Value sum, Value x, Value column) {
  if (!tile.bf16Rows)
    return e.fma(x, column, sum);
  Value pairs = vector::BitCastOp::create(e, column.getType(), x);
  return e.intrinsic("llvm.x86.avx512bf16.dpbf16ps.512", sum.getType(), {sum, column, pairs});
}

LLVM::LLVMFuncOp emitDenseTile(Emit &e, const Isa &isa, const DenseTile &tile) {
  std::string name = llvm::formatv("tile_{0}{1}{2}{3}_{4}x{5}{6}{7}{8}{9}", codesName(tile.codes),
                                   tile.rowBf16 ? "_rows" : "", tile.bf16Rows ? "_dot" : "",
                                   tile.packedRows ? "_packed" : "", tile.rows, tile.vectors,
                                   tile.accumulate ? "_acc" : "", tile.scaled ? "_scaled" : "",
                                   tile.skip ? "_skip" + std::to_string(tile.skip) : "", tile.prefetch ? "_prefetch" : "");
  if (auto existing = e.module().lookupSymbol<LLVM::LLVMFuncOp>(name))
    return existing;
  Type p = e.ptr(), i64 = e.getI64Type();
  const int registers = tile.rows * tile.vectors * (isa.avx512 ? 1 : 2);
  const int chains = registers >= 6 ? 1 : registers >= 3 ? 2 : 4; // independent additions that hide their latency
  const bool makesPairs = tile.rowBf16 && tile.bf16Rows;
  const bool pairs = tile.codes == Codes::BF16 && (!tile.rowBf16 || makesPairs);
  // Wide tiles fill the registers in one step: unrolled further, the scheduler hoists loads until they spill.
  const int unroll = chains == 1 ? 1 : 4;
  const int64_t aStep = pairs && !tile.bf16Rows ? 8 : 4;
  const Type aType = tile.bf16Rows ? Type(e.getI32Type()) : Type(e.getF32Type());
  const int64_t prefetch = tile.rows == 1 && !tile.prefetch ? scheduleFor(isa).prefetchBytes : 0;

  const int64_t elementBytes = tile.codes == Codes::F32 || pairs ? 4 : tile.codes == Codes::I8 ? 1 : 2;
  const int64_t stepBytes = tile.vectors * kLanes * elementBytes, lineSteps = 4 / elementBytes;
  SmallVector<Type> params{p, i64, p, i64, i64, i64, p, i64};
  if (tile.scaled)
    params.push_back(p);
  if (tile.prefetch)
    params.push_back(p);

  return e.function(name, params, [&](ValueRange args) {
    Value a = args[0], aStride = args[1], weights = args[2], panelStride = args[3], kStride = args[4], k = args[5],
          c = args[6], cStride = args[7];
    Value stepStride = makesPairs ? e.mul(kStride, e.i64(2)) : kStride;
    Value stepCount = makesPairs ? e.div(k, e.i64(2)) : k;
    RowPointers rows{tile.rows, a, aStride, e.mul(aStride, e.i64(3))};
    auto cAddress = [&](int row, int j) { return e.at(e.at(c, e.mul(cStride, e.i64(row))), int64_t(64 * j)); };

    // Carried: the accumulators [chain][row][vector], the row pointers, the weight pointer, what is needed next.
    SmallVector<Value> carried;
    for (int chain = 0; chain < chains; ++chain)
      for (int row = 0; row < tile.rows; ++row)
        for (int j = 0; j < tile.vectors; ++j)
          carried.push_back(tile.accumulate && !tile.scaled && chain == 0 ? e.load(e.vf32(), cAddress(row, j), 4)
                                                                          : e.constant(e.vf32(), 0.0));
    const int accumulators = carried.size();
    llvm::append_range(carried, rows.bases(e));
    const int pointers = carried.size() - accumulators;
    carried.push_back(weights);
    if (tile.prefetch)
      carried.push_back(args.back());

    auto steps = [&](int count, bool isLast = false) {
      return [&, count, isLast](Value index, ValueRange in) {
        SmallVector<Value> next(in);
        auto bases = in.slice(accumulators, pointers);
        Value w = in[accumulators + pointers];
        for (int u = 0; u < count; ++u) {
          SmallVector<SmallVector<Value>> columns;
          auto fetchAhead = [&](Value address) {
            if (prefetch)
              e.prefetch(e.at(address, prefetch), scheduleFor(isa).prefetchLevel);
          };
          if (makesPairs)
            for (Value column : loadPairs(e, tile, w, panelStride, kStride, isLast, fetchAhead))
              columns.push_back({column});
          for (int j = 0; !makesPairs && j < tile.vectors; ++j) {
            Value address = j ? e.at(w, j == 1 ? panelStride : e.mul(panelStride, e.i64(j))) : w;
            columns.push_back(loadWidened(e, tile, address));
            if (u % lineSteps == 0) // two vectors of F16 share a cache line
              fetchAhead(address);
          }
          // The halves of a pair are innermost: the code generator gathers loads of neighbouring addresses, whatever
          // their order here, and must not have to keep a broadcast of each row for the second half.
          for (int row = 0; row < tile.rows; ++row)
            for (size_t half = 0; half < columns[0].size(); ++half) {
              Value x = e.splat(e.load(aType, e.at(rows.row(e, bases, row), aStep * u + 4 * int64_t(half)), 4));
              for (int j = 0; j < tile.vectors; ++j) {
                Value &sum = next[((u % chains) * tile.rows + row) * tile.vectors + j];
                sum = product(e, tile, sum, x, columns[j][half]);
              }
            }
          w = e.at(w, stepStride);
          if (tile.skip && (count == 1 || (u + 1) % 4 == 0)) {
            Value inGranule = arith::AndIOp::create(e, e.add(index, e.i64(u + 1)), e.i64(kLanes - 1));
            w = e.at(w, e.select(arith::CmpIOp::create(e, arith::CmpIPredicate::eq, inGranule, e.i64(0)),
                                 e.i64(tile.skip), e.i64(0)));
          }
          const bool startsLine = count == 1 || u * stepBytes % 64 == 0 || stepBytes >= 64;
          for (int64_t line = 0; tile.prefetch && startsLine && line < stepBytes; line += 64)
            e.prefetch(e.at(next.back(), u * stepBytes + line), 2);
          if (tile.rows > 1 && count > 1)
            loadFence(e);
        }
        for (size_t i = 0; i < bases.size(); ++i)
          next[accumulators + i] = e.at(bases[i], aStep * count);
        next[accumulators + pointers] = w;
        if (tile.prefetch)
          next.back() = e.at(next.back(), count * stepBytes);
        return next;
      };
    };
    Value full = unroll == 1 ? stepCount : e.mul(e.div(stepCount, e.i64(unroll)), e.i64(unroll));
    carried = e.loop(e.i64(0), full, e.i64(unroll), carried, steps(unroll));
    if (unroll > 1)
      carried = e.loop(full, stepCount, e.i64(1), carried, steps(1));
    if (makesPairs)
      carried = e.loop(e.i64(0), e.rem(k, e.i64(2)), e.i64(1), carried, steps(1, /*isLast=*/true));

    for (int row = 0; row < tile.rows; ++row)
      for (int j = 0; j < tile.vectors; ++j) {
        auto chainSum = [&](int chain) { return carried[(chain * tile.rows + row) * tile.vectors + j]; };
        Value sum = chainSum(0);
        if (chains == 2)
          sum = e.add(sum, chainSum(1));
        if (chains == 4)
          sum = e.add(e.add(sum, chainSum(1)), e.add(chainSum(2), chainSum(3)));
        if (tile.scaled) {
          Value scale = e.load(e.vf32(), e.at(args[8], j ? e.mul(panelStride, e.i64(j)) : e.i64(0)), 64);
          sum = tile.accumulate ? e.fma(sum, scale, e.load(e.vf32(), cAddress(row, j), 4)) : e.mul(sum, scale);
        }
        e.store(sum, cAddress(row, j), 4);
      }
  });
}

} // namespace braid::cpu
