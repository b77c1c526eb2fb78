// SPDX-License-Identifier: Apache-2.0
/// \file
/// plain-step emit VARIANT written|normal: prints the step of a variant of the catalogue as plain C, op by op as it is
/// written, or from its normal form.
/// plain-step compare VARIANT V LIBRARY [TOKENS [THREADS]]: times the compiled kernel and the scan of LIBRARY (such C,
/// or an adapter of another engine) in turn, for 512 tokens on one thread unless told otherwise, 32 heads, K = 128;
/// prints their medians in microseconds a token and head, the ratios of the medians and of the least of both, and how
/// far their outputs are apart.
#include "compiler/targets/cpu/FlushToZero.h"
#include "compiler/targets/cpu/RecurrenceRun.h"
#include "compiler/targets/cpu/bench/BenchPool.h"
#include "test/benchmarks/recurrence/PlainC.h"

#include <ctime>
#include <dlfcn.h>
#include <thread>

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
double timeOf(llvm::function_ref<void()> run, int64_t repeats) {
  double start = seconds();
  for (int64_t i = 0; i < repeats; ++i)
    run();
  return (seconds() - start) / double(repeats);
}

/// Numbers at the start of a cache line, with room for whole vectors.
struct Numbers {
  explicit Numbers(size_t count) : data(static_cast<float *>(aligned_alloc(4096, llvm::alignTo(4 * count + 64, 4096)))) {
    memset(data, 0, llvm::alignTo(4 * count + 64, 4096));
  }
  ~Numbers() { free(data); }
  Numbers(const Numbers &) = delete;
  float *data;
};

struct Size {
  int64_t V, tokens, threads;
};

/// What is compared with the kernel: C of a step, or the operator of another engine, which is prepared first: it may
/// change the inputs to ones that it can express, and puts its states after its output.
struct Other {
  void (*scan)(int tokens, int heads, const float *const *in, float *const *state, float *out) = nullptr;
  void (*prepare)(const char *variant, int threads, int tokens, int heads, int K, int V, float *const *in) = nullptr;
};

int compare(MLIRContext &context, const NormalForm &form, Size size, const char *library) {
  const int64_t K = 128, heads = 32, V = size.V, tokens = size.tokens, repeats = tokens > 1 ? 1 : 100;
  void *handle = dlopen(library, RTLD_NOW);
  if (!handle)
    return llvm::errs() << dlerror() << '\n', 1;
  Other other;
  other.scan = reinterpret_cast<decltype(other.scan)>(dlsym(handle, "scan"));
  other.prepare = reinterpret_cast<decltype(other.prepare)>(dlsym(handle, "prepare"));
  if (!other.scan)
    return llvm::errs() << library << ": no scan in it\n", 1;
  auto kernel = CompiledRecurrence::create(context, *findIsa("native"), form, K, V, heads, 1);
  if (!kernel)
    return llvm::errs() << llvm::toString(kernel.takeError()) << '\n', 1;
  Problem problem{tokens, heads, 1, K, V, {}};
  fillRandom(form.op, problem, {1, 0.1, 0});
  std::vector<std::unique_ptr<Numbers>> store;
  auto make = [&](size_t count) { return store.emplace_back(std::make_unique<Numbers>(count))->data; };
  std::vector<float *> inputs, states;
  for (auto [index, numbers] : llvm::enumerate(problem.args)) {
    float *data = make(numbers.size());
    if (index < form.decays.size()) {
      states.push_back(data); // zero at first, as for the kernel
      continue;
    }
    llvm::copy(numbers, data);
    inputs.push_back(data);
  }
  std::vector<const float *> args(inputs.begin(), inputs.end());
  float *state = make(kernel->shape().stateBytes() / 4), *out = make(tokens * heads * V);
  float *want = make((tokens + K) * heads * V);
  auto *scratch = reinterpret_cast<uint8_t *>(make(kernel->scratchBytes(tokens) / 4 + 1));
  std::string name = form.op->getAttrOfType<StringAttr>("sym_name").str();
  if (other.prepare)
    other.prepare(name.c_str(), size.threads, tokens, heads, K, V, inputs.data());
  auto runOther = [&] { other.scan(tokens, heads, args.data(), states.data(), want); };
  std::vector<double> ours, theirs;
  double apart = 0, most = 0;
  runOther(); // before any thread here has a place: theirs would inherit it
  isSingle = size.threads == 1;
  for (int round = 0; round < 9; ++round) {
    {
      BenchPool pool(size.threads); // of this round alone: its threads spin
      braid_call call = pool.call();
      auto run = [&] { kernel->call(call, tokens, args, state, scratch, out); };
      run();
      if (round == 0)
        for (int64_t i = 0; i < tokens * heads * V; ++i) {
          apart = std::max(apart, double(std::abs(out[i] - want[i])));
          most = std::max(most, double(std::abs(want[i])));
        }
      ours.push_back(timeOf(run, repeats) / double(tokens * heads));
    }
    runOther();
    theirs.push_back(timeOf(runOther, repeats) / double(tokens * heads));
    if (!isSingle)
      std::this_thread::sleep_for(std::chrono::milliseconds(20)); // theirs may spin as well, for a while
  }
  llvm::outs() << llvm::formatv("{0},{1},{2:f3},{3:f3},{4:f2},{5:f2},{6:e1}\n", name, V, median(ours) * 1e6,
                                median(theirs) * 1e6, median(theirs) / median(ours),
                                *llvm::min_element(theirs) / *llvm::min_element(ours), apart / most);
  return !(apart <= 1e-4 * most);
}

} // namespace

int main(int argc, char **argv) {
  StringRef mode = argc > 1 ? argv[1] : "";
  StringRef how = argc > 3 ? argv[3] : "";
  Size size{0, 512, 1};
  auto number = [&](int index, int64_t &value) {
    return argc <= index || (!StringRef(argv[index]).getAsInteger(10, value) && value > 0);
  };
  if (!(mode == "emit" && argc == 4 && (how == "written" || how == "normal")) &&
      !(mode == "compare" && argc >= 5 && argc <= 7 && number(3, size.V) && number(5, size.tokens) &&
        number(6, size.threads)))
    return llvm::errs() << "usage: plain-step emit VARIANT written|normal | compare VARIANT V LIBRARY [TOKENS [THREADS]]\n",
           2;
  braid::cpu::FlushToZero flush;
  DialectRegistry registry;
  registry.insert<arith::ArithDialect, LLVM::LLVMDialect, math::MathDialect, scf::SCFDialect, vector::VectorDialect,
                  attn::AttnDialect>();
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  context.loadAllAvailableDialects();
  OwningOpRef<ModuleOp> module = ModuleOp::create(UnknownLoc::get(&context));
  auto op = attn::importVariant<attn::RecurrenceOp>(*module, argv[2]);
  if (failed(op))
    return 1;
  NormalForm form = normalize(*op);
  if (mode == "compare")
    return compare(context, form, size, argv[4]);
  if (how == "written")
    printPlainC(*op, llvm::outs());
  else
    printPlainC(form, llvm::outs());
  return 0;
}
