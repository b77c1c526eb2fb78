// SPDX-License-Identifier: Apache-2.0
/// \file
/// Measuring the contraction kernels: GEMV from memory, GEMM from cache, each in turn with its ceiling.
#include "compiler/targets/cpu/KernelBench.h"

#include "compiler/targets/cpu/Pack.h"
#include "compiler/targets/cpu/bench/Ceilings.h"
#include "compiler/targets/cpu/bench/Measure.h"
#include "compiler/targets/cpu/bench/Shapes.h"
#include "compiler/targets/cpu/kernels/Contraction.h"

#include <cstring>
#include <random>

using namespace mlir;
namespace braid::cpu {
namespace {

struct Case {
  std::string kernel;
  WeightLayout layout;
  ActivationType activations;
  int64_t rows, n, k;
  std::string shape() const { return llvm::formatv("{0}x{1}x{2}", rows, n, k); }
};

std::vector<Case> cases(ArrayRef<ContractionShape> shapes) {
  const WeightLayout f32{Codes::F32, 0, 0, ScaleType::None, false, 0}, f16{Codes::F16, 0, 0, ScaleType::None, false, 0},
      bf16{Codes::BF16, 0, 0, ScaleType::None, false, 0}, int8{Codes::U8, 0, 0, ScaleType::F32, false, 128},
      q8{Codes::U8, 0, 32, ScaleType::F16, false, 128}, q4{Codes::U4, 0, 32, ScaleType::F16, false, 8},
      q4min{Codes::U4, 0, 32, ScaleType::F16, true, 0}, q6{Codes::U8, 0, 16, ScaleType::F32, false, 32};
  std::vector<Case> list;
  auto add = [&](std::string name, WeightLayout layout, ActivationType activations) {
    for (auto [rows, n, k] : shapes)
      list.push_back({(rows == 1 ? "gemv " : "gemm ") + name, layout, activations, rows, n, k});
  };
  add("f32", f32, ActivationType::F32);
  add("f16", f16, ActivationType::F32);
  add("bf16", bf16, ActivationType::BF16);
  add("bf16 exact", bf16, ActivationType::F32);
  add("int8", int8, ActivationType::Q8);
  add("q8_0", q8, ActivationType::Q8);
  add("q4_0", q4, ActivationType::Q8);
  add("q4_1", q4min, ActivationType::Q8);
  add("q6_k", q6, ActivationType::Q8);
  add("q4_0 exact", q4, ActivationType::F32);
  return list;
}

using ContractionFunction = void(braid_call *, int64_t, const float *, const float *, const uint8_t *, const float *,
                                 const float *, uint8_t *, float *);

struct Bench {
  const KernelBenchOptions &options;
  Isa isa;
  std::unique_ptr<Jit> jit = {};
  Store store{kStoreBytes};

  llvm::Error compile(ArrayRef<Case> list);
  KernelBenchRow measure(const Case &c, int index, int threads);
};

llvm::Error Bench::compile(ArrayRef<Case> list) {
  auto linked = compileForBench(isa, [&](Emit &emit) {
    for (auto [i, c] : llvm::enumerate(list)) {
      Contraction spec;
      spec.name = "case" + std::to_string(i);
      spec.layout = c.layout;
      spec.layout.k = c.k;
      spec.segments = {c.n};
      spec.activations = c.activations;
      emitContraction(emit, isa, spec).setLinkage(LLVM::Linkage::External);
    }
  });
  if (!linked)
    return linked.takeError();
  jit = std::move(*linked);
  return llvm::Error::success();
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
  const Peak peak = peakOf(isa, c.layout, c.activations);
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
  auto ceilings = [&] {
    return fromMemory ? readRates(*jit, pool, store.data, store.bytes, 1 << 20)
                      : std::vector{peakRate(*jit, pool, peak.kernel, double(peak.operations))};
  };
  Turns turns = measureInTurn(options.repeats, ceilings, kernelRate);
  return {c.kernel, c.shape(), threads, turns.kernel, (fromMemory ? "GB/s" : peak.unit).str(),
          (fromMemory ? "DRAM read" : peak.name).str(), turns.ceiling()};
}

} // namespace

llvm::Expected<BenchTarget> benchTarget(const KernelBenchOptions &options) {
  std::optional<Isa> isa = findIsa(options.isa);
  if (!isa)
    return llvm::createStringError("unknown instruction set level '" + options.isa + "'");
  if (isa->required & ~findIsa("native")->required)
    return llvm::createStringError("this machine lacks the instruction set level '" + options.isa + "'");
  BenchTarget target{*isa, options.threads};
  const int all = std::max(1u, std::thread::hardware_concurrency());
  if (target.threads.empty()) {
    target.threads.push_back(1);
    if (all > 1)
      target.threads.push_back(all);
  }
  llvm::replace(target.threads, 0, all);
  return target;
}

llvm::Error runKernelBench(const KernelBenchOptions &options,
                           llvm::function_ref<void(const KernelBenchRow &)> report) {
  llvm::Expected<BenchTarget> target = benchTarget(options);
  if (!target)
    return target.takeError();
  auto &[isa, threads] = *target;
  llvm::Expected<BenchShapes> shapes = parseBenchShapes(options.shapes);
  if (!shapes)
    return shapes.takeError();
  if (options.shapes.empty())
    shapes->contractions = {{1, 4096, 4096}, {512, 2048, 2048}};
  std::vector<Case> list;
  for (Case &c : cases(shapes->contractions))
    if (llvm::StringRef(c.kernel + " " + c.shape()).contains(options.filter))
      list.push_back(c);
  if (list.empty())
    return llvm::Error::success();
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
