// SPDX-License-Identifier: Apache-2.0
/// \file
/// Rounding to the element types of a KV cache.
#include "compiler/targets/cpu/kernels/CacheElement.h"

using namespace mlir;
namespace braid::cpu {

int64_t cacheElementBytes(Codes codes) { return codes == Codes::F32 ? 4 : 2; }

Value emitToCache(Emit &e, Codes codes, Value v) {
  if (codes == Codes::F32)
    return v;
  int64_t lanes = cast<VectorType>(v.getType()).getDimSize(0);
  VectorType i16 = e.vec(e.getI16Type(), lanes), i32 = e.vec(e.getI32Type(), lanes);
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

} // namespace braid::cpu
