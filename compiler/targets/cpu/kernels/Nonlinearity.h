// SPDX-License-Identifier: Apache-2.0
/// \file
/// The elementwise nonlinearities of kernels.
#pragma once

#include "compiler/targets/cpu/Emit.h"

namespace braid::cpu {

enum class Nonlinearity : uint8_t { None, Silu, Gelu, GeluTanh, Relu, Relu2, Sigmoid, Softplus, Exp, Tanh };

/// f(x) of f32 numbers, scalar or vector, without libm. NaN stays NaN.
mlir::Value emitNonlinearity(Emit &emit, Nonlinearity kind, mlir::Value x);

} // namespace braid::cpu
