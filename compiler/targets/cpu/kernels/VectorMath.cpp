// SPDX-License-Identifier: Apache-2.0
/// \file
/// Polynomials for exp, tanh, erf, log, sine and cosine. The coefficients are minimax fits (Remez) over the reduced
/// range; the comment at each says its error there.
#include "compiler/targets/cpu/kernels/VectorMath.h"

using namespace mlir;
namespace braid::cpu {
namespace {

Type withElement(Type like, Type element) {
  if (auto vector = dyn_cast<VectorType>(like))
    return VectorType::get(vector.getShape(), element);
  return element;
}
Value bitcast(Emit &e, Type type, Value v) { return arith::BitcastOp::create(e, type, v); }
Value shiftLeft(Emit &e, Value v, int64_t by) { return arith::ShLIOp::create(e, v, e.constant(v.getType(), by)); }
Value shiftRight(Emit &e, Value v, int64_t by) { return arith::ShRSIOp::create(e, v, e.constant(v.getType(), by)); }
Value magnitude(Emit &e, Value x) { return math::AbsFOp::create(e, x); }

/// c[0] + x (c[1] + x (c[2] + ...)).
Value polynomial(Emit &e, Value x, ArrayRef<double> c) {
  Value sum = e.constant(x.getType(), c.back());
  for (double next : llvm::reverse(c.drop_back()))
    sum = e.fma(sum, x, e.constant(x.getType(), next));
  return sum;
}

/// x = n ln 2 + r with |r| <= ln 2 / 2: e^r, and n in the low bits of the integers `shifted`.
struct ExpParts {
  Value power, shifted;
};
constexpr double kRound = 12582912.0; // 1.5 * 2^23: adding it leaves the nearest integer in the low mantissa bits

ExpParts splitExp(Emit &e, Value x, ArrayRef<double> c) {
  Type type = x.getType();
  Value magic = e.constant(type, kRound);
  Value shifted = e.fma(x, e.constant(type, 1.4426950408889634), magic);
  Value minusN = e.sub(magic, shifted);
  Value r = e.fma(minusN, e.constant(type, 0.6931471824645996), x);
  r = e.fma(minusN, e.constant(type, -1.9046542121259336e-09), r);
  return {polynomial(e, r, c), bitcast(e, withElement(type, e.getI32Type()), shifted)};
}

constexpr double kExp[] = {1, 1, 0.4999999341, 0.1666652011, 0.04166839429, 0.008368780455, 0.001381446262}; // 3e-9

} // namespace

Value emitExp(Emit &e, Value x) {
  Type type = x.getType();
  // 2^n is applied as two factors, so that subnormal results come out right and 2^128 does not overflow early.
  x = e.min(e.constant(type, 89.0), e.max(e.constant(type, -105.0), x));
  ExpParts parts = splitExp(e, x, kExp);
  Type integers = parts.shifted.getType();
  Value n = e.sub(parts.shifted, e.constant(integers, int64_t(0x4B400000)));
  Value half = shiftRight(e, n, 1);
  auto pow2 = [&](Value k) { return bitcast(e, type, shiftLeft(e, e.add(k, e.constant(integers, int64_t(127))), 23)); };
  return e.mul(e.mul(parts.power, pow2(half)), pow2(e.sub(n, half)));
}

Value emitExp2OfNonPositive(Emit &e, Value x) {
  Type type = x.getType();
  Value vanishes = e.less(x, e.constant(type, -126.0));
  Value magic = e.constant(type, kRound);
  Value shifted = e.add(x, magic);
  Value r = e.sub(x, e.sub(shifted, magic));
  Value power = polynomial(e, r, {1, 0.6931469774, 0.2402224177, 0.05550733981, 0.009671533593, 0.001326470647}); // 9e-8
  Value exponent = shiftLeft(e, bitcast(e, withElement(type, e.getI32Type()), shifted), 23);
  Value bits = e.add(bitcast(e, exponent.getType(), power), exponent);
  return e.select(vanishes, e.constant(type, 0.0), bitcast(e, type, bits));
}

Value emitTanh(Emit &e, Value x) {
  Type type = x.getType();
  Value a = magnitude(e, x);
  // |x| < 0.625: x + x^3 P(x^2), 1.5e-10; beyond: 1 - 2 / (e^2|x| + 1), with the sign put back.
  Value t = e.mul(x, x);
  Value small = e.mul(e.mul(x, t), polynomial(e, t, {-0.3333333091, 0.1333320977, -0.05394720489, 0.02170297025,
                                                     -0.00818268115, 0.002147543176}));
  small = e.add(x, small);
  Value one = e.constant(type, 1.0);
  Value large = e.sub(one, e.div(e.constant(type, 2.0), e.add(emitExp(e, e.add(a, a)), one)));
  large = math::CopySignOp::create(e, large, x);
  return e.select(e.less(a, e.constant(type, 0.625)), small, large);
}

Value emitSigmoid(Emit &e, Value x) {
  Value one = e.constant(x.getType(), 1.0);
  return e.div(one, e.add(one, emitExp(e, arith::NegFOp::create(e, x))));
}

Value emitSilu(Emit &e, Value x) {
  return e.div(x, e.add(e.constant(x.getType(), 1.0), emitExp(e, arith::NegFOp::create(e, x))));
}

Value emitErf(Emit &e, Value x) {
  Type type = x.getType();
  Value a = magnitude(e, x);
  // |x| < 1: x + x P(x^2), 1.2e-9; beyond: 1 - e^-Q(|x|) with Q = -ln erfc, 9e-11 of 1; from 4 on it rounds to 1.
  Value small = polynomial(e, e.mul(x, x), {0.128379166, -0.3761262582, 0.1128358514, -0.02685381149, 0.005188326883,
                                            -0.0008010186851, 7.853839722e-5});
  small = e.fma(x, small, x);
  Value capped = e.min(e.constant(type, 4.0), a);
  Value exponent = polynomial(e, capped, {-0.0001579482018, 1.129434381, 0.63350982, 0.10810074, -0.02500344483,
                                          0.004127032242, -0.0004253816149, 2.03104755e-5});
  Value large = e.sub(e.constant(type, 1.0), emitExp(e, arith::NegFOp::create(e, exponent)));
  large = math::CopySignOp::create(e, large, x);
  return e.select(e.less(a, e.constant(type, 1.0)), small, large);
}

/// log x + bias ln 2 for normal, finite x > 0.
static Value logOfNormal(Emit &e, Value x, Value bias) {
  Type type = x.getType(), integers = withElement(type, e.getI32Type());
  auto constant = [&](double v) { return e.constant(type, v); };
  // x = 2^n (1 + f) with 1 + f in [sqrt 1/2, sqrt 2).
  Value bits = bitcast(e, integers, x);
  Value n = shiftRight(e, e.sub(bits, e.constant(integers, int64_t(0x3F3504F3))), 23);
  Value f = e.sub(bitcast(e, type, e.sub(bits, shiftLeft(e, n, 23))), constant(1.0));
  Value exponent = arith::SIToFPOp::create(e, type, n);
  if (bias)
    exponent = e.add(exponent, bias);
  // log(1 + f) = f - f^2/2 + f^3 P(f), 7e-10.
  Value p = polynomial(e, f, {0.3333331261, -0.250000096, 0.2000211854, -0.1666799593, 0.1421955488, -0.1240558958,
                              0.1188814505, -0.116756402, 0.06746663403});
  Value f2 = e.mul(f, f);
  Value low = e.fma(exponent, constant(-1.9046542121259336e-09), e.mul(e.mul(f, f2), p));
  low = e.fma(f2, constant(-0.5), low);
  return e.fma(exponent, constant(0.6931471824645996), e.add(f, low));
}

Value emitLog(Emit &e, Value x) {
  Type type = x.getType();
  auto constant = [&](double v) { return e.constant(type, v); };
  Value tiny = e.less(x, constant(1.17549435e-38));
  Value scaled = e.select(tiny, e.mul(x, constant(8388608.0)), x);
  Value result = logOfNormal(e, scaled, e.select(tiny, constant(-23.0), constant(0.0)));
  // 0 -> -inf, below 0 and NaN -> NaN, inf -> inf.
  Value finite = arith::CmpFOp::create(e, arith::CmpFPredicate::OGT, x, constant(0.0));
  Value zero = arith::CmpFOp::create(e, arith::CmpFPredicate::OEQ, x, constant(0.0));
  double infinity = std::numeric_limits<double>::infinity();
  Value edge = e.select(zero, constant(-infinity), constant(std::numeric_limits<double>::quiet_NaN()));
  Value large = arith::CmpFOp::create(e, arith::CmpFPredicate::OEQ, x, constant(infinity));
  return e.select(large, x, e.select(finite, result, edge));
}

/// log(1 + x) for x in [0, 1]: what rounding 1 + x loses is put back (divided by 1 + x it were exact; that changes less
/// than the last bit).
static Value emitLog1p(Emit &e, Value x) {
  Value one = e.constant(x.getType(), 1.0), sum = e.add(one, x), lost = e.sub(x, e.sub(sum, one));
  return e.add(logOfNormal(e, sum, {}), lost);
}

Value emitSoftplus(Emit &e, Value x) {
  Value size = magnitude(e, x);
  Value rest = emitLog1p(e, emitExp(e, arith::NegFOp::create(e, size)));
  return e.add(e.max(e.constant(x.getType(), 0.0), x), rest); // from 20 on, x: the rest is less than half its last bit
}

Value emitRsqrt(Emit &e, Value x) {
  return e.div(e.constant(x.getType(), 1.0), math::SqrtOp::create(e, x).getResult());
}

std::pair<Value, Value> emitCosSin(Emit &e, Value x) {
  Type type = x.getType();
  // In f64, so that the reduction by multiples of pi/2 keeps every bit of an f32 angle.
  Type wide = withElement(type, e.getF64Type()), integers = withElement(type, e.getI64Type());
  auto constant = [&](double v) { return e.constant(wide, v); };
  Value angle = arith::ExtFOp::create(e, wide, x);
  Value magic = constant(6755399441055744.0); // 1.5 * 2^52
  Value shifted = e.fma(angle, constant(0.6366197723675814), magic);
  Value minusN = e.sub(magic, shifted);
  Value r = e.fma(minusN, constant(1.5707963267948966), angle);
  r = e.fma(minusN, constant(6.123233995736766e-17), r);
  Value t = e.mul(r, r);
  // sin r = r + r^3 S(r^2), cos r = 1 - r^2/2 + r^4 C(r^2) on [-pi/4, pi/4], 5e-12.
  Value sine = e.fma(e.mul(r, t), polynomial(e, t, {-0.1666666664, 0.008333329384, -0.0001983933408, 2.71830417e-6}), r);
  Value cosine = polynomial(e, t, {1, -0.5, 0.04166666662, -0.001388888375, 2.47995192e-5, -2.721017008e-7});
  // Quadrant n: sine is s, c, -s, -c and cosine is c, -s, -c, s.
  Value n = bitcast(e, integers, shifted);
  auto bit = [&](Value v, int64_t mask) {
    Value masked = arith::AndIOp::create(e, v, e.constant(integers, mask));
    return arith::CmpIOp::create(e, arith::CmpIPredicate::ne, masked, e.constant(integers, int64_t(0)));
  };
  Value odd = bit(n, 1);
  auto negateIf = [&](Value condition, Value v) { return e.select(condition, arith::NegFOp::create(e, v), v); };
  Value s = negateIf(bit(n, 2), e.select(odd, cosine, sine));
  Value c = negateIf(bit(e.add(n, e.constant(integers, int64_t(1))), 2), e.select(odd, sine, cosine));
  return {arith::TruncFOp::create(e, type, c), arith::TruncFOp::create(e, type, s)};
}

} // namespace braid::cpu
