// SPDX-License-Identifier: Apache-2.0
/// \file
/// Time, memory, and the ceilings on a pool.
#include "compiler/targets/cpu/bench/Measure.h"

#include "compiler/targets/cpu/bench/Ceilings.h"

#include <chrono>
#include <cstring>
#include <random>
#include <sys/mman.h>

using namespace mlir;
namespace braid::cpu {

double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double median(std::vector<double> values) {
  auto middle = values.begin() + values.size() / 2;
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

std::vector<float> randomNumbers(int64_t count) {
  std::mt19937 engine(1);
  std::uniform_real_distribution<float> real(-1, 1);
  std::vector<float> values(count);
  for (float &value : values)
    value = real(engine);
  return values;
}

Store::Store(int64_t bytes, uint8_t fill) : bytes(bytes) {
  void *p = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (p == MAP_FAILED)
    return;
  data = static_cast<uint8_t *>(p);
  madvise(p, bytes, MADV_HUGEPAGE);
  std::memset(p, fill, bytes);
}

Store::~Store() {
  if (data)
    munmap(data, bytes);
}

llvm::Expected<std::unique_ptr<Jit>> compileForBench(const Isa &isa, llvm::function_ref<void(Emit &)> body) {
  DialectRegistry registry;
  registry.insert<arith::ArithDialect, scf::SCFDialect, vector::VectorDialect, math::MathDialect, LLVM::LLVMDialect>();
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  context.loadAllAvailableDialects();
  OwningOpRef<ModuleOp> module = ModuleOp::create(UnknownLoc::get(&context));
  Emit emit(*module);
  emitCeilings(emit, isa);
  body(emit);
  return Jit::compile(*module, isa);
}

double readRate(Jit &jit, BenchPool &pool, StringRef way, const uint8_t *from, int64_t bytes, int64_t piece,
                int64_t times) {
  using ReadFunction = void(const uint8_t *, int64_t, void *);
  struct Args {
    ReadFunction *read;
    const uint8_t *from;
    int64_t piece;
  };
  Args args{jit.get<ReadFunction>(way), from, piece};
  braid_call call = pool.call();
  double start = seconds();
  for (int64_t time = 0; time < times; ++time)
    call.parallel(call.pool,
                  [](const void *p, int64_t i) {
                    const Args &args = *static_cast<const Args *>(p);
                    alignas(64) uint8_t sink[64];
                    args.read(args.from + i * args.piece, args.piece, sink);
                  },
                  &args, bytes / piece);
  return double(times) * double(bytes / piece * piece) / (seconds() - start) * 1e-9;
}

std::vector<double> readRates(Jit &jit, BenchPool &pool, const uint8_t *from, int64_t bytes, int64_t piece,
                              int64_t times) {
  std::vector<double> rates;
  for (StringRef way : {"ceiling_read", "ceiling_read_far", "ceiling_read_plain"})
    rates.push_back(readRate(jit, pool, way, from, bytes, piece, times));
  return rates;
}

Turns measureInTurn(int repeats, llvm::function_ref<std::vector<double>()> ceilings,
                    llvm::function_ref<double()> kernel) {
  kernel();
  std::vector<double> values;
  std::vector<std::vector<double>> columns;
  for (int i = 0; i < repeats; ++i) {
    std::vector<double> rates = ceilings();
    columns.resize(rates.size());
    for (auto [column, rate] : llvm::zip(columns, rates))
      column.push_back(rate);
    values.push_back(kernel());
  }
  Turns turns{median(values), {}};
  for (const std::vector<double> &column : columns)
    turns.ceilings.push_back(median(column));
  return turns;
}

double peakRate(Jit &jit, BenchPool &pool, StringRef kernel, double operations) {
  using PeakFunction = void(int64_t, void *);
  struct Args {
    PeakFunction *run;
    int64_t rounds;
  } args{jit.get<PeakFunction>(kernel), 1 << 20};
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

} // namespace braid::cpu
