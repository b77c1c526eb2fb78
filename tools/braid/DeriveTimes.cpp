// SPDX-License-Identifier: Apache-2.0
/// \file
/// `braid derive --bench`: what the forms of a variant take.
#include "compiler/targets/cpu/RecurrenceRun.h"
#include "compiler/targets/cpu/bench/BenchPool.h"
#include "tools/braid/Derive.h"
#include "tools/braid/MachineCeilings.h"

#include <chrono>
#include <sched.h>
#include <xmmintrin.h>

using namespace mlir;
using namespace braid::derive;

namespace braid::tools {

namespace {

double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + values.size() / 2, values.end());
  return values[values.size() / 2];
}

/// Memory that kernels may have: page-aligned, zero.
class Buffer {
public:
  explicit Buffer(int64_t bytes)
      : data(static_cast<uint8_t *>(aligned_alloc(4096, llvm::alignTo(std::max<int64_t>(bytes, 1), 4096)))) {
    memset(data, 0, llvm::alignTo(std::max<int64_t>(bytes, 1), 4096));
  }
  ~Buffer() { free(data); }
  Buffer(const Buffer &) = delete;
  float *floats() { return reinterpret_cast<float *>(data); }
  uint8_t *data;
};

/// What was changed for a measurement is as before after it: where threads run, and that subnormals are zero.
class Surroundings {
public:
  Surroundings() : control(_mm_getcsr()) {
    sched_getaffinity(0, sizeof cpus, &cpus);
    _mm_setcsr(control | 0x8040);
  }
  ~Surroundings() {
    _mm_setcsr(control);
    sched_setaffinity(0, sizeof cpus, &cpus);
  }

private:
  unsigned control;
  cpu_set_t cpus;
};

/// Median seconds of a call with `tokens` tokens.
double timeKernel(const cpu::CompiledRecurrence &kernel, const NormalForm &form, const TimeOptions &options,
                  int64_t tokens) {
  Problem problem{tokens, options.heads, 1, options.K, options.V, {}};
  fillRandom(form.op, problem, {1, 0.1, 0});
  std::vector<std::vector<float>> args;
  std::vector<const float *> pointers;
  for (size_t index = form.decays.size(); index < problem.args.size(); ++index)
    args.emplace_back(problem.args[index].begin(), problem.args[index].end());
  for (const std::vector<float> &arg : args)
    pointers.push_back(arg.data());
  Buffer state(kernel.shape().stateBytes()), scratch(kernel.scratchBytes(tokens)),
      out(4 * tokens * options.heads * options.V);
  Surroundings surroundings;
  cpu::BenchPool pool(options.threads);
  braid_call call = pool.call();
  std::vector<double> times;
  const double begin = seconds();
  while (times.size() < 5 || (seconds() - begin < 0.3 && times.size() < 1000)) {
    double start = seconds();
    cpu::callRecurrence(kernel.function(), call, tokens, pointers, state.floats(), scratch.data, out.floats());
    times.push_back(seconds() - start);
  }
  return median(std::move(times));
}

} // namespace

llvm::Expected<std::vector<FormTime>> timeForms(MLIRContext &context, const NormalForm &form,
                                                ArrayRef<std::string> forms, const TimeOptions &options) {
  std::vector<FormTime> result;
  if (!form.hasScan())
    return result;
  std::optional<cpu::Isa> isa = cpu::findIsa("native");
  if (!isa)
    return llvm::createStringError("no code generation for this CPU");
  auto kernel = cpu::CompiledRecurrence::create(context, *isa, form, options.K, options.V, options.heads, 1);
  if (!kernel)
    return kernel.takeError();
  const double K = double(options.K), V = double(options.V);
  for (const std::string &name : forms) {
    const bool isStep = name == "step";
    if (!isStep && name != "scan")
      continue;
    FormTime time{name, isStep ? 1 : options.tokens};
    // A step updates its states, a scan reads its inputs.
    const double bytes = (isStep ? form.stepBytes() : form.scanBytes()).at(K, V);
    const double held = isStep ? form.stateBytes().at(K, V) : bytes * double(time.tokens);
    auto ceilings = MachineCeilings::create(int64_t(held) * options.heads);
    if (!ceilings)
      return ceilings.takeError();
    time.seconds = timeKernel(*kernel, form, options, time.tokens) / double(time.tokens * options.heads);
    time.flops = form.flops().at(K, V) / time.seconds;
    time.bytes = bytes / time.seconds;
    time.peakFlops = (*ceilings)->peak(options.threads, /*isInteger=*/false);
    time.peakBytes =
        isStep ? (*ceilings)->updateBandwidth(options.threads) : (*ceilings)->readBandwidth(options.threads);
    result.push_back(time);
  }
  return result;
}

} // namespace braid::tools
