// SPDX-License-Identifier: Apache-2.0
/// \file
/// The naive contraction.
#include "contraction-reference.h"

#include "runtime/include/braid_abi.h"

#include "llvm/Support/FormatVariadic.h"

#include <cmath>
#include <cstring>
#include <random>

namespace braid::cpu {

std::vector<Format> formats() {
  return {
      {"f32", {Codes::F32, 0, 0, ScaleType::None, false, 0}},
      {"f16", {Codes::F16, 0, 0, ScaleType::None, false, 0}},
      {"bf16", {Codes::BF16, 0, 0, ScaleType::None, false, 0}},
      {"q8_0", {Codes::U8, 0, 32, ScaleType::F16, false, 128}},
      {"q6_k", {Codes::U8, 0, 16, ScaleType::F32, false, 32}},
      {"q5_0", {Codes::U8, 0, 32, ScaleType::F16, false, 16}},
      {"q5_1", {Codes::U8, 0, 32, ScaleType::F16, true, 0}},
      {"q5_k", {Codes::U8, 0, 32, ScaleType::F32, true, 0}},
      {"q4_0", {Codes::U4, 0, 32, ScaleType::F16, false, 8}},
      {"q4_1", {Codes::U4, 0, 32, ScaleType::F16, true, 0}},
      {"q4_k", {Codes::U4, 0, 32, ScaleType::F32, true, 0}},
      {"int8", {Codes::U8, 0, 0, ScaleType::F32, false, 128}},
  };
}

static std::mt19937 &generator() {
  static std::mt19937 engine(20261121);
  return engine;
}
static float random(float low, float high) { return std::uniform_real_distribution<float>(low, high)(generator()); }

Problem::Problem(const Contraction &spec, const Format &format, int64_t maxRows)
    : spec(spec), layout(spec.layout), k(spec.layout.k) {
  makeWeights();
  int64_t columns = 0;
  for (int64_t n : spec.segments)
    columns += n;
  auto fill = [](std::vector<float> &v, int64_t n, float low, float high) {
    v.resize(n);
    for (float &value : v)
      value = random(low, high);
  };
  fill(x, maxRows * k, -2, 2);
  fill(gamma, k, 0.5, 1.5);
  fill(bias, columns, -1, 1);
  fill(residual, maxRows * spec.segments[0], -1, 1);
}

void Problem::makeWeights() {
  const int64_t group = layout.groupSize(), groups = layout.paddedK() / group;
  packedStore.resize(spec.packedBytes() + 64);
  packed = packedStore.data() + (-reinterpret_cast<uintptr_t>(packedStore.data()) & 63);
  const float spread = 1 / std::sqrt(float(k));
  int64_t firstPanel = 0;
  for (size_t s = 0; s < spec.segments.size(); ++s) {
    const int64_t n = spec.segments[s];
    std::vector<float> &matrix = weights.emplace_back(n * k);
    std::vector<uint8_t> codes(n * layout.paddedK());
    std::vector<float> scales(n * groups), mins(n * groups);
    std::vector<uint16_t> halves(n * k);
    const int levels = layout.codes == Codes::U4 ? 16 : layout.zero == 32 ? 64 : layout.zero == 128 ? 256 : 32;
    for (float &scale : scales)
      scale = halfToFloat(floatToHalf(random(0.5, 2) * spread / float(levels)));
    for (float &min : mins)
      min = layout.min ? halfToFloat(floatToHalf(random(-1, 0) * spread)) : 0;
    for (int64_t i = 0; i < n * k; ++i) {
      int64_t at = i / k * groups + i % k / group;
      if (layout.isQuantized()) {
        codes[i] = std::uniform_int_distribution<int>(0, levels - 1)(generator());
        matrix[i] = float(double(scales[at]) * (int(codes[i]) - layout.zero) + mins[at]);
        continue;
      }
      matrix[i] = random(-2, 2) * spread;
      if (layout.codes == Codes::F16)
        matrix[i] = halfToFloat(halves[i] = floatToHalf(matrix[i]));
      if (layout.codes == Codes::BF16) {
        uint32_t bits;
        std::memcpy(&bits, &matrix[i], 4);
        halves[i] = uint16_t(bits >> 16);
        bits &= 0xffff0000;
        std::memcpy(&matrix[i], &bits, 4);
      }
    }
    for (int64_t p = 0; p < WeightLayout::panels(n); ++p) {
      int64_t place = spec.gated ? 2 * p + int64_t(s) : firstPanel + p;
      uint8_t *to = packed + place * layout.panelBytes();
      llvm::SmallVector<const uint8_t *, 16> rows;
      llvm::SmallVector<QuantRow, 16> quantRows;
      for (int64_t row = 16 * p; row < std::min(n, 16 * p + 16); ++row) {
        rows.push_back(layout.codes == Codes::F32 ? reinterpret_cast<const uint8_t *>(&matrix[row * k])
                                                  : reinterpret_cast<const uint8_t *>(&halves[row * k]));
        quantRows.push_back({&codes[row * k], &scales[row * groups], &mins[row * groups]});
      }
      if (layout.isQuantized())
        packQuantPanel(layout, quantRows, to);
      else
        packDensePanel(layout, layout.codes, rows, to);
    }
    firstPanel += WeightLayout::panels(n);
  }
}

/// To nearest, ties to even.
static float asBf16(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, 4);
  bits = (bits + 0x7fff + (bits >> 16 & 1)) & 0xffff0000;
  std::memcpy(&value, &bits, 4);
  return value;
}

/// The kernel's order: four chains of 16 lanes, folded by halves.
static float sumOfSquares(const float *x, int64_t k) {
  float lanes[4][16] = {};
  for (int64_t i = 0; i < k; ++i) {
    float &lane = lanes[i / 16 % 4][i % 16];
    lane = std::fma(x[i], x[i], lane);
  }
  for (int i = 0; i < 16; ++i)
    lanes[0][i] = (lanes[0][i] + lanes[1][i]) + (lanes[2][i] + lanes[3][i]);
  for (int width = 8; width; width /= 2)
    for (int i = 0; i < width; ++i)
      lanes[0][i] += lanes[0][i + width];
  return lanes[0][0];
}

std::vector<double> Problem::prepared(int64_t r) const {
  const float *row = &x[r * k];
  std::vector<float> values(row, row + k);
  if (spec.norm) {
    float inverse = 1.0f / std::sqrt(sumOfSquares(row, k) / float(k) + float(spec.epsilon));
    for (int64_t i = 0; i < k; ++i)
      values[i] = values[i] * inverse * gamma[i];
  }
  if (spec.activations == ActivationType::BF16)
    for (float &value : values)
      value = asBf16(value);
  std::vector<double> result(values.begin(), values.end());
  if (spec.activations != ActivationType::Q8)
    return result;
  const int64_t block = layout.group ? 32 : k;
  for (int64_t from = 0; from < k; from += block) {
    int64_t end = std::min(k, from + block);
    float peak = 0;
    for (int64_t i = from; i < end; ++i)
      peak = std::max(peak, std::fabs(values[i]));
    float scale = peak / 127.0f, inverse = peak > 0 ? 127.0f / peak : 0;
    for (int64_t i = from; i < end; ++i)
      result[i] = double(scale) * std::nearbyint(values[i] * inverse);
  }
  return result;
}

static double apply(Nonlinearity kind, double v) {
  switch (kind) {
  case Nonlinearity::None: return v;
  case Nonlinearity::Silu: return v / (1 + std::exp(-v));
  case Nonlinearity::Gelu: return 0.5 * v * (1 + std::erf(v * std::sqrt(0.5)));
  case Nonlinearity::GeluTanh: return 0.5 * v * (1 + std::tanh(std::sqrt(2 / M_PI) * (v + 0.044715 * v * v * v)));
  case Nonlinearity::Relu: return std::max(0.0, v);
  case Nonlinearity::Relu2: return v > 0 ? v * v : 0;
  case Nonlinearity::Sigmoid: return 1 / (1 + std::exp(-v));
  case Nonlinearity::Softplus: return v > 20 ? v : std::log1p(std::exp(v));
  case Nonlinearity::Exp: return std::exp(v);
  case Nonlinearity::Tanh: return std::tanh(v);
  }
  return NAN;
}

void Problem::reference(const std::vector<double> &in, int64_t r, int64_t output, std::vector<double> &values,
                        std::vector<double> &tolerance) const {
  const int64_t n = spec.segments[output];
  int64_t biasAt = 0;
  for (int64_t s = 0; s < output; ++s)
    biasAt += spec.segments[s];
  for (int64_t column = 0; column < n; ++column) {
    auto dot = [&](int64_t segment, int64_t biasFrom, double &size) {
      double sum = spec.bias ? bias[biasFrom + column] : 0;
      size = std::fabs(sum);
      for (int64_t i = 0; i < k; ++i) {
        double term = in[i] * weights[segment][column * k + i];
        sum += term;
        size += std::fabs(term);
      }
      double factor = spec.factors.empty() ? 1 : spec.factors[segment];
      size *= std::fabs(factor);
      return sum * factor;
    };
    double size, upSize = 1;
    double y = dot(output, biasAt, size);
    y = apply(spec.nonlinearity, y);
    if (spec.nonlinearity == Nonlinearity::Relu2)
      size *= 2 * std::sqrt(std::fabs(y)) + 1;
    if (spec.gated) {
      double up = dot(1, n, upSize);
      size = size * (1 + std::fabs(up)) + upSize * std::fabs(y);
      y *= up;
    }
    if (spec.residual)
      y += residual[r * n + column];
    values.push_back(y);
    tolerance.push_back(1e-5 * (std::fabs(y) + std::min(size, 10.0)) + 1e-7);
  }
}

static void runForward(void *, braid_task task, const void *args, int64_t n) {
  for (int64_t i = 0; i < n; ++i)
    task(args, i);
}
static void runBackward(void *, braid_task task, const void *args, int64_t n) {
  for (int64_t i = n; i-- > 0;)
    task(args, i);
}

std::string Problem::check(void *kernel, int64_t rows) {
  std::vector<uint8_t> scratchStore(spec.scratchBytes(rows) + 128, 0xff);
  uint8_t *scratch = scratchStore.data() + (-reinterpret_cast<uintptr_t>(scratchStore.data()) & 63);
  std::vector<std::vector<float>> first;
  for (int64_t threads : {1, 2, 5}) {
    std::vector<std::vector<float>> out;
    const float guard = -12345;
    for (int64_t o = 0; o < spec.outputs(); ++o)
      out.emplace_back(rows * spec.segments[o] + 16, guard);
    const float *res = residual.data();
    if (spec.residual && threads > 1) { // in place
      std::copy_n(residual.begin(), rows * spec.segments[0], out[0].begin());
      res = out[0].data();
    }
    braid_call call = {};
    call.parallel = threads == 2 ? runBackward : runForward;
    call.threads = threads;
    auto go = [&](auto... outs) {
      reinterpret_cast<void (*)(braid_call *, int64_t, const float *, const float *, const uint8_t *, const float *,
                                const float *, uint8_t *, decltype(outs)...)>(kernel)(
          &call, rows, x.data(), gamma.data(), packed, bias.data(), res, scratch, outs...);
    };
    if (out.size() == 1)
      go(out[0].data());
    else if (out.size() == 2)
      go(out[0].data(), out[1].data());
    else
      go(out[0].data(), out[1].data(), out[2].data());
    for (int64_t o = 0; o < spec.outputs(); ++o)
      for (int64_t i = 0; i < 16; ++i)
        if (out[o][rows * spec.segments[o] + i] != guard)
          return "writes past the end";
    if (threads == 1)
      first = out;
    else if (first != out)
      return "the result depends on the number of threads";
  }
  for (int64_t r = 0; r < rows; ++r) {
    std::vector<double> in = prepared(r);
    for (int64_t o = 0; o < spec.outputs(); ++o) {
      std::vector<double> values, tolerance;
      reference(in, r, o, values, tolerance);
      for (size_t c = 0; c < values.size(); ++c) {
        float got = first[o][r * values.size() + c];
        if (!(std::fabs(got - values[c]) <= tolerance[c]))
          return llvm::formatv("output {0}, row {1}, column {2}: expected {3}, got {4}", o, r, c, values[c], got);
      }
    }
  }
  return {};
}

std::string Problem::checkEmbed(void *kernel, double scale) {
  std::vector<int32_t> tokens;
  for (int32_t t = 0; t < spec.segments[0]; t += 17)
    tokens.push_back(t);
  tokens.push_back(spec.segments[0] - 1);
  std::vector<float> out(tokens.size() * k + 16, 7), panel(16 * k);
  braid_call call = {};
  call.parallel = runBackward;
  call.threads = 2;
  reinterpret_cast<void (*)(braid_call *, int64_t, const int32_t *, const uint8_t *, float *)>(kernel)(
      &call, tokens.size(), tokens.data(), packed, out.data());
  for (size_t r = 0; r < tokens.size(); ++r) {
    unpackPanel(layout, packed + tokens[r] / 16 * layout.panelBytes(), panel.data());
    for (int64_t i = 0; i < k; ++i) {
      double expected = weights[0][tokens[r] * k + i] * scale, got = out[r * k + i];
      if (!(std::fabs(got - expected) <= 1e-6 * std::fabs(expected) + 1e-9))
        return llvm::formatv("embedding of {0}, element {1}: expected {2}, got {3}", tokens[r], i, expected, got);
      if (!(std::fabs(panel[tokens[r] % 16 * k + i] * scale - expected) <= 1e-6 * std::fabs(expected) + 1e-9))
        return llvm::formatv("unpacked element {0} of row {1} differs", i, tokens[r]);
    }
  }
  return out.back() == 7 ? "" : "the embedding writes past the end";
}

} // namespace braid::cpu
