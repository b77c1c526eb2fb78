// SPDX-License-Identifier: Apache-2.0
/// \file
/// The variants.
#include "AttentionVariants.h"

using namespace mlir;
namespace braid::test {
using cpu::Attention;
using cpu::Emit;

static Value both(Emit &e, Value a, Value b) { return arith::AndIOp::create(e, a, b); }
static Value either(Emit &e, Value a, Value b) { return arith::OrIOp::create(e, a, b); }
static Value atMost(Emit &e, Value a, Value b) { return e.less(a, e.add(b, e.constant(b.getType(), int64_t(1)))); }
static Value isMultiple(Emit &e, Value v, int64_t of) {
  Value rest = arith::RemSIOp::create(e, v, e.constant(v.getType(), of));
  return arith::CmpIOp::create(e, arith::CmpIPredicate::eq, rest, e.constant(v.getType(), int64_t(0)));
}

static void causal(Attention &spec) {
  spec.mask = [](Emit &e, Value, Value query, Value keys) { return atMost(e, keys, e.splat(query)); };
  spec.block = [](Emit &e, Value, Value q0, Value q1, Value k0, Value k1) {
    return std::pair{atMost(e, k0, q1), atMost(e, k1, q0)};
  };
}

static constexpr int64_t kWindow = 40, kPrefix = 21;

Variant variant(StringRef name) {
  Variant v{name.str(), 0, causal, [](int64_t, int64_t q, int64_t k) { return k <= q; },
            [](double s, int64_t, int64_t, int64_t) { return s; }};
  if (name == "window") {
    v.window = kWindow;
    v.visible = [](int64_t, int64_t q, int64_t k) { return k <= q && k > q - kWindow; };
    v.emitter = [](Attention &spec) {
      spec.window = kWindow;
      spec.mask = [](Emit &e, Value, Value query, Value keys) {
        return both(e, atMost(e, keys, e.splat(query)), e.less(e.splat(e.sub(query, e.i64(kWindow))), keys));
      };
      spec.block = [](Emit &e, Value, Value q0, Value q1, Value k0, Value k1) {
        auto behind = [&](Value q, Value k) { return e.less(e.sub(q, e.i64(kWindow)), k); };
        return std::pair{both(e, atMost(e, k0, q1), behind(q0, k1)), both(e, atMost(e, k1, q0), behind(q1, k0))};
      };
    };
  } else if (name == "prefix") {
    v.visible = [](int64_t, int64_t q, int64_t k) { return k <= q || k < kPrefix; };
    v.emitter = [](Attention &spec) {
      spec.mask = [](Emit &e, Value, Value query, Value keys) {
        return either(e, atMost(e, keys, e.splat(query)), e.less(keys, e.constant(keys.getType(), kPrefix)));
      };
      spec.block = [](Emit &e, Value, Value q0, Value q1, Value k0, Value k1) {
        return std::pair{either(e, atMost(e, k0, q1), e.less(k0, e.i64(kPrefix))),
                         either(e, atMost(e, k1, q0), e.less(k1, e.i64(kPrefix)))};
      };
    };
  } else if (name == "alibi") {
    v.score = [](double s, int64_t head, int64_t q, int64_t k) { return s + 0.03125 * double((head + 1) * (k - q)); };
    v.emitter = [](Attention &spec) {
      causal(spec);
      spec.score = [](Emit &e, Value score, Value head, Value query, Value keys) {
        Value distance = e.mul(e.sub(keys, e.splat(query)), e.splat(e.add(head, e.i64(1))));
        Value bias = e.mul(arith::SIToFPOp::create(e, e.vf32(), distance), e.constant(e.vf32(), 0.03125));
        return e.add(score, bias);
      };
    };
  } else if (name == "open") {
    v.visible = [](int64_t, int64_t, int64_t) { return true; };
    v.emitter = [](Attention &) {};
  } else if (name == "holes") {
    v.visible = [](int64_t head, int64_t q, int64_t k) { return k <= q && k % 3 == 0 && (q + head) % 5 != 0; };
    v.emitter = [](Attention &spec) {
      spec.mask = [](Emit &e, Value head, Value query, Value keys) {
        Value all = both(e, atMost(e, keys, e.splat(query)), isMultiple(e, keys, 3));
        Value no = e.constant(all.getType(), int64_t(0));
        return e.select(e.splat(isMultiple(e, e.add(query, head), 5)), no, all);
      };
    };
  } else if (name == "infinite") {
    constexpr double lowest = -std::numeric_limits<float>::max();
    v.score = [](double s, int64_t, int64_t, int64_t k) {
      return k % 3 == 1 ? -std::numeric_limits<double>::infinity() : k % 3 == 2 ? lowest : s;
    };
    v.emitter = [](Attention &spec) {
      causal(spec);
      spec.score = [](Emit &e, Value score, Value, Value, Value keys) {
        auto rest = [&](int64_t r) { return isMultiple(e, e.sub(keys, e.constant(keys.getType(), r)), 3); };
        Value infinity = e.constant(score.getType(), -std::numeric_limits<double>::infinity());
        return e.select(rest(1), infinity, e.select(rest(2), e.constant(score.getType(), lowest), score));
      };
    };
  }
  return v;
}

} // namespace braid::test
