// SPDX-License-Identifier: Apache-2.0
/// \file
/// Measuring mixtures of experts and attention over latents, each in turn with its ceiling.
#include "compiler/targets/cpu/MixtureBench.h"

#include "compiler/targets/cpu/bench/Ceilings.h"
#include "compiler/targets/cpu/bench/Measure.h"
#include "compiler/targets/cpu/kernels/Experts.h"
#include "compiler/targets/cpu/kernels/LatentAttention.h"

#include <cmath>
#include <cstring>

using namespace mlir;
namespace braid::cpu {
namespace {

std::string symbolOf(std::string kernel) {
  std::replace(kernel.begin(), kernel.end(), ' ', '_');
  return kernel;
}

/// Layer shapes of Kimi Linear 48B with fewer experts: what a token chooses lies far apart in a store of 900 MB.
struct ExpertCase {
  std::string kernel;
  WeightLayout layout;
  ActivationType activations;
  int64_t tokens;
  Experts spec() const {
    Experts spec;
    spec.name = symbolOf(kernel);
    spec.experts = 64;
    spec.slots = 8;
    spec.up.layout = spec.down.layout = layout;
    spec.up.activations = spec.down.activations = activations;
    spec.up.layout.k = 2304;
    spec.up.segments = {1024, 1024};
    spec.up.gated = true;
    spec.up.nonlinearity = Nonlinearity::Silu;
    spec.up.name = spec.name + ".up";
    spec.down.layout.k = 1024;
    spec.down.segments = {2304};
    return spec;
  }
};

std::vector<ExpertCase> expertCases() {
  const WeightLayout bf16{Codes::BF16, 0, 0, ScaleType::None, false, 0},
      q8{Codes::U8, 0, 32, ScaleType::F16, false, 128},
      q4{Codes::U4, 0, 32, ScaleType::F16, false, 8};
  std::vector<ExpertCase> list;
  for (int64_t tokens : {1, 512}) {
    std::string suffix = tokens == 1 ? " decode" : " prefill";
    list.push_back({"experts bf16" + suffix, bf16, ActivationType::BF16, tokens});
    list.push_back({"experts bf16 exact" + suffix, bf16, ActivationType::F32, tokens});
    list.push_back({"experts q8_0" + suffix, q8, ActivationType::Q8, tokens});
    list.push_back({"experts q4_0" + suffix, q4, ActivationType::Q8, tokens});
  }
  return list;
}

using ExpertsFunction = void(const braid_call *, int64_t, const float *, const int32_t *, const float *, const uint8_t *,
                             const uint8_t *, const float *, void *, float *);

KernelBenchRow measure(Jit &jit, const Isa &isa, const ExpertCase &c, Store &store, int threads, int repeats) {
  Experts spec = c.spec();
  const int64_t upBytes = spec.experts * spec.up.packedBytes(),
                chosen = spec.up.packedBytes() + spec.down.packedBytes();
  std::memset(store.data, 0x11, store.bytes);
  std::vector<float> x = randomNumbers(c.tokens * spec.width()), mix(c.tokens * spec.slots, 0.125f), out(x.size());
  std::vector<int32_t> ids(c.tokens * spec.slots);
  Store scratch(spec.scratchBytes(c.tokens) + 64);
  auto *kernel = jit.get<ExpertsFunction>(spec.name);
  BenchPool pool(threads);
  braid_call call = pool.call();
  call.count = c.tokens;
  // At one token all experts are walked, eight at a time; else all tokens spread over all experts.
  const int64_t rounds = c.tokens == 1 ? spec.experts / spec.slots : 1;
  auto rate = [&] {
    double start = seconds();
    for (int64_t round = 0; round < rounds; ++round) {
      for (auto [i, id] : llvm::enumerate(ids))
        id = int32_t((i * 5 + round * 8 * 5) % spec.experts);
      kernel(&call, c.tokens, x.data(), ids.data(), mix.data(), store.data, store.data + upBytes, nullptr, scratch.data,
             out.data());
    }
    double work = c.tokens == 1 ? double(rounds * spec.slots * chosen)
                                : 6.0 * double(c.tokens * spec.slots * spec.width() * spec.inner());
    return work / (seconds() - start) * 1e-9;
  };
  const Peak peak = peakOf(isa, c.layout, c.activations);
  auto ceilings = [&] {
    return c.tokens == 1 ? readRates(jit, pool, store.data, store.bytes, 256 << 10)
                         : std::vector{peakRate(jit, pool, peak.kernel, double(peak.operations))};
  };
  Turns turns = measureInTurn(repeats, ceilings, rate);
  return {c.kernel, llvm::formatv("{0}x8 of 2304x1024", c.tokens), threads, turns.kernel,
          (c.tokens == 1 ? "GB/s" : peak.unit).str(), (c.tokens == 1 ? "DRAM read" : peak.name).str(),
          turns.ceiling()};
}

struct LatentCase {
  std::string kernel;
  int64_t tokens, context;
  Codes cache;
  LatentAttention spec() const {
    LatentAttention spec;
    spec.name = symbolOf(kernel);
    spec.heads = 32;
    spec.scale = 1 / std::sqrt(192.0);
    spec.valueLayout = {Codes::BF16, 512, 0, ScaleType::None, false, 0};
    spec.variant.cache = cache;
    auto atMost = [](Emit &e, Value a, Value b) -> Value {
      return arith::CmpIOp::create(e, arith::CmpIPredicate::sle, a, b);
    };
    spec.variant.mask = [=](Emit &e, Value, Value query, Value keys) { return atMost(e, keys, e.splat(query)); };
    spec.variant.block = [=](Emit &e, Value, Value q0, Value q1, Value k0, Value k1) {
      return std::pair{atMost(e, k0, q1), atMost(e, k1, q0)};
    };
    return spec;
  }
};

using LatentFunction = void(const braid_call *, int64_t, const float *, const float *, const float *, const float *,
                            const float *, const uint8_t *, const braid_state *, void *, float *);

/// In milliseconds a layer, beside what its multiplications take at the peak rate.
KernelBenchRow measure(Jit &jit, const LatentCase &c, int threads, int repeats) {
  LatentAttention spec = c.spec();
  const int64_t rows = llvm::alignTo(c.context + c.tokens, 16), width = spec.rank + spec.rope;
  Store cache(rows * spec.rowBytes()), scratch(spec.scratchBytes(c.tokens) + 64),
      values(spec.heads * spec.valueLayout.bytes(spec.value));
  std::memset(cache.data, 0x2f, cache.bytes);
  std::memset(values.data, 0x2f, values.bytes);
  std::vector<float> q = randomNumbers(c.tokens * spec.heads * spec.nope),
                     shared = randomNumbers(c.tokens * spec.heads * spec.rope),
                     latent = randomNumbers(c.tokens * spec.rank), key = randomNumbers(c.tokens * spec.rope),
                     weight = randomNumbers(spec.keyWeightBytes() / 4), out(c.tokens * spec.heads * spec.value);
  BenchPool pool(threads);
  braid_call call = pool.call();
  call.count = c.tokens;
  call.position = c.context;
  braid_state state{cache.data, rows};
  auto *kernel = jit.get<LatentFunction>(spec.name);
  auto run = [&] {
    double start = seconds();
    kernel(&call, c.tokens, q.data(), shared.data(), latent.data(), key.data(), weight.data(), values.data, &state,
           scratch.data, out.data());
    return (seconds() - start) * 1e3;
  };
  double pairs = double(c.tokens) * (double(c.context) + double(c.tokens + 1) / 2);
  double operations = 2.0 * double(spec.heads) * pairs * (c.tokens == 1 ? double(width + spec.rank) : 320.0);
  auto ceiling = [&] {
    return std::vector{operations / peakRate(jit, pool, "ceiling_fma", kCeilingOps) * 1e-6};
  };
  Turns turns = measureInTurn(repeats, ceiling, run);
  return {c.kernel, llvm::formatv("32x(128+64), {0} keys", c.context + c.tokens), threads, turns.kernel, "ms",
          "f32 FMA", turns.ceiling()};
}

} // namespace

llvm::Error runMixtureBench(const KernelBenchOptions &options,
                            llvm::function_ref<void(const KernelBenchRow &)> report) {
  llvm::Expected<BenchTarget> target = benchTarget(options);
  if (!target)
    return target.takeError();
  auto &[isa, threads] = *target;
  if (!options.shapes.empty()) // of contractions
    return llvm::Error::success();
  auto isWanted = [&](llvm::StringRef kernel) { return kernel.contains(options.filter); };
  std::vector<ExpertCase> experts;
  int64_t bytes = 0;
  for (ExpertCase &c : expertCases())
    if (isWanted(c.kernel)) {
      experts.push_back(c);
      Experts spec = c.spec();
      bytes = std::max(bytes, spec.experts * (spec.up.packedBytes() + spec.down.packedBytes()));
    }
  std::vector<LatentCase> latents;
  for (LatentCase c : {LatentCase{"latents decode f16", 1, 8191, Codes::F16},
                       LatentCase{"latents decode bf16", 1, 8191, Codes::BF16},
                       LatentCase{"latents prefill f16", 512, 0, Codes::F16},
                       LatentCase{"latents prefill f16 behind", 512, 8192, Codes::F16}})
    if (isWanted(c.kernel))
      latents.push_back(c);
  if (experts.empty() && latents.empty())
    return llvm::Error::success();
  auto jit = compileForBench(isa, [&isa = isa, &experts, &latents](Emit &emit) {
    for (const ExpertCase &c : experts)
      emitExperts(emit, isa, c.spec()).setLinkage(LLVM::Linkage::External);
    for (const LatentCase &c : latents)
      emitLatentAttention(emit, isa, c.spec()).setLinkage(LLVM::Linkage::External);
  });
  if (!jit)
    return jit.takeError();
  if (!experts.empty()) {
    Store store(bytes);
    if (!store.data)
      return llvm::createStringError("no memory for %lld bytes of experts", (long long)bytes);
    for (const ExpertCase &c : experts)
      for (int t : threads)
        report(measure(**jit, isa, c, store, t, options.repeats));
  }
  for (const LatentCase &c : latents)
    for (int t : threads)
      report(measure(**jit, c, t, options.repeats));
  return llvm::Error::success();
}

} // namespace braid::cpu
