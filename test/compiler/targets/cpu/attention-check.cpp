// SPDX-License-Identifier: Apache-2.0
/// \file
/// attention-check <isa> [all]: runs attention kernels against a double-precision reference on the cache's own numbers.
#include "AttentionVariants.h"
#include "compiler/targets/cpu/Jit.h"
#include "compiler/targets/cpu/Schedule.h"
#include "runtime/include/braid_abi.h"

#include <cmath>
#include <cstring>
#include <random>
#include <sys/mman.h>

using namespace mlir;
using namespace braid;
using namespace braid::cpu;

namespace {

/// Memory that starts as NaN in every format and ends at a page that may not be touched.
class Guarded {
public:
  explicit Guarded(size_t bytes) : size(llvm::alignTo(bytes, 4096) + 4096) {
    base = static_cast<uint8_t *>(mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    mprotect(base + size - 4096, 4096, PROT_NONE);
    data = base + llvm::alignDown(size - 4096 - bytes, 64);
    memset(base, 0xFF, size - 4096);
  }
  ~Guarded() { munmap(base, size); }
  Guarded(const Guarded &) = delete;
  float *floats() { return reinterpret_cast<float *>(data); }
  uint8_t *data;

private:
  uint8_t *base;
  size_t size;
};

using Kernel = void(const braid_call *, int64_t, const float *, const float *, const float *, const float *,
                    const float *, const float *, const braid_state *, void *, float *);

bool backwards = false;
void parallel(void *, braid_task fn, const void *args, int64_t n) {
  for (int64_t i = 0; i < n; ++i)
    fn(args, backwards ? n - 1 - i : i);
}

double decode(const uint8_t *at, Codes codes) {
  if (codes == Codes::F32) {
    float value;
    memcpy(&value, at, 4);
    return value;
  }
  uint16_t bits;
  memcpy(&bits, at, 2);
  if (codes == Codes::BF16) {
    uint32_t wide = uint32_t(bits) << 16;
    float value;
    memcpy(&value, &wide, 4);
    return value;
  }
  int exponent = bits >> 10 & 31, fraction = bits & 1023;
  double magnitude = exponent ? std::ldexp(1024 + fraction, exponent - 25) : std::ldexp(fraction, -24);
  if (exponent == 31)
    magnitude = fraction ? NAN : INFINITY;
  return bits >> 15 ? -magnitude : magnitude;
}

/// One session: a cache that calls append to, checked after each call.
class Session {
public:
  Session(const Attention &spec, bool rounds, const test::Variant &variant, Kernel *kernel, int64_t maxTokens,
          int64_t capacity, int kind)
      : spec(spec), rounds(rounds), variant(variant), kernel(kernel), kind(kind),
        rows(llvm::alignTo(variant.window ? std::min(capacity, variant.window + maxTokens) : capacity, 16)),
        cache(2 * spec.kvHeads * rows * spec.rowBytes()), random(7 + kind) {
    for (std::vector<float> *gamma : {&qGamma, &kGamma}) {
      gamma->resize(spec.headDim);
      for (float &g : *gamma)
        g = 1 + 0.3f * normal(random);
    }
  }
  /// Appends `tokens` random rows; the largest error of an output over its tolerance (above 1: wrong).
  double call(int64_t tokens, bool check);
  int64_t position = 0;
  double cacheError = 0; ///< the same for what was appended

private:
  /// A number of the cache.
  double element(bool value, int64_t kvHead, int64_t key, int64_t dim) {
    const bool isInt8 = spec.cache == Codes::I8;
    int64_t row = key % rows, size = spec.cache == Codes::F32 ? 4 : isInt8 ? 1 : 2;
    const uint8_t *plane = cache.data + ((value ? spec.kvHeads : 0) + kvHead) * rows * spec.rowBytes();
    const uint8_t *granule = plane + row / 16 * 16 * spec.rowBytes();
    const int64_t scales = isInt8 ? 64 * llvm::divideCeil(spec.headDim, 64) : 0, width = llvm::alignTo(spec.headDim, 16);
    const uint8_t *at = granule + scales + (value ? row % 16 * width + dim : dim * 16 + row % 16) * size;
    return isInt8 ? double(int8_t(*at)) * decode(granule + dim / 64 * 64 + row % 16 * 4, Codes::F32)
                  : decode(at, spec.cache);
  }
  /// A prepared number of a query as the tiles read it.
  double queryNumber(double x) {
    if (!rounds)
      return x;
    const double factor = spec.scale * (spec.score ? 1 : 1.4426950408889634);
    float scaled = float(x * factor);
    uint32_t bits;
    memcpy(&bits, &scaled, 4);
    bits = (bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF0000;
    memcpy(&scaled, &bits, 4);
    return scaled / factor;
  }
  std::vector<double> prepared(const float *head, const std::vector<float> &gamma, const float *rotations);
  double checkCache(int64_t tokens, const float *k, const float *v, const float *rotations);
  double checkRow(int64_t query, int64_t head, int64_t end, const float *q, const float *rotations, const float *out);

  const Attention &spec;
  const bool rounds; ///< queries and weights to bf16
  const test::Variant &variant;
  Kernel *kernel;
  int kind; ///< of data: 0 normal, 1 large scores, 2 equal keys, 3 all zero
  int64_t rows;
  Guarded cache;
  std::mt19937 random;
  std::normal_distribution<float> normal;
  std::vector<float> qGamma, kGamma;
};

std::vector<double> Session::prepared(const float *head, const std::vector<float> &gamma, const float *rotations) {
  std::vector<double> x(head, head + spec.headDim);
  if (spec.qkNorm) {
    double squares = 0;
    for (double e : x)
      squares += e * e;
    double inverse = 1 / std::sqrt(squares / spec.headDim + spec.epsilon);
    for (int64_t i = 0; i < spec.headDim; ++i)
      x[i] *= inverse * gamma[i];
  }
  int64_t pairs = spec.ropeDims / 2;
  for (int64_t i = 0; i < pairs; ++i) {
    int64_t a = spec.interleaved ? 2 * i : i, b = spec.interleaved ? 2 * i + 1 : i + pairs;
    double c = rotations[i], s = rotations[pairs + i], xa = x[a], xb = x[b];
    x[a] = xa * c - xb * s;
    x[b] = xb * c + xa * s;
  }
  return x;
}

double Session::checkCache(int64_t tokens, const float *k, const float *v, const float *rotations) {
  double worst = 0, step = spec.cache == Codes::F32   ? 1e-6
                           : spec.cache == Codes::F16  ? 0x1p-10
                           : spec.cache == Codes::BF16 ? 0x1p-7
                                                       : 1 / 127.0;
  for (int64_t t = 0; t < tokens; ++t)
    for (int64_t h = 0; h < spec.kvHeads; ++h) {
      const float *value = v + (t * spec.kvHeads + h) * spec.headDim;
      auto key = prepared(k + (t * spec.kvHeads + h) * spec.headDim, kGamma, rotations + t * spec.ropeDims);
      for (int64_t d = 0; d < spec.headDim; ++d)
        for (bool isValue : {false, true}) {
          auto number = [&](int64_t i) { return isValue ? double(value[i]) : key[i]; };
          double expected = number(d), size = std::abs(expected);
          if (spec.cache == Codes::I8) // half a code of its group
            for (int64_t i = d / 64 * 64; i < std::min(d / 64 * 64 + 64, spec.headDim); ++i)
              size = std::max(size, std::abs(number(i)));
          double error = std::abs(element(isValue, h, position + t, d) - expected);
          worst = std::max(worst, error / (0.51 * step * size + 2e-6));
          if (std::isnan(error))
            return INFINITY;
        }
    }
  return worst;
}

double Session::checkRow(int64_t query, int64_t head, int64_t end, const float *q, const float *rotations,
                         const float *out) {
  int64_t kvHead = head / (spec.heads / spec.kvHeads);
  auto x = prepared(q, qGamma, rotations);
  for (double &number : x)
    number = queryNumber(number);
  std::vector<double> scores, sum(spec.headDim, 0.0), sizes(sum);
  std::vector<int64_t> keys;
  double top = -INFINITY, largest = 0, total = 0, biggest = 0, term = 0;
  for (int64_t key = std::max<int64_t>(0, end - rows); key < end; ++key) {
    if (!variant.visible(head, query, key))
      continue;
    double score = 0;
    for (int64_t d = 0; d < spec.headDim; ++d) {
      double product = x[d] * element(false, kvHead, key, d);
      score += product;
      term = std::max(term, std::abs(product * spec.scale));
    }
    largest = std::max(largest, std::abs(score * spec.scale));
    scores.push_back(variant.score(score * spec.scale, head, query, key));
    keys.push_back(key);
    top = std::max(top, scores.back());
  }
  if (top > -INFINITY)
    for (size_t i = 0; i < keys.size(); ++i) {
      double weight = std::exp(scores[i] - top);
      total += weight;
      if (weight > 0)
        for (int64_t d = 0; d < spec.headDim; ++d) {
          double value = element(true, kvHead, keys[i], d);
          biggest = std::max(biggest, std::abs(value));
          sum[d] += weight * value;
          sizes[d] += weight * std::abs(value);
        }
    }
  double worst = 0, tolerance = 1e-5 * (biggest + 1e-30) * (1 + largest / 20);
  // Each weight moves by 2^-9 of itself, and a number of the query that f32 sees on the other side by one step.
  const double rounding = rounds ? 0x1p-8 + term * 0x1p-7 : 0;
  for (int64_t d = 0; d < spec.headDim; ++d) {
    double error = std::abs(out[d] - (total > 0 ? sum[d] / total : 0));
    double allowed = tolerance + (total > 0 ? rounding * sizes[d] / total : 0);
    worst = std::max(worst, std::isnan(error) ? INFINITY : error / allowed);
  }
  return worst;
}

double Session::call(int64_t tokens, bool check) {
  auto fill = [&](std::vector<float> &v, int64_t n, float scale) {
    v.resize(n);
    for (float &x : v)
      x = scale * normal(random);
  };
  std::vector<float> q, k, v, rotations(tokens * spec.ropeDims);
  fill(q, tokens * spec.heads * spec.headDim, kind == 1 ? 30 : kind == 3 ? 0 : 1);
  fill(k, tokens * spec.kvHeads * spec.headDim, kind == 1 ? 10 : 1);
  fill(v, tokens * spec.kvHeads * spec.headDim, 1);
  if (kind == 2)
    for (size_t i = 0; i < k.size(); ++i)
      k[i] = 0.1f * float(i % spec.headDim);
  for (int64_t t = 0; t < tokens; ++t)
    for (int64_t i = 0; i < spec.ropeDims / 2; ++i) {
      double angle = double(position + t) * std::pow(10000.0, -2.0 * double(i) / double(spec.ropeDims));
      rotations[t * spec.ropeDims + i] = float(std::cos(angle));
      rotations[t * spec.ropeDims + spec.ropeDims / 2 + i] = float(std::sin(angle));
    }
  int64_t outputs = tokens * spec.heads * spec.headDim;
  braid_call call{};
  call.parallel = parallel;
  call.count = tokens;
  call.position = position;
  call.threads = 1;
  braid_state state{cache.data, rows};
  Guarded out(4 * outputs), again(4 * outputs), scratch(spec.scratchBytes(tokens));
  for (Guarded *to : {&out, &again}) {
    backwards = to == &again;
    kernel(&call, tokens, q.data(), k.data(), v.data(), qGamma.data(), kGamma.data(), rotations.data(), &state,
           scratch.data, to->floats());
  }
  double worst = memcmp(out.data, again.data, 4 * outputs) ? INFINITY : 0;
  if (check) {
    cacheError = std::max(cacheError, checkCache(tokens, k.data(), v.data(), rotations.data()));
    int64_t step = tokens * spec.heads * (position + tokens) * spec.headDim > 4000000 ? 7 : 1;
    for (int64_t row = 0; row < tokens * spec.heads; row += step) {
      int64_t t = row / spec.heads, head = row % spec.heads;
      worst = std::max(worst, checkRow(position + t, head, position + tokens, q.data() + row * spec.headDim,
                                       rotations.data() + t * spec.ropeDims, out.floats() + row * spec.headDim));
    }
  }
  position += tokens;
  return worst;
}

struct Case {
  Attention spec;
  test::Variant variant;
};

/// Every cache type, head count and head width; variants, norm and rotation take turns.
std::vector<Case> cases(bool all) {
  std::vector<Case> result;
  const std::pair<int, int> heads[] = {{9, 3}, {4, 4}, {8, 1}};
  const int widths[] = {16, 64, 80, 128, 100, 24, 264};
  struct Rows {
    Codes codes;
    bool rounds;
  };
  const Rows types[] = {{Codes::F32, false}, {Codes::F16, false}, {Codes::BF16, false}, {Codes::I8, false},
                        {Codes::BF16, true}};
  for (auto [w, width] : llvm::enumerate(widths))
    for (auto [h, counts] : llvm::enumerate(heads))
      for (auto [c, rows] : llvm::enumerate(types)) {
        if (!all && (w + h + c) % 3 != 0) // each width and head count with one type, in turn
          continue;
        auto [queries, keys] = counts;
        if (width > 128 && queries != keys) // wide heads take long
          continue;
        Case item;
        size_t index = result.size();
        item.variant = test::variant(test::kVariants[index % std::size(test::kVariants)]);
        item.spec.heads = queries;
        item.spec.kvHeads = keys;
        item.spec.headDim = item.spec.valueDim = width;
        item.spec.scale = 1 / std::sqrt(double(width));
        item.spec.cache = rows.codes;
        item.spec.rounds = rows.rounds;
        item.spec.qkNorm = index % 2;
        item.spec.epsilon = 1e-6;
        item.spec.ropeDims = index % 5 == 4 ? 0 : index % 3 == 2 ? width / 2 : width;
        item.spec.interleaved = index % 4 >= 2;
        item.variant.emitter(item.spec);
        item.spec.name = "attention" + std::to_string(index);
        result.push_back(item);
      }
  return result;
}

bool check(const Case &c, const Isa &isa, Kernel *kernel, int index, bool all) {
  const bool rounds = c.spec.rounds && c.spec.cache == Codes::BF16 && hasBf16Dot(isa);
  const int64_t tokens[] = {1, 2, 3, 7, 16, 17, 64, 65, 130}, contexts[] = {0, 1, 15, 16, 17, 63, 300, 1000};
  double worst = 0, cacheError = 0;
  std::string where;
  int turn = index;
  for (int64_t context : contexts)
    for (int64_t n : tokens) {
      if (!all && ++turn % 9 != 0)
        continue;
      int kind = turn % 7 < 4 ? 0 : turn % 7 - 3;
      Session session(c.spec, rounds, c.variant, kernel, 130, context + n, kind);
      double error = 0;
      while (session.position < context)
        error = std::max(error, session.call(std::min<int64_t>(context - session.position, 1 + turn % 130), false));
      error = std::max(error, session.call(n, true));
      cacheError = std::max(cacheError, session.cacheError);
      if (error > worst) {
        worst = error;
        where = llvm::formatv("{0} rows after {1}, data {2}", n, context, kind);
      }
    }
  const char *type = c.spec.cache == Codes::F32    ? "f32"
                     : c.spec.cache == Codes::F16  ? "f16"
                     : c.spec.cache == Codes::I8   ? "int8"
                     : rounds                      ? "bf16 (products too)"
                                                   : "bf16";
  llvm::outs() << llvm::formatv("{0}: {1} {2}/{3} heads of {4}, {5}{6} rotates {7}{8}: error {9:f3} of tolerance ({10}), cache {11:f3}\n",
                                worst <= 1 && cacheError <= 1 ? "ok" : "FAIL", c.variant.name, c.spec.heads, c.spec.kvHeads,
                                c.spec.headDim, type, c.spec.qkNorm ? ", norm," : ",",
                                c.spec.ropeDims, c.spec.interleaved ? " interleaved" : "", worst, where, cacheError);
  return worst <= 1 && cacheError <= 1;
}

} // namespace

int main(int argc, char **argv) {
  std::optional<Isa> isa = findIsa(argc > 1 ? argv[1] : "native"), native = findIsa("native");
  bool all = argc > 2 && llvm::StringRef(argv[2]) == "all";
  if (!isa)
    return llvm::errs() << "unknown ISA\n", 2;
  if ((isa->required & native->required) != isa->required)
    return llvm::outs() << "not on this machine\n", 0;
  DialectRegistry registry;
  registry.insert<arith::ArithDialect, LLVM::LLVMDialect, math::MathDialect, scf::SCFDialect, vector::VectorDialect>();
  MLIRContext context(registry);
  context.loadAllAvailableDialects();
  OwningOpRef<ModuleOp> module = ModuleOp::create(UnknownLoc::get(&context));
  std::vector<Case> list = cases(all);
  for (Case &c : list) {
    Emit emit(*module);
    emitAttention(emit, *isa, c.spec).setLinkage(LLVM::Linkage::External);
  }
  llvm::Expected<std::unique_ptr<Jit>> jit = Jit::compile(*module, *isa);
  if (!jit)
    return llvm::errs() << llvm::toString(jit.takeError()) << "\n", 1;
  int failures = 0;
  for (auto [index, c] : llvm::enumerate(list)) {
    auto *kernel = (*jit)->get<Kernel>(c.spec.name);
    if (!check(c, *isa, kernel, int(index), all))
      ++failures;
  }
  llvm::outs() << list.size() << " kernels for " << isa->name << ", " << failures << " wrong\n";
  return failures != 0;
}
