// SPDX-License-Identifier: Apache-2.0
/// \file
/// Measuring the attention kernel: prefill from the start, decode behind a long context, each in turn with its ceiling.
#include "compiler/targets/cpu/AttentionBench.h"

#include "compiler/targets/cpu/Jit.h"
#include "compiler/targets/cpu/bench/BenchPool.h"
#include "compiler/targets/cpu/bench/Ceilings.h"
#include "compiler/targets/cpu/kernels/Attention.h"

#include <chrono>
#include <cmath>
#include <cstring>
#include <random>
#include <sys/mman.h>

using namespace mlir;
namespace braid::cpu {
namespace {

constexpr int64_t kStoreBytes = int64_t(1100) << 20; // far beyond any last-level cache

struct Case {
  Attention spec;
  int64_t tokens, context;
  bool manyCaches; ///< decode from memory
  bool isDecode() const { return context > 0; }
  int64_t cacheRows() const { return llvm::alignTo(context + tokens, 16); }
  int64_t cacheBytes() const { return 2 * spec.kvHeads * cacheRows() * spec.rowBytes(); }
  std::string kernel() const {
    const char *types[] = {"f32", "f16", "bf16"};
    return std::string(isDecode() ? "attention decode " : "attention prefill ") + types[int(spec.cache)] +
           (manyCaches ? " from memory" : "");
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

std::vector<Case> cases() {
  std::vector<Case> list;
  auto add = [&](int64_t heads, int64_t kvHeads, int64_t dim, Codes cache, int64_t tokens, int64_t context, bool many) {
    Case c{{}, tokens, context, many};
    c.spec.name = "case" + std::to_string(list.size());
    c.spec.heads = heads;
    c.spec.kvHeads = kvHeads;
    c.spec.headDim = c.spec.valueDim = c.spec.ropeDims = dim;
    c.spec.scale = 1 / std::sqrt(double(dim));
    c.spec.cache = cache;
    makeCausal(c.spec);
    list.push_back(c);
  };
  for (int64_t tokens : {512, 4096})
    for (Codes cache : {Codes::F16, Codes::F32}) {
      add(9, 3, 64, cache, tokens, 0, false);
      add(8, 2, 128, cache, tokens, 0, false);
    }
  for (bool many : {false, true}) {
    for (Codes cache : {Codes::F16, Codes::BF16, Codes::F32})
      add(32, 8, 128, cache, 1, 8191, many);
    add(9, 3, 64, Codes::F16, 1, 8191, many);
  }
  return list;
}

double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}
double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + values.size() / 2, values.end());
  return values[values.size() / 2];
}

/// Zeroed memory that asks for huge pages.
struct Store {
  uint8_t *data;
  int64_t bytes;
  explicit Store(int64_t bytes) : bytes(bytes) {
    void *p = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    data = p == MAP_FAILED ? nullptr : static_cast<uint8_t *>(p);
    if (data)
      madvise(p, bytes, MADV_HUGEPAGE);
  }
  ~Store() {
    if (data)
      munmap(data, bytes);
  }
  Store(const Store &) = delete;
};

using ReadFunction = void(const uint8_t *, int64_t, void *);
using PeakFunction = void(int64_t, void *);
using AttentionFunction = void(const braid_call *, int64_t, const float *, const float *, const float *, const float *,
                               const float *, const float *, const braid_state *, void *, float *);

/// GB/s of reading `bytes` once, in pieces of 256 KB that the threads take in turn.
double readRate(Jit &jit, BenchPool &pool, const uint8_t *from, int64_t bytes) {
  struct Args {
    ReadFunction *read;
    const uint8_t *from;
    int64_t bytes;
  } args{jit.get<ReadFunction>("ceiling_read"), from, 256 << 10};
  braid_call call = pool.call();
  double start = seconds();
  call.parallel(call.pool,
                [](const void *p, int64_t i) {
                  const Args &args = *static_cast<const Args *>(p);
                  alignas(64) uint8_t sink[64];
                  args.read(args.from + i * args.bytes, args.bytes, sink);
                },
                &args, bytes / args.bytes);
  return double(bytes / args.bytes * args.bytes) / (seconds() - start) * 1e-9;
}

/// 10^9 f32 operations a second on all threads of the pool.
double peakRate(Jit &jit, BenchPool &pool) {
  struct Args {
    PeakFunction *run;
    int64_t rounds;
  } args{jit.get<PeakFunction>("ceiling_fma"), 1 << 20};
  braid_call call = pool.call();
  double start = seconds();
  call.parallel(call.pool,
                [](const void *p, int64_t) {
                  alignas(64) uint8_t sink[64] = {};
                  static_cast<const Args *>(p)->run(static_cast<const Args *>(p)->rounds, sink);
                },
                &args, call.threads);
  return double(args.rounds) * double(kCeilingOps) * double(call.threads) / (seconds() - start) * 1e-9;
}

std::vector<float> randomNumbers(int64_t n) {
  std::mt19937 engine(1);
  std::uniform_real_distribution<float> real(-1, 1);
  std::vector<float> values(n);
  for (float &v : values)
    v = real(engine);
  return values;
}

KernelBenchRow measure(Jit &jit, const Case &c, Store &store, int threads, int repeats) {
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
  const int64_t rounds = c.isDecode() && !c.manyCaches ? 8 : 1;
  auto kernelRate = [&] {
    double start = seconds();
    for (int64_t i = 0; i < rounds * caches; ++i)
      run(i % caches);
    double seen = double(c.tokens) * double(c.tokens + 1) / 2;
    double work = c.isDecode() ? double(rounds * caches * c.cacheBytes())
                               : 4.0 * double(spec.headDim) * double(spec.heads) * seen;
    return work / (seconds() - start) * 1e-9;
  };
  auto ceilingRate = [&] {
    if (!c.isDecode())
      return peakRate(jit, pool);
    double sum = 0;
    for (int64_t i = 0; i < rounds; ++i)
      sum += 1 / readRate(jit, pool, store.data, caches * c.cacheBytes());
    return double(rounds) / sum;
  };
  kernelRate();
  ceilingRate();
  // A decode kernel multiplies each number of the cache once for each head of its group.
  const double operationsPerByte = 2.0 * double(spec.heads / spec.kvHeads * spec.headDim) / double(spec.rowBytes());
  std::vector<double> values, ceilings, peaks;
  for (int i = 0; i < repeats; ++i) {
    ceilings.push_back(ceilingRate());
    peaks.push_back(peakRate(jit, pool) / operationsPerByte);
    values.push_back(kernelRate());
  }
  const bool readsFirst = !c.isDecode() || median(ceilings) < median(peaks);
  KernelBenchRow row{c.kernel(), c.shape(), threads, median(values), {}, {},
                     median(readsFirst ? ceilings : peaks), 0};
  row.unit = c.isDecode() ? "GB/s" : "GFLOP/s";
  row.ceilingName = !c.isDecode() || !readsFirst ? "f32 FMA" : c.manyCaches ? "DRAM read" : "cache read";
  row.share = row.value / row.ceiling;
  return row;
}

llvm::Expected<std::unique_ptr<Jit>> compile(const Isa &isa, ArrayRef<Case> list) {
  DialectRegistry registry;
  registry.insert<arith::ArithDialect, scf::SCFDialect, vector::VectorDialect, math::MathDialect, LLVM::LLVMDialect>();
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  context.loadAllAvailableDialects();
  OwningOpRef<ModuleOp> module = ModuleOp::create(UnknownLoc::get(&context));
  Emit emit(*module);
  emitCeilings(emit, isa);
  for (const Case &c : list)
    emitAttention(emit, isa, c.spec).setLinkage(LLVM::Linkage::External);
  auto object = emitObject(*module, isa);
  if (failed(object))
    return llvm::createStringError("no code for " + isa.name);
  return Jit::create(*object);
}

} // namespace

llvm::Error runAttentionBench(const KernelBenchOptions &options,
                              llvm::function_ref<void(const KernelBenchRow &)> report) {
  llvm::Expected<BenchTarget> target = benchTarget(options);
  if (!target)
    return target.takeError();
  auto &[isa, threads] = *target;
  std::vector<Case> list;
  int64_t bytes = 0;
  for (Case &c : cases())
    if (llvm::StringRef(c.kernel() + " " + c.shape()).contains(options.filter)) {
      list.push_back(c);
      bytes = std::max(bytes, c.manyCaches ? kStoreBytes : c.cacheBytes());
    }
  if (list.empty())
    return llvm::Error::success();
  Store store(bytes);
  if (!store.data)
    return llvm::createStringError("no memory for %lld bytes of cache", (long long)bytes);
  auto jit = compile(isa, list);
  if (!jit)
    return jit.takeError();
  for (const Case &c : list)
    for (int t : threads)
      report(measure(**jit, c, store, t, options.repeats));
  return llvm::Error::success();
}

} // namespace braid::cpu
