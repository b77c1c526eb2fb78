// SPDX-License-Identifier: Apache-2.0
/// \file
/// Nonlinearities of scalars and vectors.
#include "compiler/targets/cpu/kernels/Nonlinearity.h"

#include "compiler/targets/cpu/kernels/VectorMath.h"

using namespace mlir;
namespace braid::cpu {

Value emitNonlinearity(Emit &e, Nonlinearity kind, Value x) {
  Type f32 = x.getType();
  Value half = e.constant(f32, 0.5), one = e.constant(f32, 1.0), zero = e.constant(f32, 0.0);
  switch (kind) {
  case Nonlinearity::None: return x;
  case Nonlinearity::Silu: return emitSilu(e, x);
  case Nonlinearity::Gelu:
    return e.mul(e.mul(half, x), e.add(one, emitErf(e, e.mul(x, e.constant(f32, 0.70710678118654752)))));
  case Nonlinearity::GeluTanh: {
    Value cube = e.mul(e.mul(x, x), x);
    Value inner = e.mul(e.constant(f32, 0.79788456080286536), e.fma(e.constant(f32, 0.044715), cube, x));
    return e.mul(e.mul(half, x), e.add(one, emitTanh(e, inner)));
  }
  case Nonlinearity::Relu: return e.max(zero, x); // NaN stays NaN: the second operand wins
  case Nonlinearity::Relu2: {
    Value r = e.max(zero, x);
    return e.mul(r, r);
  }
  case Nonlinearity::Sigmoid: return emitSigmoid(e, x);
  case Nonlinearity::Softplus: return emitSoftplus(e, x);
  case Nonlinearity::Exp: return emitExp(e, x);
  case Nonlinearity::Tanh: return emitTanh(e, x);
  }
  llvm_unreachable("a nonlinearity");
}

} // namespace braid::cpu
