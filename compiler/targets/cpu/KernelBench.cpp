// SPDX-License-Identifier: Apache-2.0
/// \file
/// Measuring the contraction kernels: GEMV from memory, GEMM from cache, each in turn with its ceiling.
#include "compiler/targets/cpu/KernelBench.h"

#include "compiler/targets/cpu/Jit.h"
#include "compiler/targets/cpu/Pack.h"
#include "compiler/targets/cpu/bench/BenchPool.h"
#include "compiler/targets/cpu/bench/Ceilings.h"
#include "compiler/targets/cpu/kernels/Contraction.h"

#include <chrono>
#include <cstring>
#include <random>
#include <sys/mman.h>

using namespace mlir;
namespace braid::cpu {
namespace {

constexpr int64_t kStoreBytes = int64_t(1100) << 20; // far beyond any last-level cache

struct Case {
  std::string kernel;
  WeightLayout layout;
  ActivationType activations;
  int64_t rows, n, k;
};

std::vector<Case> cases() {
  const WeightLayout f32{Codes::F32, 0, 0, ScaleType::None, false, 0}, f16{Codes::F16, 0, 0, ScaleType::None, false, 0},
      bf16{Codes::BF16, 0, 0, ScaleType::None, false, 0}, int8{Codes::U8, 0, 0, ScaleType::F32, false, 128},
      q8{Codes::U8, 0, 32, ScaleType::F16, false, 128}, q4{Codes::U4, 0, 32, ScaleType::F16, false, 8},
      q4min{Codes::U4, 0, 32, ScaleType::F16, true, 0}, q6{Codes::U8, 0, 16, ScaleType::F32, false, 32};
  std::vector<Case> list;
  auto both = [&](std::string name, WeightLayout layout, ActivationType activations) {
    list.push_back({"gemv " + name, layout, activations, 1, 4096, 4096});
    list.push_back({"gemm " + name, layout, activations, 512, 2048, 2048});
  };
  both("f32", f32, ActivationType::F32);
  both("f16", f16, ActivationType::F32);
  both("bf16", bf16, ActivationType::F32);
  both("int8", int8, ActivationType::Q8);
  both("q8_0", q8, ActivationType::Q8);
  both("q4_0", q4, ActivationType::Q8);
  both("q4_1", q4min, ActivationType::Q8);
  both("q6_k", q6, ActivationType::Q8);
  both("q4_0 exact", q4, ActivationType::F32);
  return list;
}

double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}
double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + values.size() / 2, values.end());
  return values[values.size() / 2];
}

/// Page-backed memory that asks for huge pages.
struct Store {
  uint8_t *data = nullptr;
  int64_t bytes;
  explicit Store(int64_t bytes) : bytes(bytes) {
    void *p = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
      return;
    data = static_cast<uint8_t *>(p);
    madvise(p, bytes, MADV_HUGEPAGE);
    std::memset(p, 1, bytes);
  }
  ~Store() {
    if (data)
      munmap(data, bytes);
  }
  Store(const Store &) = delete;
};

using ReadFunction = void(const uint8_t *, int64_t, void *);
using PeakFunction = void(int64_t, void *);
using ContractionFunction = void(braid_call *, int64_t, const float *, const float *, const uint8_t *, const float *,
                                 const float *, uint8_t *, float *);

struct Bench {
  const KernelBenchOptions &options;
  Isa isa;
  std::unique_ptr<Jit> jit = {};
  Store store{kStoreBytes};

  llvm::Error compile(ArrayRef<Case> list);
  double read(BenchPool &pool, StringRef name);
  double peak(BenchPool &pool, StringRef name, double operations);
  KernelBenchRow measure(const Case &c, int index, int threads);
};

llvm::Error Bench::compile(ArrayRef<Case> list) {
  DialectRegistry registry;
  registry.insert<arith::ArithDialect, scf::SCFDialect, vector::VectorDialect, math::MathDialect, LLVM::LLVMDialect>();
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  context.loadAllAvailableDialects();
  OwningOpRef<ModuleOp> module = ModuleOp::create(UnknownLoc::get(&context));
  Emit emit(*module);
  emitCeilings(emit, isa);
  for (auto [i, c] : llvm::enumerate(list)) {
    Contraction spec;
    spec.name = "case" + std::to_string(i);
    spec.layout = c.layout;
    spec.layout.k = c.k;
    spec.segments = {c.n};
    spec.activations = c.activations;
    emitContraction(emit, isa, spec).setLinkage(LLVM::Linkage::External);
  }
  auto object = emitObject(*module, isa);
  if (failed(object))
    return llvm::createStringError("no code for " + isa.name);
  auto linked = Jit::create(*object);
  if (!linked)
    return linked.takeError();
  jit = std::move(*linked);
  return llvm::Error::success();
}

/// GB/s of reading the whole store once, in pieces that the threads take in turn.
double Bench::read(BenchPool &pool, StringRef name) {
  struct Args {
    ReadFunction *read;
    const uint8_t *from;
    int64_t bytes;
  } args{jit->get<ReadFunction>(name), store.data, 1 << 20};
  braid_call call = pool.call();
  double start = seconds();
  call.parallel(call.pool,
                [](const void *p, int64_t i) {
                  const Args &args = *static_cast<const Args *>(p);
                  alignas(64) uint8_t sink[64];
                  args.read(args.from + i * args.bytes, args.bytes, sink);
                },
                &args, store.bytes / args.bytes);
  return double(store.bytes) / (seconds() - start) * 1e-9;
}

/// 10^9 operations a second of a peak kernel on all threads of the pool.
double Bench::peak(BenchPool &pool, StringRef name, double operations) {
  struct Args {
    PeakFunction *run;
    int64_t rounds;
  } args{jit->get<PeakFunction>(name), 1 << 20};
  braid_call call = pool.call();
  double start = seconds();
  call.parallel(call.pool,
                [](const void *p, int64_t) {
                  alignas(64) uint8_t sink[64] = {1, 1, 1, 1, 1, 1, 1, 1};
                  static_cast<const Args *>(p)->run(static_cast<const Args *>(p)->rounds, sink);
                },
                &args, call.threads);
  return double(args.rounds) * operations * double(call.threads) / (seconds() - start) * 1e-9;
}

/// Fills `bytes` of the store with packed panels of small random weights.
void fillWeights(const WeightLayout &layout, uint8_t *out, int64_t bytes) {
  std::mt19937 engine(1);
  std::uniform_real_distribution<float> real(-1, 1);
  const int64_t k = layout.k, panel = layout.panelBytes();
  std::vector<uint8_t> codes(16 * k);
  std::vector<float> values(16 * k), scales(k, 0.01f), mins(k, -0.05f);
  for (auto [code, value] : llvm::zip(codes, values)) {
    code = engine() & (layout.codes == Codes::U4 ? 15 : 63);
    value = real(engine);
  }
  SmallVector<const uint8_t *> rows;
  SmallVector<QuantRow> quantRows;
  for (int64_t r = 0; r < 16; ++r) {
    rows.push_back(reinterpret_cast<const uint8_t *>(&values[r * k]));
    quantRows.push_back({&codes[r * k], scales.data(), mins.data()});
  }
  if (layout.isQuantized())
    packQuantPanel(layout, quantRows, out);
  else
    packDensePanel(layout, Codes::F32, rows, out);
  for (int64_t at = panel; at + panel <= bytes; at += panel)
    std::memcpy(out + at, out, panel);
}

KernelBenchRow Bench::measure(const Case &c, int index, int threads) {
  Contraction spec;
  spec.layout = c.layout;
  spec.layout.k = c.k;
  spec.segments = {c.n};
  spec.activations = c.activations;
  const bool fromMemory = c.rows == 1;
  const bool integer = c.layout.isQuantized() && c.activations == ActivationType::Q8;
  const int64_t bytes = spec.packedBytes(), matrices = fromMemory ? store.bytes / bytes : 1;
  fillWeights(spec.layout, store.data, fromMemory ? store.bytes : bytes);
  std::vector<float> x(c.rows * c.k), out(c.rows * c.n);
  for (auto [i, value] : llvm::enumerate(x))
    value = float(int64_t(i * 2654435761u >> 8 & 0xffff) - 0x8000) / 0x8000;
  Store scratch(spec.scratchBytes(c.rows) + 64);

  auto *kernel = jit->get<ContractionFunction>("case" + std::to_string(index));
  BenchPool pool(threads);
  braid_call call = pool.call();
  auto run = [&](int64_t matrix) {
    kernel(&call, c.rows, x.data(), nullptr, store.data + matrix * bytes, nullptr, nullptr, scratch.data, out.data());
  };
  auto kernelRate = [&] {
    double start = seconds();
    for (int64_t matrix = 0; matrix < matrices; ++matrix)
      run(matrix);
    double work = fromMemory ? double(matrices * bytes) : 2.0 * double(c.rows) * double(c.n) * double(c.k);
    return work / (seconds() - start) * 1e-9;
  };
  // Which way to read memory is fastest differs from machine to machine.
  const SmallVector<StringRef> reads{"ceiling_read", "ceiling_read_far", "ceiling_read_plain"};
  std::vector<double> values;
  SmallVector<std::vector<double>> ceilings(fromMemory ? reads.size() : 1);
  kernelRate();
  for (int i = 0; i < options.repeats; ++i) {
    for (auto [way, rates] : llvm::enumerate(ceilings))
      rates.push_back(fromMemory ? read(pool, reads[way])
                      : integer  ? peak(pool, "ceiling_dot", 4 * kCeilingOps)
                                 : peak(pool, "ceiling_fma", kCeilingOps));
    values.push_back(kernelRate());
  }
  double ceiling = 0;
  for (const std::vector<double> &rates : ceilings)
    ceiling = std::max(ceiling, median(rates));
  KernelBenchRow row{c.kernel, llvm::formatv("{0}x{1}x{2}", c.rows, c.n, c.k), threads, median(values), {}, {},
                     ceiling, 0};
  row.unit = fromMemory ? "GB/s" : integer ? "GOP/s" : "GFLOP/s";
  row.ceilingName = fromMemory ? "DRAM read" : integer ? "int8 dot" : "f32 FMA";
  row.share = row.value / row.ceiling;
  return row;
}

} // namespace

llvm::Expected<BenchTarget> benchTarget(const KernelBenchOptions &options) {
  std::optional<Isa> isa = findIsa(options.isa);
  if (!isa)
    return llvm::createStringError("unknown instruction set level '" + options.isa + "'");
  if (isa->required & ~findIsa("native")->required)
    return llvm::createStringError("this machine lacks the instruction set level '" + options.isa + "'");
  BenchTarget target{*isa, options.threads};
  if (target.threads.empty()) {
    target.threads.push_back(1);
    if (int all = std::thread::hardware_concurrency(); all > 1)
      target.threads.push_back(all);
  }
  return target;
}

llvm::Error runKernelBench(const KernelBenchOptions &options,
                           llvm::function_ref<void(const KernelBenchRow &)> report) {
  llvm::Expected<BenchTarget> target = benchTarget(options);
  if (!target)
    return target.takeError();
  auto &[isa, threads] = *target;
  std::vector<Case> list;
  for (Case &c : cases())
    if (llvm::StringRef(c.kernel).contains(options.filter))
      list.push_back(c);
  Bench bench{options, isa};
  if (!bench.store.data)
    return llvm::createStringError("no memory for %lld bytes of weights", (long long)kStoreBytes);
  if (llvm::Error error = bench.compile(list))
    return error;
  for (auto [i, c] : llvm::enumerate(list))
    for (int t : threads)
      report(bench.measure(c, i, t));
  return llvm::Error::success();
}

} // namespace braid::cpu
