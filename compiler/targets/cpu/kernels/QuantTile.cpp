// SPDX-License-Identifier: Apache-2.0
/// \file
/// The micro-kernels for quantised weights.
#include "compiler/targets/cpu/kernels/QuantTile.h"

#include "compiler/targets/cpu/kernels/Codes.h"
#include "compiler/targets/cpu/kernels/TileRows.h"

using namespace mlir;
namespace braid::cpu {

const TileSchedule &tilesFor(const Isa &isa, const WeightLayout &layout, ActivationType activations) {
  const Schedule &schedule = scheduleFor(isa);
  switch (activationsFor(isa, layout, activations)) {
  case ActivationType::F32: return layout.isQuantized() ? schedule.widened : schedule.dense;
  case ActivationType::Q8: return layout.group ? schedule.grouped : schedule.integer;
  case ActivationType::BF16: return schedule.paired;
  }
  llvm_unreachable("a type of activations");
}

namespace {

/// What the two kinds of kernel share: the arguments, the addresses of a step, the carried pointers.
struct Kernel {
  Emit &e;
  const Isa &isa;
  const QuantTile &tile;
  Value a, aStride, weights, panelStride, count, c, cStride;
  RowPointers rows;
  const WeightLayout &layout;
  const int outputs;

  Kernel(Emit &e, const Isa &isa, const QuantTile &tile, ValueRange args)
      : e(e), isa(isa), tile(tile), a(args[0]), aStride(args[1]), weights(args[2]), panelStride(args[3]),
        count(args[4]), c(args[5]), cStride(args[6]), rows{tile.rows, a, aStride, e.mul(aStride, e.i64(3))},
        layout(tile.layout), outputs(tile.rows * tile.vectors) {}

  Value panel(Value base, int j) const {
    return j ? e.at(base, j == 1 ? panelStride : e.mul(panelStride, e.i64(j))) : base;
  }
  Value dwords(Value codes, int j, int64_t step) const {
    return e.load(e.vec(e.getI32Type()), e.at(panel(codes, j), 64 * step), 2);
  }
  /// Single-row kernels are bound by memory: fetch what `bytes` bytes at `address` will be `prefetchBytes` later.
  void prefetch(Value address, int64_t bytes) const {
    if (tile.rows == 1)
      for (int64_t line = 0; line < bytes; line += 64)
        e.prefetch(e.at(address, scheduleFor(isa).prefetchBytes + line), scheduleFor(isa).prefetchLevel);
  }
  SmallVector<Value> zeros(VectorType type, int n) const {
    return SmallVector<Value>(n, e.constant(type, int64_t(0)));
  }
  void advance(MutableArrayRef<Value> pointers, int64_t aBytes, int64_t weightBytes) const {
    for (Value &base : pointers.drop_back())
      base = e.at(base, aBytes);
    pointers.back() = e.at(pointers.back(), weightBytes);
  }
  void storeAll(ArrayRef<Value> sums) const {
    for (int row = 0; row < tile.rows; ++row)
      for (int j = 0; j < tile.vectors; ++j)
        e.store(sums[row * tile.vectors + j], e.at(e.at(c, e.mul(cStride, e.i64(row))), int64_t(64 * j)), 4);
  }

  void widened() const;
  void grouped() const;
  void wholeColumn() const;
  SmallVector<Value> dots(ArrayRef<Value> sums, ValueRange bases, Value codes, int64_t steps, int chains = 1) const;
};

/// f32 activations: each code becomes the f32 weight fma(code, scale, min - zero * scale). Zero points are powers of
/// two, so that this rounds once.
void Kernel::widened() const {
  VectorType f32 = e.vf32();
  const int64_t k = stepK(layout);
  SmallVector<Value> state = zeros(f32, outputs);
  llvm::append_range(state, rows.bases(e));
  state.push_back(weights);

  // The state of the inner loop is that of the outer one; its weight pointer walks the codes of the group.
  auto group = [&](ValueRange in, Value steps) {
    SmallVector<Value> scale, offset, current(in);
    for (int j = 0; j < tile.vectors; ++j) {
      GroupHead head = loadGroupHead(e, layout, panel(current.back(), j));
      scale.push_back(head.scale);
      Value zero = e.constant(f32, double(-layout.zero));
      offset.push_back(!head.min        ? e.mul(head.scale, zero)
                       : layout.zero    ? e.fma(head.scale, zero, head.min)
                                        : head.min);
    }
    current.back() = e.at(current.back(), layout.groupHeadBytes());
    return e.loop(e.i64(0), steps, e.i64(1), current, [&](Value, ValueRange in) {
      SmallVector<Value> next(in);
      Value codes = in.back();
      auto bases = in.slice(outputs, in.size() - outputs - 1);
      prefetch(codes, 64);
      for (int64_t i = 0; i < k; ++i) {
        SmallVector<Value> w;
        for (int j = 0; j < tile.vectors; ++j)
          w.push_back(e.fma(codesAsFloat(e, layout, dwords(codes, j, 0), i), scale[j], offset[j]));
        for (int row = 0; row < tile.rows; ++row) {
          Value x = e.splat(e.load(e.getF32Type(), e.at(rows.row(e, bases, row), 4 * i), 4));
          for (int j = 0; j < tile.vectors; ++j) {
            Value &sum = next[row * tile.vectors + j];
            sum = e.fma(x, w[j], sum);
          }
        }
        if (tile.rows > 1)
          loadFence(e);
      }
      advance(MutableArrayRef(next).drop_front(outputs), 4 * k, 64);
      return next;
    });
  };
  if (layout.group)
    state = e.loop(e.i64(0), count, e.i64(1), state,
                   [&](Value, ValueRange in) { return group(in, e.i64(layout.group / k)); });
  else
    state = group(state, e.mul(count, e.i64(32 / k)));
  storeAll(state);
}

/// `sums` plus the dot products of `steps` vectors of codes a panel; step s adds to chain s % chains.
SmallVector<Value> Kernel::dots(ArrayRef<Value> sums, ValueRange bases, Value codes, int64_t steps, int chains) const {
  SmallVector<Value> next(sums);
  int64_t fours = 0; // of k, so far
  for (int64_t step = 0; step < steps; ++step) {
    SmallVector<SmallVector<DotOperand>> w;
    for (int j = 0; j < tile.vectors; ++j)
      w.push_back(dotOperands(e, isa, layout, dwords(codes, j, step)));
    for (size_t part = 0; part < w[0].size(); ++part, ++fours)
      for (int row = 0; row < tile.rows; ++row) {
        Value x = e.at(rows.row(e, bases, row), fours * 4 * activationCodeBytes(isa));
        for (int j = 0; j < tile.vectors; ++j) {
          Value &sum = next[(fours % chains) * outputs + row * tile.vectors + j];
          sum = dot(e, isa, sum, w[j][part], x);
        }
        if (!isa.vnni)
          sumFence(e, isa, MutableArrayRef(next).slice((fours % chains) * outputs + row * tile.vectors, tile.vectors));
      }
    if (tile.rows > 1)
      loadFence(e);
  }
  return next;
}

/// int8 activations, a scale a group:  sum += (dot - zero * sum of codes) * (x scale * w scale) + min * (x scale * sum).
void Kernel::grouped() const {
  VectorType f32 = e.vf32(), i32 = e.vec(e.getI32Type());
  SmallVector<Value> state = zeros(f32, outputs);
  llvm::append_range(state, rows.bases(e));
  state.push_back(weights);
  const int64_t tail = layout.group * activationCodeBytes(isa);
  state = e.loop(e.i64(0), count, e.i64(1), state, [&](Value, ValueRange in) {
    SmallVector<Value> next(in), sums;
    auto bases = in.slice(outputs, in.size() - outputs - 1);
    Value head = in.back();
    auto tailNumber = [&](int row, Type type, int64_t index) {
      return e.splat(e.load(type, e.at(rows.row(e, bases, row), tail + 4 * index), 4));
    };
    prefetch(head, layout.groupBytes());
    for (int row = 0; row < tile.rows; ++row)
      sums.append(tile.vectors, layout.zero ? tailNumber(row, e.getI32Type(), 2) : e.constant(i32, int64_t(0)));
    sums = dots(sums, bases, e.at(head, layout.groupHeadBytes()), layout.group / stepK(layout));
    for (int j = 0; j < tile.vectors; ++j) {
      GroupHead w = loadGroupHead(e, layout, panel(head, j));
      for (int row = 0; row < tile.rows; ++row) {
        Value &sum = next[row * tile.vectors + j];
        Value product = arith::SIToFPOp::create(e, f32, sums[row * tile.vectors + j]);
        sum = e.fma(e.mul(product, tailNumber(row, e.getF32Type(), 0)), w.scale, sum);
        if (w.min)
          sum = e.fma(tailNumber(row, e.getF32Type(), 1), w.min, sum);
      }
      if (tile.rows > 1)
        loadFence(e);
    }
    advance(MutableArrayRef(next).drop_front(outputs), activationBlockBytes(isa, layout), layout.groupBytes());
    return next;
  });
  storeAll(state);
}

/// int8 activations, one scale a column and a row: integers all the way.
void Kernel::wholeColumn() const {
  VectorType f32 = e.vf32(), i32 = e.vec(e.getI32Type());
  const int registers = outputs * (isa.avx512 ? 1 : 2);
  const int chains = registers >= 6 ? 1 : registers >= 3 ? 2 : 4;
  const int64_t steps = chains == 1 ? 1 : 4, perBlock = 32 / stepK(layout) / steps;
  const int sums = chains * outputs;
  SmallVector<Value> state = zeros(i32, sums);
  llvm::append_range(state, rows.bases(e));
  state.push_back(e.at(weights, layout.groupHeadBytes()));
  state = e.loop(e.i64(0), e.mul(count, e.i64(perBlock)), e.i64(1), state, [&](Value, ValueRange in) {
    SmallVector<Value> next(in);
    auto bases = in.slice(sums, in.size() - sums - 1);
    prefetch(in.back(), 64 * steps);
    llvm::copy(dots(ArrayRef(next).take_front(sums), bases, in.back(), steps, chains), next.begin());
    advance(MutableArrayRef(next).drop_front(sums), steps * stepK(layout) * activationCodeBytes(isa), 64 * steps);
    return next;
  });
  auto bases = ValueRange(state).slice(sums, state.size() - sums - 1); // now at the tails of the rows
  SmallVector<Value> result;
  for (int row = 0; row < tile.rows; ++row) {
    Value tail = rows.row(e, bases, row);
    Value scale = e.splat(e.load(e.getF32Type(), tail, 4));
    for (int j = 0; j < tile.vectors; ++j) {
      GroupHead w = loadGroupHead(e, layout, panel(weights, j));
      Value total = e.splat(e.load(e.getI32Type(), e.at(tail, 8), 4));
      for (int chain = 0; chain < chains; ++chain)
        total = e.add(total, state[chain * outputs + row * tile.vectors + j]);
      Value value = e.mul(e.mul(arith::SIToFPOp::create(e, f32, total), scale), w.scale);
      if (w.min)
        value = e.fma(e.splat(e.load(e.getF32Type(), e.at(tail, 4), 4)), w.min, value);
      result.push_back(value);
    }
  }
  storeAll(result);
}

} // namespace

LLVM::LLVMFuncOp emitQuantTile(Emit &e, const Isa &isa, const QuantTile &tile) {
  const WeightLayout &l = tile.layout;
  bool integer = tile.activations == ActivationType::Q8;
  std::string name = llvm::formatv("tile_{0}_g{1}{2}{3}_z{4}_{5}_{6}x{7}", l.codes == Codes::U4 ? "u4" : "u8", l.group,
                                   l.scale == ScaleType::F16 ? "h" : "f", l.min ? "m" : "", l.zero,
                                   integer ? "q8" : "f32", tile.rows, tile.vectors);
  if (auto existing = e.module().lookupSymbol<LLVM::LLVMFuncOp>(name))
    return existing;
  Type p = e.ptr(), i64 = e.getI64Type();
  return e.function(name, {p, i64, p, i64, i64, p, i64}, [&](ValueRange args) {
    Kernel kernel(e, isa, tile, args);
    if (!integer)
      kernel.widened();
    else if (l.group)
      kernel.grouped();
    else
      kernel.wholeColumn();
  });
}

} // namespace braid::cpu
