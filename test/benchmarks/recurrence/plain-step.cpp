// SPDX-License-Identifier: Apache-2.0
/// \file
/// plain-step emit VARIANT written|normal: prints the step of a variant of the catalogue as plain C, op by op as it is
/// written, or from its normal form.
/// plain-step compare VARIANT V LIBRARY: times the compiled scan and the C of LIBRARY in turn, for 512 tokens, 16 heads
/// and K = 128, on one thread; prints their medians and the least of both, and how far their outputs are apart.
#include "compiler/targets/cpu/RecurrenceRun.h"
#include "test/benchmarks/recurrence/PlainC.h"

#include <ctime>
#include <dlfcn.h>
#include <xmmintrin.h>

using namespace mlir;
using namespace braid;
using namespace braid::cpu;
using namespace braid::derive;

namespace {

double seconds() {
  timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return double(time.tv_sec) + 1e-9 * double(time.tv_nsec);
}
double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + values.size() / 2, values.end());
  return values[values.size() / 2];
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

int compare(MLIRContext &context, const NormalForm &form, int64_t V, const char *library) {
  const int64_t K = 128, tokens = 512, heads = 16;
  void *handle = dlopen(library, RTLD_NOW);
  using Scan = void (*)(int, int, const float *const *, float *const *, float *);
  auto plain = handle ? reinterpret_cast<Scan>(dlsym(handle, "scan")) : nullptr;
  if (!plain)
    return llvm::errs() << library << ": no scan in it\n", 1;
  auto kernel = CompiledRecurrence::create(context, *findIsa("native"), form, K, V, heads, 1);
  if (!kernel)
    return llvm::errs() << llvm::toString(kernel.takeError()) << '\n', 1;
  Problem problem{tokens, heads, 1, K, V, {}};
  fillRandom(form.op, problem, {1, 0.1, 0});
  std::vector<std::unique_ptr<Numbers>> store;
  auto make = [&](size_t count) { return store.emplace_back(std::make_unique<Numbers>(count))->data; };
  std::vector<const float *> args;
  std::vector<float *> states;
  for (auto [index, numbers] : llvm::enumerate(problem.args)) {
    float *data = make(numbers.size());
    if (index < form.decays.size()) {
      states.push_back(data); // zero at first, as for the kernel
      continue;
    }
    llvm::copy(numbers, data);
    args.push_back(data);
  }
  float *state = make(kernel->shape().stateBytes() / 4), *out = make(tokens * heads * V), *want = make(tokens * heads * V);
  auto *scratch = reinterpret_cast<uint8_t *>(make(kernel->scratchBytes(tokens) / 4 + 1));
  braid_call call{};
  call.threads = 1;
  call.parallel = [](void *, braid_task task, const void *args, int64_t n) {
    for (int64_t i = 0; i < n; ++i)
      task(args, i);
  };
  std::vector<double> ours, theirs;
  double apart = 0;
  for (int round = 0; round < 7; ++round) {
    double start = seconds();
    callRecurrence(kernel->function(), call, tokens, args, state, scratch, out);
    double middle = seconds();
    plain(tokens, heads, args.data(), states.data(), want);
    ours.push_back((middle - start) / (tokens * heads) * 1e6);
    theirs.push_back((seconds() - middle) / (tokens * heads) * 1e6);
    double difference = 0, most = 0;
    for (int64_t i = 0; i < tokens * heads * V; ++i) {
      difference = std::max(difference, double(std::abs(out[i] - want[i])));
      most = std::max(most, double(std::abs(want[i])));
    }
    apart = std::max(apart, difference / most);
  }
  llvm::outs() << llvm::formatv("{0},{1},{2:f3},{3:f3},{4:f2},{5:f2},{6:e1}\n", form.op->getAttrOfType<StringAttr>("sym_name").getValue(),
                                V, median(ours), median(theirs), median(theirs) / median(ours),
                                *llvm::min_element(theirs) / *llvm::min_element(ours), apart);
  return !(apart <= 1e-4);
}

} // namespace

int main(int argc, char **argv) {
  StringRef mode = argc > 1 ? argv[1] : "";
  StringRef how = argc > 3 ? argv[3] : "";
  int64_t V = 0;
  if (!(mode == "emit" && argc == 4 && (how == "written" || how == "normal")) &&
      !(mode == "compare" && argc == 5 && !StringRef(argv[3]).getAsInteger(10, V) && V > 0))
    return llvm::errs() << "usage: plain-step emit VARIANT written|normal | compare VARIANT V LIBRARY\n", 2;
  _mm_setcsr(_mm_getcsr() | 0x8040); // subnormals are zero, as in the runtime
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
    return compare(context, form, V, argv[4]);
  if (how == "written")
    printPlainC(*op, llvm::outs());
  else
    printPlainC(form, llvm::outs());
  return 0;
}
