// SPDX-License-Identifier: Apache-2.0
/// \file
/// The epilogue: bias, factor, nonlinearity, gate, residual, masked store.
#include "compiler/targets/cpu/kernels/Epilogue.h"

using namespace mlir;
namespace braid::cpu {

LLVM::LLVMFuncOp emitEpilogue(Emit &e, const Contraction &spec, int64_t panels) {
  Type p = e.ptr(), i64 = e.getI64Type(), f32 = e.getF32Type();
  const bool scaled = !spec.factors.empty();
  SmallVector<Type> params{p, i64, p, i64, p, p, p, i64};
  if (scaled)
    params.append(2, f32);
  return e.function(spec.name + ".epilogue", params, [&](ValueRange args) {
    Value tile = args[0], rows = args[1], out = args[2], outStride = args[3], residual = args[6], columns = args[7];
    const int64_t vectors = spec.gated ? panels / 2 : panels, step = spec.gated ? 128 : 64;
    SmallVector<Value> masks, bias, upBias;
    Value factor = scaled ? e.splat(args[8]) : Value(), upFactor = scaled && spec.gated ? e.splat(args[9]) : Value();
    for (int64_t v = 0; v < vectors; ++v) {
      masks.push_back(e.tailMask(e.sub(columns, e.i64(16 * v))));
      if (spec.bias)
        bias.push_back(e.loadMasked(e.vf32(), e.at(args[4], 64 * v), masks[v]));
      if (spec.bias && spec.gated)
        upBias.push_back(e.loadMasked(e.vf32(), e.at(args[5], 64 * v), masks[v]));
    }
    e.loop(e.i64(0), rows, e.i64(1), [&](Value row) {
      Value from = e.at(tile, e.mul(row, e.i64(64 * panels)));
      Value offset = e.mul(row, outStride);
      for (int64_t v = 0; v < vectors; ++v) {
        Value y = e.load(e.vf32(), e.at(from, step * v), 64);
        if (spec.bias)
          y = e.add(y, bias[v]);
        if (scaled)
          y = e.mul(y, factor);
        y = emitNonlinearity(e, spec.nonlinearity, y);
        if (spec.gated) {
          Value up = e.load(e.vf32(), e.at(from, step * v + 64), 64);
          if (spec.bias)
            up = e.add(up, upBias[v]);
          y = e.mul(y, scaled ? e.mul(up, upFactor) : up);
        }
        if (spec.residual)
          y = e.add(y, e.loadMasked(e.vf32(), e.at(e.at(residual, offset), 64 * v), masks[v]));
        e.storeMasked(y, e.at(e.at(out, offset), 64 * v), masks[v]);
      }
    });
  });
}

} // namespace braid::cpu
