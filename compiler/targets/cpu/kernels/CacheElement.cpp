// SPDX-License-Identifier: Apache-2.0
/// \file
/// Rounding to the element types of a KV cache.
#include "compiler/targets/cpu/kernels/CacheElement.h"

#include "compiler/targets/cpu/kernels/Tile.h"
#include "dialects/braid/Braid.h"
#include "runtime/include/braid_abi.h"

using namespace mlir;
namespace braid::cpu {

int64_t cacheElementBytes(Codes codes) { return codes == Codes::F32 ? 4 : codes == Codes::I8 ? 1 : 2; }

int64_t cacheGroups(Codes codes, int64_t dim) {
  return codes == Codes::I8 ? llvm::divideCeil(dim, graph::kInt8Group) : 0;
}

int64_t cacheRowBytes(Codes codes, int64_t dim) {
  return llvm::alignTo(dim, kLanes) * cacheElementBytes(codes) + 4 * cacheGroups(codes, dim);
}

Value emitToCache(Emit &e, Codes codes, Value v) {
  if (codes == Codes::F32)
    return v;
  int64_t lanes = cast<VectorType>(v.getType()).getDimSize(0);
  VectorType i16 = e.vec(e.getI16Type(), lanes), i32 = e.vec(e.getI32Type(), lanes);
  if (codes == Codes::I8)
    return arith::TruncIOp::create(e, e.vec(e.getI8Type(), lanes), arith::FPToSIOp::create(e, i32, v));
  if (codes == Codes::F16)
    return arith::BitcastOp::create(e, i16, arith::TruncFOp::create(e, e.vec(e.getF16Type(), lanes), v));
  // By hand, so that every ISA gives the same bits: hardware conversions differ on subnormals.
  Value bits = arith::BitcastOp::create(e, i32, v);
  auto constant = [&](int64_t c) { return e.constant(i32, c); };
  Value high = arith::ShRUIOp::create(e, bits, constant(16));
  Value odd = arith::AndIOp::create(e, high, constant(1));
  Value rounded = e.add(bits, e.add(odd, constant(0x7FFF)));
  rounded = arith::ShRUIOp::create(e, rounded, constant(16));
  Value isNan = arith::CmpFOp::create(e, arith::CmpFPredicate::UNO, v, v);
  Value quiet = arith::OrIOp::create(e, high, constant(0x40));
  return arith::TruncIOp::create(e, i16, e.select(isNan, quiet, rounded));
}

Value emitToBf16(Emit &e, const Isa &isa, Value v) {
  if (!(isa.required & BRAID_CPU_AVX512_BF16))
    return emitToCache(e, Codes::BF16, v);
  VectorType bf16 = e.vec(e.getBF16Type());
  Value rounded = e.intrinsic("llvm.x86.avx512bf16.cvtneps2bf16.512", bf16, {v});
  return arith::BitcastOp::create(e, e.vec(e.getI16Type()), rounded);
}

Value emitFromBf16(Emit &e, Value address) {
  VectorType i32 = e.vec(e.getI32Type());
  Value bits = arith::ExtUIOp::create(e, i32, e.load(e.vec(e.getI16Type()), address, 2));
  return vector::BitCastOp::create(e, e.vf32(), arith::ShLIOp::create(e, bits, e.constant(i32, int64_t(16))));
}

Value emitFromInt8(Emit &e, Value address) {
  return arith::SIToFPOp::create(e, e.vf32(), e.load(e.vec(e.getI8Type()), address, 1));
}

void emitRoundToInt8(Emit &e, int64_t paddedDim, Value row, Value scales) {
  auto group = [&](Value numbers, Value scaleAt, int64_t vectors) {
    SmallVector<Value> x;
    Value zero = e.constant(e.vf32(), 0.0), top = zero, notFinite = zero;
    for (int64_t j = 0; j < vectors; ++j) {
      x.push_back(e.load(e.vf32(), e.at(numbers, 64 * j), 64));
      top = e.max(math::AbsFOp::create(e, x.back()), top);
      notFinite = e.fma(x.back(), zero, notFinite);
    }
    Value most = e.maxLanes(top);
    // The inverse of less would not be finite: such numbers are taken as zero.
    Value inverse = e.select(e.less(e.f32(0x1p-100), most), e.div(e.f32(127), most), e.f32(0));
    e.store(e.add(e.div(most, e.f32(127)), e.sumLanes(notFinite)), scaleAt, 4);
    for (int64_t j = 0; j < vectors; ++j) {
      Value code = math::RoundEvenOp::create(e, e.mul(x[j], e.splat(inverse)));
      code = e.max(e.min(code, e.constant(e.vf32(), 127.0)), e.constant(e.vf32(), -127.0));
      e.store(code, e.at(numbers, 64 * j), 64);
    }
  };
  const int64_t whole = paddedDim / graph::kInt8Group, rest = paddedDim % graph::kInt8Group / kLanes;
  e.loop(e.i64(0), e.i64(whole), e.i64(1), [&](Value i) {
    group(e.at(row, e.mul(i, e.i64(4 * graph::kInt8Group))), e.at(scales, e.mul(i, e.i64(64))),
          graph::kInt8Group / kLanes);
  });
  if (rest)
    group(e.at(row, 4 * graph::kInt8Group * whole), e.at(scales, 64 * whole), rest);
}

void emitInt8Product(Emit &e, const Isa &isa, int64_t scaleBytes, const Int8Product &product) {
  for (int64_t from = 0; from < product.dims; from += graph::kInt8Group) {
    const int64_t dims = std::min(graph::kInt8Group, product.dims - from), group = from / graph::kInt8Group;
    DenseTile tile{Codes::I8, product.rows, product.width, /*accumulate=*/from > 0};
    tile.scaled = true;
    tile.prefetch = bool(product.next);
    SmallVector<Value> args{e.at(product.a, 4 * from), product.aStride,
                            e.at(product.granule, scaleBytes + kLanes * from), e.i64(product.granuleBytes),
                            e.i64(kLanes), e.i64(dims), product.c, product.cStride, e.at(product.granule, 64 * group)};
    if (product.next) {
      args.push_back(e.at(product.next, kLanes * product.width * from));
      for (int64_t i = 0; i < product.width; ++i) // the tile fetches as much as there are codes: the rest is as scales
        e.prefetch(e.at(product.next, product.width * (product.granuleBytes - scaleBytes + 64 * group) + 64 * i), 2);
    }
    e.call(emitDenseTile(e, isa, tile), args);
  }
}

} // namespace braid::cpu
