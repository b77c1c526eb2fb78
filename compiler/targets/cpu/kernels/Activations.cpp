// SPDX-License-Identifier: Apache-2.0
/// \file
/// The prologue: RMS norm, int8 quantisation, rounding to bf16, padding.
#include "compiler/targets/cpu/kernels/Activations.h"

#include "compiler/targets/cpu/kernels/QuantTile.h"
#include "compiler/targets/cpu/kernels/VectorMath.h"

using namespace mlir;
namespace braid::cpu {

ActivationType activationsOf(const WeightLayout &layout, bool exact) {
  if (exact)
    return ActivationType::F32;
  return layout.isQuantized()          ? ActivationType::Q8
         : layout.codes == Codes::BF16 ? ActivationType::BF16
                                       : ActivationType::F32;
}

ActivationType activationsFor(const Isa &isa, const WeightLayout &layout, ActivationType wanted) {
  bool fits = wanted == ActivationType::Q8     ? layout.isQuantized()
              : wanted == ActivationType::BF16 ? layout.codes == Codes::BF16 && hasBf16Dot(isa)
                                               : true;
  return fits ? wanted : ActivationType::F32;
}

static int64_t rowBytesFor(int64_t payload) {
  int64_t lines = (payload + 63) / 64;
  return 64 * (lines | 1);
}
int64_t activationRowBytes(const Isa &isa, const Contraction &spec) {
  const WeightLayout &layout = spec.layout;
  switch (activationsFor(isa, layout, spec.activations)) {
  case ActivationType::F32: return rowBytesFor(4 * layout.paddedK());
  case ActivationType::Q8: return rowBytesFor(layout.paddedK() / layout.groupSize() * activationBlockBytes(isa, layout));
  case ActivationType::BF16: return rowBytesFor(2 * layout.paddedK());
  }
  llvm_unreachable("a type of activations");
}

int64_t Contraction::scratchBytes(int64_t rows) const {
  Isa widest; // without VNNI, codes take two bytes; without products of BF16, activations stay f32
  int64_t valueBytes = rowSegment < 0 ? 0 : 4 * segments[rowSegment]; // of a row epilogue
  return rows * (activationRowBytes(widest, *this) + valueBytes);
}
int64_t Contraction::packedBytes() const {
  int64_t total = 0;
  for (int64_t n : segments)
    total += layout.bytes(n);
  return total;
}

namespace {

struct Prepare {
  Emit &e;
  const Isa &isa;
  const Contraction &spec;
  Value x, gamma, row;
  const WeightLayout &layout = spec.layout;
  Value inverse = {}; ///< 1 / root mean square, in every lane; null without norm

  VectorType f32() const { return e.vf32(); }
  /// 16 elements from element `index` on, of which those at or above k read as 0.
  Value loadTail(Value base, Value index, bool tail) const {
    Value address = e.at(base, e.mul(index, e.i64(4)));
    return tail ? e.loadMasked(f32(), address, e.tailMask(e.sub(e.i64(layout.k), index))) : e.load(f32(), address, 4);
  }
  Value normed(Value index, bool tail) const {
    Value v = loadTail(x, index, tail);
    return inverse ? e.mul(e.mul(v, inverse), loadTail(gamma, index, tail)) : v;
  }
  /// body(index, tail) over `end` elements in steps of `step`: a loop where no lane passes k, then the rest.
  void cover(int64_t end, int64_t step, llvm::function_ref<void(Value, bool)> body) const {
    int64_t full = layout.k / step * step;
    if (full)
      e.loop(e.i64(0), e.i64(full), e.i64(step), [&](Value index) { body(index, false); });
    for (int64_t index = full; index < end; index += step)
      body(e.i64(index), true);
  }
  Value rootMeanSquare() const;
  void plain() const;
  void rounded() const;
  void quantised(bool whole) const;
  void storeCodes(Value codes, Value to) const;
  void storeTail(Value to, Value scale, Value sum) const;
  Value magnitude(Value v) const { return math::AbsFOp::create(e, v); }
};

Value Prepare::rootMeanSquare() const {
  const int64_t chains = 4, step = 16 * chains, full = layout.k / step * step;
  SmallVector<Value> sums(chains, e.constant(f32(), 0.0));
  auto square = [&](Value index, bool tail, Value sum) {
    Value v = loadTail(x, index, tail);
    return e.fma(v, v, sum);
  };
  sums = e.loop(e.i64(0), e.i64(full), e.i64(step), sums, [&](Value index, ValueRange in) {
    SmallVector<Value> next(in);
    for (int64_t i = 0; i < chains; ++i)
      next[i] = square(e.add(index, e.i64(16 * i)), false, next[i]);
    return next;
  });
  for (int64_t index = full; index < layout.k; index += 16)
    sums[index / 16 % chains] = square(e.i64(index), index + 16 > layout.k, sums[index / 16 % chains]);
  Value sum = e.sumLanes(e.add(e.add(sums[0], sums[1]), e.add(sums[2], sums[3])));
  Value mean = e.div(sum, e.f32(double(layout.k)));
  return e.splat(emitRsqrt(e, e.add(mean, e.f32(spec.epsilon))));
}

void Prepare::plain() const {
  int64_t end = (layout.paddedK() + 15) / 16 * 16; // at most the row's bytes, which are a multiple of 64
  cover(end, 16, [&](Value index, bool tail) {
    e.store(normed(index, tail), e.at(row, e.mul(index, e.i64(4))), 64);
  });
}

/// To bf16, nearest even, subnormal numbers to zero: what the products would read of them.
void Prepare::rounded() const {
  VectorType bf16 = e.vec(e.getBF16Type(), 32);
  cover(llvm::alignTo(layout.paddedK(), 32), 32, [&](Value index, bool tail) {
    Value low = normed(index, tail), high = normed(e.add(index, e.i64(16)), tail);
    e.store(e.intrinsic("llvm.x86.avx512bf16.cvtne2ps2bf16.512", bf16, {high, low}), e.at(row, e.mul(index, e.i64(2))), 64);
  });
}

/// Stores 16 codes in the order that the ISA's dot product reads.
void Prepare::storeCodes(Value codes, Value to) const {
  if (isa.vnni) {
    e.store(arith::TruncIOp::create(e, e.vec(e.getI8Type()), codes), to, 4);
  } else {
    SmallVector<int64_t> order;
    for (int64_t i = 0; i < 16; i += 4)
      order.append({i, i + 2, i + 1, i + 3});
    Value words = arith::TruncIOp::create(e, e.vec(e.getI16Type()), codes);
    e.store(vector::ShuffleOp::create(e, words, words, order), to, 4);
  }
}

void Prepare::storeTail(Value to, Value scale, Value sum) const {
  e.store(scale, to, 4);
  e.store(e.mul(scale, arith::SIToFPOp::create(e, e.getF32Type(), sum)), e.at(to, 4), 4);
  e.store(e.mul(sum, e.i32(-layout.zero)), e.at(to, 8), 4);
  e.store(e.i32(0), e.at(to, 12), 4);
}

/// 32 elements (or the last 16): scale = amax / 127, code = round(x * 127 / amax), to even.
void Prepare::quantised(bool whole) const {
  const int64_t group = layout.groupSize(), blockBytes = activationBlockBytes(isa, layout);
  auto quantise = [&](Value v, Value inverseScale) -> Value {
    Value rounded = math::RoundEvenOp::create(e, e.mul(v, inverseScale));
    return arith::FPToSIOp::create(e, e.vec(e.getI32Type()), rounded);
  };
  auto scales = [&](Value amax) {
    Value ratio = e.div(e.f32(127), amax);
    Value inverseScale = e.select(e.less(e.f32(0), amax), ratio, e.f32(0));
    return std::pair{e.div(amax, e.f32(127)), e.splat(inverseScale)};
  };
  if (whole) {
    Value peak = e.stackSlot(64);
    e.store(e.constant(f32(), 0.0), peak, 64);
    cover(layout.k, 16, [&](Value index, bool tail) {
      e.store(e.max(magnitude(normed(index, tail)), e.load(f32(), peak, 64)), peak, 64);
    });
    auto [scale, inverseScale] = scales(e.maxLanes(e.load(f32(), peak, 64)));
    Value total = e.stackSlot(64);
    VectorType i32 = e.vec(e.getI32Type());
    e.store(e.constant(i32, int64_t(0)), total, 64);
    cover(layout.paddedK(), 16, [&](Value index, bool tail) {
      Value codes = quantise(normed(index, tail), inverseScale);
      storeCodes(codes, e.at(row, e.mul(index, e.i64(activationCodeBytes(isa)))));
      e.store(e.add(codes, e.load(i32, total, 64)), total, 64);
    });
    storeTail(e.at(row, layout.paddedK() * activationCodeBytes(isa)), scale,
              e.sumLanes(e.load(i32, total, 64)));
    return;
  }
  cover(layout.paddedK(), 32, [&](Value index, bool tail) {
    // The last block of a group-16 row may be half a block: its second group does not exist.
    const bool half = tail && layout.paddedK() % 32 == 16;
    SmallVector<Value> v{normed(index, tail)};
    Value amax = magnitude(v[0]);
    if (!half) {
      v.push_back(normed(e.add(index, e.i64(16)), tail));
      amax = e.max(amax, magnitude(v[1]));
    }
    auto [scale, inverseScale] = scales(e.maxLanes(amax));
    Value to = e.at(row, e.mul(e.div(index, e.i64(group)), e.i64(blockBytes)));
    SmallVector<Value> codes;
    for (Value part : v)
      codes.push_back(quantise(part, inverseScale));
    if (group == 16) {
      for (Value part : codes) {
        storeCodes(part, to);
        storeTail(e.at(to, 16 * activationCodeBytes(isa)), scale, e.sumLanes(part));
        to = e.at(to, blockBytes);
      }
      return;
    }
    storeCodes(codes[0], to);
    storeCodes(codes[1], e.at(to, 16 * activationCodeBytes(isa)));
    storeTail(e.at(to, 32 * activationCodeBytes(isa)), scale, e.sumLanes(e.add(codes[0], codes[1])));
  });
}

} // namespace

LLVM::LLVMFuncOp emitPrepareRow(Emit &e, const Isa &isa, const Contraction &spec) {
  const WeightLayout &l = spec.layout;
  const ActivationType activations = activationsFor(isa, l, spec.activations);
  std::string name = llvm::formatv("prepare_k{0}p{1}{2}", l.k, l.paddedK(),
                                   spec.norm ? llvm::formatv("_norm{0:x}", llvm::bit_cast<uint64_t>(spec.epsilon)).str() : "");
  if (activations == ActivationType::Q8)
    name += llvm::formatv("_q8_g{0}_z{1}", l.group, l.zero);
  else if (activations == ActivationType::BF16)
    name += "_bf16";
  if (auto existing = e.module().lookupSymbol<LLVM::LLVMFuncOp>(name))
    return existing;
  Type p = e.ptr();
  return e.function(name, {p, p, p}, [&](ValueRange args) {
    Prepare prepare{e, isa, spec, args[0], args[1], args[2]};
    if (spec.norm)
      prepare.inverse = prepare.rootMeanSquare();
    switch (activations) {
    case ActivationType::F32: return prepare.plain();
    case ActivationType::Q8: return prepare.quantised(l.group == 0);
    case ActivationType::BF16: return prepare.rounded();
    }
  });
}

} // namespace braid::cpu
