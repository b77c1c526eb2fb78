// SPDX-License-Identifier: Apache-2.0
/// \file
/// The table of rotations: cosines and sines of position * frequency for the rows of a call.
#include "compiler/targets/cpu/kernels/Attention.h"
#include "compiler/targets/cpu/kernels/VectorMath.h"

using namespace mlir;
namespace braid::cpu {

LLVM::LLVMFuncOp emitRopeTable(Emit &e, StringRef name, ArrayRef<float> frequencies, double factor) {
  Type p = e.ptr(), i64 = e.getI64Type(), f32 = e.getF32Type();
  const int64_t n = frequencies.size();
  return e.function(name, {p, i64, p}, [&](ValueRange args) {
    Value position = e.field(args[0], Emit::Field::Position);
    e.loop(e.i64(0), args[1], e.i64(1), [&](Value row) {
      // As transformers does: both factors as f32, their product rounded to f32.
      Value at = e.splat(arith::SIToFPOp::create(e, f32, e.add(position, row)));
      Value out = e.at(args[2], e.mul(row, e.i64(8 * n)));
      for (int64_t i = 0; i < n; i += kLanes) {
        int64_t lanes = std::min(kLanes, n - i);
        SmallVector<float> chunk(frequencies.slice(i, lanes));
        chunk.resize(kLanes, 0.0f);
        Value frequency = arith::ConstantOp::create(e, DenseElementsAttr::get(e.vf32(), ArrayRef(chunk)));
        auto [cosine, sine] = emitCosSin(e, e.mul(at, frequency));
        Value scale = e.constant(e.vf32(), factor), mask = e.tailMask(e.i64(lanes));
        auto store = [&](Value v, Value address) {
          if (factor != 1)
            v = e.mul(v, scale);
          lanes == kLanes ? e.store(v, address, 4) : e.storeMasked(v, address, mask);
        };
        store(cosine, e.at(out, 4 * i));
        store(sine, e.at(out, 4 * (n + i)));
      }
    });
  });
}

} // namespace braid::cpu
