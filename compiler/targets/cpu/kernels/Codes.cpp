// SPDX-License-Identifier: Apache-2.0
/// \file
/// Unpacking of weight codes and the integer dot product of each ISA level.
#include "compiler/targets/cpu/kernels/Codes.h"

using namespace mlir;
namespace braid::cpu {

static Value loadNumbers(Emit &e, ScaleType type, Value address) {
  if (type == ScaleType::F16)
    return arith::ExtFOp::create(e, e.vf32(), e.load(e.vec(e.getF16Type()), address, 2));
  return e.load(e.vf32(), address, 4);
}

GroupHead loadGroupHead(Emit &e, const WeightLayout &layout, Value address) {
  GroupHead head{loadNumbers(e, layout.scale, address), {}};
  if (layout.min)
    head.min = loadNumbers(e, layout.scale, e.at(address, 16 * layout.scaleBytes()));
  return head;
}

static Value shiftRight(Emit &e, Value v, int64_t bits) {
  return bits ? arith::ShRUIOp::create(e, v, e.constant(v.getType(), bits)).getResult() : v;
}
static Value keep(Emit &e, Value v, int64_t mask) {
  return arith::AndIOp::create(e, v, e.constant(v.getType(), mask));
}

Value codesAsFloat(Emit &e, const WeightLayout &layout, Value dwords, int64_t index) {
  Value code;
  if (layout.codes == Codes::U8)
    code = keep(e, shiftRight(e, dwords, 8 * index), 0xff);
  else
    code = keep(e, shiftRight(e, dwords, index < 4 ? 8 * index : 8 * (index - 4) + 4), 0x0f);
  return arith::SIToFPOp::create(e, e.vf32(), code);
}

SmallVector<DotOperand> dotOperands(Emit &e, const Isa &isa, const WeightLayout &layout, Value dwords) {
  VectorType bytes = e.vec(e.getI8Type(), 64), words = e.vec(e.getI16Type(), 32);
  auto as = [&](VectorType type, Value v) -> Value { return vector::BitCastOp::create(e, type, v); };
  if (isa.vnni) {
    if (layout.codes == Codes::U8)
      return {{as(bytes, dwords), {}}};
    return {{as(bytes, keep(e, dwords, 0x0f0f0f0f)), {}},
            {as(bytes, keep(e, shiftRight(e, dwords, 4), 0x0f0f0f0f)), {}}};
  }
  Value pairs = as(words, dwords);
  if (layout.codes == Codes::U8)
    return {{keep(e, pairs, 0xff), shiftRight(e, pairs, 8)}};
  return {{keep(e, pairs, 0x0f), keep(e, shiftRight(e, pairs, 8), 0x0f)},
          {keep(e, shiftRight(e, pairs, 4), 0x0f), shiftRight(e, pairs, 12)}};
}

/// i16 x i16 -> i32, neighbours added. Codes are at most 255 and activations 127: nothing saturates.
static Value multiplyPairs(Emit &e, const Isa &isa, Value a, Value b) {
  VectorType i32 = e.vec(e.getI32Type());
  if (isa.avx512)
    return e.intrinsic("llvm.x86.avx512.pmaddw.d.512", i32, {a, b});
  SmallVector<Value> halves;
  for (int64_t half = 0; half < 2; ++half) {
    auto slice = [&](Value v) -> Value {
      SmallVector<int64_t> lanes;
      for (int64_t i = 0; i < 16; ++i)
        lanes.push_back(16 * half + i);
      return vector::ShuffleOp::create(e, v, v, lanes);
    };
    halves.push_back(e.intrinsic("llvm.x86.avx2.pmadd.wd", e.vec(e.getI32Type(), 8), {slice(a), slice(b)}));
  }
  SmallVector<int64_t> lanes = llvm::to_vector(llvm::seq<int64_t>(0, 16));
  return vector::ShuffleOp::create(e, halves[0], halves[1], lanes);
}

Value dot(Emit &e, const Isa &isa, Value acc, const DotOperand &weights, Value address) {
  auto broadcast = [&](VectorType type, Value where) -> Value {
    return vector::BitCastOp::create(e, type, e.splat(e.load(e.getI32Type(), where, 4)));
  };
  if (isa.vnni)
    return e.intrinsic("llvm.x86.avx512.vpdpbusd.512", acc.getType(),
                       {acc, weights.even, broadcast(e.vec(e.getI8Type(), 64), address)});
  VectorType words = e.vec(e.getI16Type(), 32);
  Value even = multiplyPairs(e, isa, weights.even, broadcast(words, address));
  Value odd = multiplyPairs(e, isa, weights.odd, broadcast(words, e.at(address, 4)));
  return e.add(acc, e.add(even, odd));
}

} // namespace braid::cpu
