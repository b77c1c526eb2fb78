// SPDX-License-Identifier: Apache-2.0
/// \file
/// recurrence-bench [ISA [THREADS [scan|step|step-bf16|chunk]]]: time of recurrence kernels, beside ceilings of the same run: scans of 512
/// tokens beside the f32 multiply-add peak; steps of one token beside reading and writing as much memory, with a state
/// that stays in cache and with those of many layers in turn; the chunkwise form when asked for. 32 heads, K = V = 128 (Mamba-2: V = 64); medians.
#include "ChunkBench.h"

#include "compiler/targets/cpu/FlushToZero.h"
#include "compiler/targets/cpu/RecurrenceRun.h"
#include "compiler/targets/cpu/bench/BenchPool.h"
#include "compiler/targets/cpu/bench/Ceilings.h"

#include <ctime>
#include <sys/mman.h>

using namespace mlir;
using namespace braid;
using namespace braid::cpu;
using namespace braid::derive;

namespace {

/// Of one thread: processor time, so that other programs do not count.
bool isSingle = true;
double seconds() {
  timespec time;
  clock_gettime(isSingle ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &time);
  return double(time.tv_sec) + 1e-9 * double(time.tv_nsec);
}
double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + values.size() / 2, values.end());
  return values[values.size() / 2];
}

std::unique_ptr<Jit> makeCeilings(MLIRContext &context, const Isa &isa) {
  OwningOpRef<ModuleOp> module = ModuleOp::create(UnknownLoc::get(&context));
  Emit e(*module);
  emitCeilings(e, isa);
  return llvm::cantFail(Jit::compile(*module, isa));
}

/// 10^9 f32 operations a second of all threads together.
double peakRate(Jit &jit, const braid_call &call) {
  struct Peak {
    void (*run)(int64_t, void *);
    int64_t rounds;
  } peak{jit.get<void(int64_t, void *)>("ceiling_fma"), (1 << 16) / call.threads};
  double start = seconds();
  // More tasks than threads: one that starts late takes fewer.
  call.parallel(call.pool, [](const void *args, int64_t) {
    alignas(64) uint8_t sink[64];
    const Peak &peak = *static_cast<const Peak *>(args);
    peak.run(peak.rounds / 8, sink);
  }, &peak, call.threads * call.threads * 8);
  return double(call.threads * call.threads * 8 * (peak.rounds / 8) * kCeilingOps) / (seconds() - start) * 1e-9;
}

struct AlignedFree {
  void operator()(void *p) const { free(p); }
};
using Memory = std::unique_ptr<uint8_t, AlignedFree>;
/// Zeros, in large pages as the runtime has them.
Memory allocate(int64_t bytes) {
  const int64_t page = 2 << 20, size = llvm::alignTo(bytes, page);
  auto *data = static_cast<uint8_t *>(aligned_alloc(page, size));
  madvise(data, size, MADV_HUGEPAGE);
  memset(data, 0, size);
  return Memory(data);
}

struct Machine {
  MLIRContext &context;
  const Isa &isa;
  Jit &ceilings;
  BenchPool &pool;
  Memory states = {}; ///< of many layers
};
constexpr int64_t kManyStates = 5 << 28; // 1.25 GB

/// One variant with inputs for some tokens.
struct Subject {
  static std::unique_ptr<Subject> create(Machine &machine, StringRef name, int64_t V, int64_t tokens,
                                         bool isNarrow = false) {
    auto subject = std::make_unique<Subject>();
    subject->module = ModuleOp::create(UnknownLoc::get(&machine.context));
    auto op = attn::importVariant<attn::RecurrenceOp>(*subject->module, name);
    if (failed(op))
      return nullptr;
    double start = seconds();
    subject->form.emplace(normalize(*op));
    auto kernel = CompiledRecurrence::create(machine.context, machine.isa, *subject->form, kKeys, V, kHeads, 1,
                                             isNarrow);
    if (!kernel)
      return llvm::errs() << llvm::toString(kernel.takeError()) << '\n', nullptr;
    subject->compileSeconds = seconds() - start;
    subject->kernel.emplace(std::move(*kernel));
    Problem problem{tokens, kHeads, 1, kKeys, V, {}};
    fillRandom(*op, problem, {1, 0.1, 0});
    for (size_t index = subject->form->decays.size(); index < problem.args.size(); ++index) {
      subject->args.push_back(allocate(4 * problem.args[index].size()));
      llvm::copy(problem.args[index], reinterpret_cast<float *>(subject->args.back().get()));
      subject->pointers.push_back(reinterpret_cast<float *>(subject->args.back().get()));
    }
    subject->tokens = tokens;
    subject->scratch = allocate(subject->kernel->scratchBytes(tokens));
    subject->out = allocate(4 * tokens * kHeads * V);
    return subject;
  }

  void run(const braid_call &call, uint8_t *state) {
    kernel->call(call, tokens, pointers, reinterpret_cast<float *>(state), scratch.get(),
                 reinterpret_cast<float *>(out.get()));
  }

  static constexpr int64_t kKeys = 128, kHeads = 32;
  OwningOpRef<ModuleOp> module;
  std::optional<NormalForm> form;
  std::optional<CompiledRecurrence> kernel;
  double compileSeconds = 0;
  int64_t tokens = 0;
  std::vector<Memory> args;
  std::vector<const float *> pointers;
  Memory scratch, out;
};

/// Seconds of a token and head, and the share of the multiply-add peak.
std::pair<double, double> timeScan(Machine &machine, Subject &subject, int64_t V) {
  const int64_t tokens = 512;
  Memory state = allocate(subject.kernel->shape().stateBytes());
  braid_call call = machine.pool.call();
  std::vector<double> times, shares;
  for (int round = 0; round < 15; ++round) {
    double start = seconds();
    subject.run(call, state.get());
    times.push_back((seconds() - start) / double(tokens * Subject::kHeads));
    double rate = subject.form->flops().at(Subject::kKeys, V) / times.back() * 1e-9;
    shares.push_back(rate / peakRate(machine.ceilings, call));
  }
  return {median(times), median(shares)};
}

bool measureScan(Machine &machine, StringRef name, int64_t V) {
  auto subject = Subject::create(machine, name, V, 512), half = Subject::create(machine, name, V / 2, 512);
  if (!subject || !half)
    return false;
  auto [each, share] = timeScan(machine, *subject, V);
  // Preparing tokens takes the same time whatever V is.
  double prepare = std::max(0.0, 2 * timeScan(machine, *half, V / 2).first - each);
  llvm::outs() << llvm::formatv("scan {0}, V {1}: {2:f3} us a token and head, about {3:f2} of them preparing; {4:f1} "
                                "GFLOP/s ({5:f0} % of the peak); derived and compiled in {6:f0} ms\n",
                                name, V, each * 1e6, prepare * 1e6,
                                subject->form->flops().at(Subject::kKeys, V) / each * 1e-9, 100 * share,
                                subject->compileSeconds * 1e3);
  return true;
}

struct Stream {
  void (*update)(void *, int64_t);
  uint8_t *data;
  int64_t bytes; ///< of a task
};

/// Steps of `layers` layers, each with a state of its own, beside reading and writing the same memory plainly, and beside
/// the multiply-adds that they take at least: a decay takes as long as one.
void measureStep(Machine &machine, Subject &subject, StringRef name, int64_t V, int64_t layers) {
  braid_call call = machine.pool.call();
  const int64_t bytes = subject.kernel->shape().stateBytes(), repeats = layers > 1 ? 1 : 50;
  const int64_t narrowed = 2 * (4 * subject.kernel->shape().stateNumbers() - bytes); // read and written
  double moved = (subject.form->stepBytes().at(Subject::kKeys, V) * Subject::kHeads - double(narrowed)) *
                 double(layers * repeats);
  double slots = 0; // of a token and head, in vectors of 16
  for (auto [index, decay] : llvm::enumerate(subject.form->decays))
    if (!subject.form->isColumn(index))
      slots += double(Subject::kKeys * V / 16) *
               double(!decay.isNone() + llvm::count_if(subject.form->reads, [&](auto &r) { return r.state == index; }) +
                      llvm::count_if(subject.form->writes, [&](auto &w) { return w.state == index; }));
  std::vector<double> rates, shares, arithmetic;
  for (int round = 0; round < 9; ++round) {
    double start = seconds();
    for (int64_t i = 0; i < layers * repeats; ++i)
      subject.run(call, machine.states.get() + i % layers * bytes);
    rates.push_back(moved / (seconds() - start) * 1e-9);
    double ceiling = 0;
    for (const char *kind : {"ceiling_update", "ceiling_update_far"}) {
      Stream stream{machine.ceilings.get<void(void *, int64_t)>(kind), machine.states.get(), bytes / Subject::kHeads};
      start = seconds();
      for (int64_t i = 0; i < repeats; ++i)
        call.parallel(call.pool, [](const void *args, int64_t task) {
          const Stream &stream = *static_cast<const Stream *>(args);
          stream.update(stream.data + task * stream.bytes, stream.bytes);
        }, &stream, layers * Subject::kHeads);
      ceiling = std::max(ceiling, 2 * double(bytes * layers * repeats) / (seconds() - start) * 1e-9);
    }
    shares.push_back(rates.back() / ceiling);
    double least = 32e-9 * slots * Subject::kHeads * double(layers * repeats) / peakRate(machine.ceilings, call);
    arithmetic.push_back(least * rates.back() / moved * 1e9);
  }
  const bool isArithmetic = median(arithmetic) > median(shares);
  llvm::outs() << llvm::formatv("step {0}, V {1}, states of {2:f1} MB: {3:f3} us a head, {4:f1} GB/s ({5:f0} % of reading "
                                "and writing, {6:f0} % of the multiply-adds; {7})\n",
                                name, V, double(bytes * layers) / (1 << 20),
                                moved / double(layers * repeats * Subject::kHeads) / median(rates) * 1e-3, median(rates),
                                100 * median(shares), 100 * median(arithmetic), isArithmetic ? "the latter bind" : "the former binds");
}

} // namespace

int main(int argc, char **argv) {
  int threads = 1;
  std::optional<Isa> isa = findIsa(argc > 1 ? argv[1] : "native"), native = findIsa("native");
  StringRef what = argc > 3 ? argv[3] : "";
  bool isNarrow = what == "step-bf16", scans = what != "step" && !isNarrow, steps = what != "scan", chunks = what == "chunk";
  if (!isa || argc > 4 || (!what.empty() && scans && steps && !chunks) ||
      (argc > 2 && (StringRef(argv[2]).getAsInteger(10, threads) || threads < 1)))
    return llvm::errs() << "usage: recurrence-bench [ISA [THREADS [scan|step|step-bf16|chunk]]]\n", 2;
  if ((isa->required & native->required) != isa->required)
    return llvm::outs() << "not on this machine\n", 0;
  isSingle = threads == 1;
  braid::cpu::FlushToZero flush;
  const std::pair<const char *, int64_t> variants[] = {
      {"kda", 128}, {"gated_delta_net", 128}, {"mamba2", 64}, {"rwkv7", 128}};
  if (chunks)
    return benchChunks(*isa, variants);
  DialectRegistry registry;
  registry.insert<arith::ArithDialect, LLVM::LLVMDialect, math::MathDialect, scf::SCFDialect, vector::VectorDialect,
                  attn::AttnDialect>();
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  context.loadAllAvailableDialects();
  std::unique_ptr<Jit> ceilings = makeCeilings(context, *isa);
  if (!ceilings)
    return 1;
  BenchPool pool(threads);
  Machine machine{context, *isa, *ceilings, pool};
  for (auto [name, V] : variants)
    if (scans && !measureScan(machine, name, V))
      return 1;
  if (!steps)
    return 0;
  machine.states = allocate(kManyStates);
  for (auto [name, V] : variants) {
    auto subject = Subject::create(machine, name, V, 1, isNarrow);
    if (!subject)
      return 1;
    measureStep(machine, *subject, name, V, 1);
    measureStep(machine, *subject, name, V, kManyStates / subject->kernel->shape().stateBytes());
  }
  return 0;
}
