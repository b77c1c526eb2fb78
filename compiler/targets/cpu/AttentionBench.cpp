// SPDX-License-Identifier: Apache-2.0
/// \file
/// Measuring the attention kernel: prefill from the start, decode behind a long context, each in turn with its ceiling.
#include "compiler/targets/cpu/AttentionBench.h"

#include "compiler/targets/cpu/bench/Ceilings.h"
#include "compiler/targets/cpu/bench/Measure.h"
#include "compiler/targets/cpu/bench/Shapes.h"
#include "compiler/targets/cpu/kernels/Attention.h"

#include <cmath>
#include <cstring>

using namespace mlir;
namespace braid::cpu {
namespace {

struct Case {
  Attention spec;
  int64_t tokens, context;
  bool manyCaches; ///< decode from memory
  bool isDecode() const { return context > 0; }
  int64_t cacheRows() const { return llvm::alignTo(context + tokens, 16); }
  int64_t cacheBytes() const { return 2 * spec.kvHeads * cacheRows() * spec.rowBytes(); }
  std::string kernel() const {
    const char *type = spec.cache == Codes::F32 ? "f32" : spec.cache == Codes::F16 ? "f16"
                       : spec.cache == Codes::BF16 ? "bf16" : "int8";
    return std::string(isDecode() ? "attention decode " : "attention prefill ") + type +
           (spec.cache == Codes::BF16 && !spec.rounds ? " exact" : "") + (manyCaches ? " from memory" : "");
  }
  std::string shape() const {
    return llvm::formatv("{0}/{1}x{2}, {3} keys", spec.heads, spec.kvHeads, spec.headDim, context + tokens);
  }
};

void makeCausal(Attention &spec) {
  auto atMost = [](Emit &e, Value a, Value b) -> Value {
    return arith::CmpIOp::create(e, arith::CmpIPredicate::sle, a, b);
  };
  spec.mask = [=](Emit &e, Value, Value query, Value keys) { return atMost(e, keys, e.splat(query)); };
  spec.block = [=](Emit &e, Value, Value q0, Value q1, Value k0, Value k1) {
    return std::pair{atMost(e, k0, q1), atMost(e, k1, q0)};
  };
}

std::vector<Case> cases(ArrayRef<AttentionBenchShape> given) {
  std::vector<Case> list;
  struct Rows {
    Codes codes;
    bool rounds;
  };
  auto add = [&](int64_t heads, int64_t kvHeads, int64_t dim, Rows rows, int64_t tokens, int64_t context, bool many) {
    Case c{{}, tokens, context, many};
    c.spec.name = "case" + std::to_string(list.size());
    c.spec.heads = heads;
    c.spec.kvHeads = kvHeads;
    c.spec.headDim = c.spec.valueDim = c.spec.ropeDims = dim;
    c.spec.scale = 1 / std::sqrt(double(dim));
    c.spec.cache = rows.codes;
    c.spec.rounds = rows.rounds;
    makeCausal(c.spec);
    list.push_back(c);
  };
  const Rows caches[] = {{Codes::F16, false}, {Codes::BF16, true}, {Codes::BF16, false}, {Codes::I8, false},
                         {Codes::F32, false}};
  const AttentionBenchShape prefills[] = {{9, 3, 64, 512}, {8, 2, 128, 512}, {9, 3, 64, 4096}, {8, 2, 128, 4096}};
  const AttentionBenchShape decodes[] = {{32, 8, 128, 8192}, {9, 3, 64, 8192}};
  for (auto [heads, kvHeads, dim, keys] : given.empty() ? ArrayRef(prefills) : given)
    for (Rows rows : caches)
      if (!given.empty() || rows.codes != Codes::BF16 || rows.rounds)
        add(heads, kvHeads, dim, rows, keys, 0, false);
  for (bool many : {false, true})
    for (auto [heads, kvHeads, dim, keys] : given.empty() ? ArrayRef(decodes) : given)
      for (Rows rows : caches)
        if (keys > 1)
          add(heads, kvHeads, dim, rows, 1, keys - 1, many);
  return list;
}

using AttentionFunction = void(const braid_call *, int64_t, const float *, const float *, const float *, const float *,
                               const float *, const float *, const braid_state *, void *, float *);

KernelBenchRow measure(Jit &jit, const Isa &isa, const Case &c, Store &store, int threads, int repeats) {
  const Attention &spec = c.spec;
  const int64_t caches = c.manyCaches ? store.bytes / c.cacheBytes() : 1;
  // 0x2f2f is 0.11 as f16, and a small number as bf16 and f32.
  std::memset(store.data, 0x2f, caches * c.cacheBytes());
  std::vector<float> q = randomNumbers(c.tokens * spec.heads * spec.headDim),
                     k = randomNumbers(c.tokens * spec.kvHeads * spec.headDim), v = k,
                     rotations = randomNumbers(c.tokens * spec.ropeDims), out(q.size());
  Store scratch(spec.scratchBytes(c.tokens) + 64);
  auto *kernel = jit.get<AttentionFunction>(spec.name);
  BenchPool pool(threads);
  braid_call call = pool.call();
  call.count = c.tokens;
  call.position = c.context;
  auto run = [&](int64_t cache) {
    braid_state state{store.data + cache * c.cacheBytes(), c.cacheRows()};
    kernel(&call, c.tokens, q.data(), k.data(), v.data(), nullptr, nullptr, rotations.data(), &state, scratch.data,
           out.data());
  };
  const int64_t rounds = c.isDecode() && !c.manyCaches ? std::max<int64_t>(8, (256 << 20) / c.cacheBytes()) : 1;
  auto kernelRate = [&] {
    double start = seconds();
    for (int64_t i = 0; i < rounds * caches; ++i)
      run(i % caches);
    double seen = double(c.tokens) * double(c.tokens + 1) / 2;
    double work = c.isDecode() ? double(rounds * caches * c.cacheBytes())
                               : 4.0 * double(spec.headDim) * double(spec.heads) * seen;
    return work / (seconds() - start) * 1e-9;
  };
  const int64_t piece = std::min<int64_t>(256 << 10, c.cacheBytes() / threads / 1024 * 1024);
  // A decode kernel multiplies each number of the cache once for each head of its group.
  const double operationsPerByte = 2.0 * double(spec.heads / spec.kvHeads * spec.headDim) / double(spec.rowBytes());
  WeightLayout rows;
  rows.codes = spec.cache;
  const Peak peak = peakOf(isa, rows, spec.rounds ? ActivationType::BF16 : ActivationType::F32);
  auto ceilings = [&] {
    std::vector<double> rates;
    if (c.isDecode())
      rates = readRates(jit, pool, store.data, caches * c.cacheBytes(), piece, rounds);
    rates.push_back(peakRate(jit, pool, peak.kernel, double(peak.operations)) / (c.isDecode() ? operationsPerByte : 1));
    return rates;
  };
  Turns turns = measureInTurn(repeats, ceilings, kernelRate);
  const double multiplying = turns.ceilings.back();
  turns.ceilings.pop_back();
  const bool readsFirst = c.isDecode() && turns.ceiling() < multiplying;
  return {c.kernel(), c.shape(), threads, turns.kernel, c.isDecode() ? "GB/s" : "GFLOP/s",
          !readsFirst ? peak.name.str() : c.manyCaches ? "DRAM read" : "cache read",
          readsFirst ? turns.ceiling() : multiplying};
}

} // namespace

llvm::Error runAttentionBench(const KernelBenchOptions &options,
                              llvm::function_ref<void(const KernelBenchRow &)> report) {
  llvm::Expected<BenchTarget> target = benchTarget(options);
  if (!target)
    return target.takeError();
  auto &[isa, threads] = *target;
  llvm::Expected<BenchShapes> shapes = parseBenchShapes(options.shapes);
  if (!shapes)
    return shapes.takeError();
  if (!options.shapes.empty() && shapes->attentions.empty())
    return llvm::Error::success();
  std::vector<Case> list;
  int64_t bytes = 0;
  for (Case &c : cases(shapes->attentions))
    if (llvm::StringRef(c.kernel() + " " + c.shape()).contains(options.filter)) {
      list.push_back(c);
      bytes = std::max(bytes, c.manyCaches ? kStoreBytes : c.cacheBytes());
    }
  if (list.empty())
    return llvm::Error::success();
  Store store(bytes);
  if (!store.data)
    return llvm::createStringError("no memory for %lld bytes of cache", (long long)bytes);
  auto jit = compileForBench(isa, [&](Emit &emit) {
    for (const Case &c : list)
      emitAttention(emit, isa, c.spec).setLinkage(LLVM::Linkage::External);
  });
  if (!jit)
    return jit.takeError();
  for (const Case &c : list)
    for (int t : threads)
      report(measure(**jit, isa, c, store, t, options.repeats));
  return llvm::Error::success();
}

} // namespace braid::cpu
