// SPDX-License-Identifier: Apache-2.0
/// \file
/// recurrence-bench [ISA [THREADS]]: time of recurrence kernels a token and head, beside the f32 multiply-add peak of
/// the same run. Prefill of 512 tokens and single steps, 32 heads, K = V = 128 (Mamba-2: V = 64); medians.
#include "compiler/targets/cpu/RecurrenceRun.h"
#include "compiler/targets/cpu/bench/BenchPool.h"
#include "compiler/targets/cpu/bench/Ceilings.h"

#include <ctime>
#include <xmmintrin.h>

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
  auto object = emitObject(*module, isa);
  return failed(object) ? nullptr : llvm::cantFail(Jit::create(*object));
}

/// 10^9 f32 operations a second of one thread.
double peakRate(Jit &jit) {
  alignas(64) uint8_t sink[64];
  const int64_t rounds = 1 << 16;
  double start = seconds();
  jit.get<void(int64_t, void *)>("ceiling_fma")(rounds, sink);
  return double(rounds * kCeilingOps) / (seconds() - start) * 1e-9;
}

struct AlignedFree {
  void operator()(void *p) const { free(p); }
};
std::unique_ptr<uint8_t, AlignedFree> allocate(int64_t bytes) {
  auto *data = static_cast<uint8_t *>(aligned_alloc(4096, llvm::alignTo(bytes, 4096)));
  memset(data, 0, llvm::alignTo(bytes, 4096));
  return std::unique_ptr<uint8_t, AlignedFree>(data);
}

bool measure(MLIRContext &context, const Isa &isa, Jit &ceilings, BenchPool &pool, StringRef name, int64_t V,
             int64_t tokens) {
  const int64_t K = 128, heads = 32;
  OwningOpRef<ModuleOp> module = ModuleOp::create(UnknownLoc::get(&context));
  auto op = attn::importVariant<attn::RecurrenceOp>(*module, name);
  if (failed(op))
    return false;
  NormalForm form = normalize(*op);
  double start = seconds();
  auto kernel = CompiledRecurrence::create(context, isa, form, K, V, heads, 1);
  if (!kernel)
    return llvm::errs() << llvm::toString(kernel.takeError()) << '\n', false;
  double compile = seconds() - start;
  Problem problem{tokens, heads, 1, K, V, {}};
  fillRandom(*op, problem, {1, 0.1, 0});
  std::vector<std::vector<float>> args;
  std::vector<const float *> pointers;
  for (size_t index = form.decays.size(); index < problem.args.size(); ++index)
    args.emplace_back(problem.args[index].begin(), problem.args[index].end());
  for (const std::vector<float> &arg : args)
    pointers.push_back(arg.data());
  auto state = allocate(kernel->shape().stateBytes()), scratch = allocate(kernel->scratchBytes(tokens)),
       out = allocate(4 * tokens * heads * V);
  braid_call call = pool.call();
  auto run = [&] {
    double start = seconds();
    callRecurrence(kernel->function(), call, tokens, pointers, reinterpret_cast<float *>(state.get()),
                         scratch.get(), reinterpret_cast<float *>(out.get()));
    return seconds() - start;
  };
  std::vector<double> times, peaks;
  int rounds = tokens > 1 ? 15 : 301;
  for (int round = 0; round < rounds; ++round) {
    times.push_back(run());
    if (round % (rounds / 15) == 0)
      peaks.push_back(peakRate(ceilings));
  }
  double each = median(times) / double(tokens * heads), peak = median(peaks) * double(call.threads);
  double rate = form.flops().at(K, V) / each * 1e-9;
  double bytes = (form.stepBytes().at(K, V) / each) * 1e-9;
  llvm::outs() << llvm::formatv("{0}, V {1}, {2} tokens: {3:f3} us a token and head, {4:f1} GFLOP/s of {5:f1} ({6:f0} %)",
                                name, V, tokens, each * 1e6, rate, peak, 100 * rate / peak);
  if (tokens == 1)
    llvm::outs() << llvm::formatv(", {0:f1} GB/s", bytes);
  llvm::outs() << llvm::formatv("; compiled in {0:f0} ms\n", compile * 1e3);
  return true;
}

} // namespace

int main(int argc, char **argv) {
  int threads = 1;
  std::optional<Isa> isa = findIsa(argc > 1 ? argv[1] : "native"), native = findIsa("native");
  if (!isa || argc > 3 || (argc > 2 && (StringRef(argv[2]).getAsInteger(10, threads) || threads < 1)))
    return llvm::errs() << "usage: recurrence-bench [ISA [THREADS]]\n", 2;
  if ((isa->required & native->required) != isa->required)
    return llvm::outs() << "not on this machine\n", 0;
  isSingle = threads == 1;
  _mm_setcsr(_mm_getcsr() | 0x8040); // subnormals are zero, as in the runtime
  DialectRegistry registry;
  registry.insert<arith::ArithDialect, LLVM::LLVMDialect, math::MathDialect, scf::SCFDialect, vector::VectorDialect,
                  attn::AttnDialect>();
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  context.loadAllAvailableDialects();
  std::unique_ptr<Jit> ceilings = makeCeilings(context, *isa);
  if (!ceilings)
    return 1;
  BenchPool pool(threads);
  for (int64_t tokens : {512, 1})
    for (auto [name, V] : {std::pair("kda", 128), {"gated_delta_net", 128}, {"mamba2", 64}, {"rwkv7", 128}})
      if (!measure(context, *isa, *ceilings, pool, name, V, tokens))
        return 1;
  return 0;
}
