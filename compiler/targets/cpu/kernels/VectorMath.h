// SPDX-License-Identifier: Apache-2.0
/// \file
/// Transcendental functions on f32 vectors as polynomials: nothing here calls libm.
#pragma once

#include "compiler/targets/cpu/Emit.h"

namespace braid::cpu {

/// e^x, at most 2 ulp, 0 below -104, inf above 88.8, NaN stays NaN.
mlir::Value emitExp(Emit &emit, mlir::Value x);
/// 2^x for x <= 0, for softmax weights: relative error 2e-7, exactly 0 below -126 (so also at -inf).
mlir::Value emitExp2OfNonPositive(Emit &emit, mlir::Value x);
mlir::Value emitTanh(Emit &emit, mlir::Value x);
mlir::Value emitSigmoid(Emit &emit, mlir::Value x);
mlir::Value emitSilu(Emit &emit, mlir::Value x);
/// log(1 + e^x), without overflow and without loss for x far below 0.
mlir::Value emitSoftplus(Emit &emit, mlir::Value x);
mlir::Value emitErf(Emit &emit, mlir::Value x);
mlir::Value emitLog(Emit &emit, mlir::Value x);
/// 1 / sqrt(x) at full f32 precision, scalar or vector.
mlir::Value emitRsqrt(Emit &emit, mlir::Value x);
/// Cosine and sine of f32 angles up to 2^22 in magnitude, at most 2 ulp of 1.
std::pair<mlir::Value, mlir::Value> emitCosSin(Emit &emit, mlir::Value x);

} // namespace braid::cpu
