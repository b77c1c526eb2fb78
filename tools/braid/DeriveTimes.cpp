// SPDX-License-Identifier: Apache-2.0
/// \file
/// `braid derive --bench`: what the forms of a variant take.
#include "compiler/targets/cpu/ChunkRun.h"
#include "compiler/targets/cpu/FlushToZero.h"
#include "compiler/targets/cpu/RecurrenceRun.h"
#include "compiler/targets/cpu/StepRun.h"
#include "compiler/targets/cpu/bench/Measure.h"
#include "tools/braid/Derive.h"
#include "tools/braid/MachineCeilings.h"

using namespace mlir;
using namespace braid::derive;
using braid::cpu::median, braid::cpu::seconds;

namespace braid::tools {

namespace {

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

/// Median seconds of a call.
double timeCalls(llvm::function_ref<void()> call) {
  std::vector<double> times;
  const double begin = seconds();
  while (times.size() < 5 || (seconds() - begin < 0.3 && times.size() < 1000)) {
    double start = seconds();
    call();
    times.push_back(seconds() - start);
  }
  return median(std::move(times));
}

/// Random inputs in f32, as the forms take them: states, then what tokens bring.
struct Inputs {
  Inputs(const NormalForm &form, const TimeOptions &options, int64_t tokens)
      : problem{tokens, options.heads, 1, options.K, options.V, {}} {
    attn::RecurrenceOp op = form.op;
    fillRandom(op, problem, {1, 0.1, 0});
    for (auto [index, arg] : llvm::enumerate(problem.args))
      (index < op.getStateCount() ? states : args).emplace_back(arg.begin(), arg.end());
    for (const std::vector<float> &arg : args)
      pointers.push_back(arg.data());
  }

  Problem problem;
  std::vector<std::vector<float>> states, args;
  std::vector<const float *> pointers;
};

/// Seconds of a call with `tokens` tokens of the kernel of step and scan.
double timeKernel(const cpu::CompiledRecurrence &kernel, const NormalForm &form, const TimeOptions &options,
                  int64_t tokens) {
  const Inputs inputs(form, options, tokens);
  Buffer state(kernel.shape().stateBytes()), scratch(kernel.scratchBytes(tokens)),
      out(4 * tokens * options.heads * options.V);
  cpu::FlushToZero flush;
  cpu::BenchPool pool(options.threads);
  braid_call call = pool.call();
  return timeCalls(
      [&] { kernel.call(call, tokens, inputs.pointers, state.floats(), scratch.data, out.floats()); });
}

llvm::Expected<double> timeChunk(MLIRContext &context, const cpu::Isa &isa, const NormalForm &form,
                                 const TimeOptions &options) {
  auto chunk = cpu::CompiledChunk::create(context, isa, form, options.K, options.V, options.heads, 1);
  if (!chunk)
    return chunk.takeError();
  Inputs inputs(form, options, options.tokens);
  Buffer frame(chunk->frameBytes()), out(4 * options.tokens * options.heads * options.V);
  cpu::FlushToZero flush;
  return timeCalls([&] { chunk->run(inputs.args, options.tokens, inputs.states, out.floats(), frame.data); });
}

llvm::Expected<double> timeCombine(MLIRContext &context, const cpu::Isa &isa, const NormalForm &form,
                                   const TimeOptions &options) {
  auto combine = cpu::CompiledCombine::create(context, isa, form, options.K, options.V, options.heads, 1);
  if (!combine)
    return combine.takeError();
  const Inputs inputs(form, options, options.tokens);
  cpu::FlushToZero flush;
  return timeCalls([&] {
    for (int64_t group = 0; group < combine->groups(); ++group)
      combine->mapOfAll(inputs.args, options.tokens, group, cpu::CompiledCombine::Order::Tree);
  });
}

/// Seconds of a call with one token of the step as it is written.
llvm::Expected<double> timeWritten(MLIRContext &context, const cpu::Isa &isa, const NormalForm &form,
                                   const TimeOptions &options) {
  auto step = cpu::CompiledStep::create(context, isa, form.op, options.K, options.V, options.heads, 1);
  if (!step)
    return step.takeError();
  const Inputs inputs(form, options, 1);
  Buffer state(4 * step->stateSize()), out(4 * options.heads * options.V);
  cpu::FlushToZero flush;
  return timeCalls([&] { step->call(1, inputs.pointers, state.floats(), out.floats()); });
}

/// What the machine could do for a step, which updates its states, or a scan, which reads its inputs.
llvm::Error addCeilings(FormTime &time, const NormalForm &form, const TimeOptions &options) {
  const double K = double(options.K), V = double(options.V);
  const bool isStep = time.form == "step", isKernel = isStep || time.form == "scan";
  const double bytes = (isStep ? form.stepBytes() : form.scanBytes()).at(K, V);
  const double held = isStep ? form.stateBytes().at(K, V) : bytes * double(time.tokens);
  auto ceilings = MachineCeilings::create(int64_t(held) * options.heads);
  if (!ceilings)
    return ceilings.takeError();
  time.flops = form.flops().at(K, V) / time.seconds;
  time.peakFlops = (*ceilings)->peak(time.threads, MachineCeilings::Arithmetic::F32);
  if (isKernel) {
    time.bytes = bytes / time.seconds;
    time.peakBytes = isStep ? (*ceilings)->updateBandwidth(time.threads) : (*ceilings)->readBandwidth(time.threads);
  }
  return llvm::Error::success();
}

} // namespace

llvm::Expected<std::vector<FormTime>> timeForms(MLIRContext &context, const NormalForm &form,
                                                ArrayRef<std::string> forms, const TimeOptions &options) {
  std::optional<cpu::Isa> isa = cpu::findIsa("native");
  if (!isa)
    return llvm::createStringError("no code generation for this CPU");
  std::optional<cpu::CompiledRecurrence> kernel;
  if (form.hasScan()) {
    auto compiled = cpu::CompiledRecurrence::create(context, *isa, form, options.K, options.V, options.heads, 1);
    if (!compiled)
      return compiled.takeError();
    kernel = std::move(*compiled);
  }
  std::vector<FormTime> result;
  for (const std::string &name : forms) {
    const bool isKernel = kernel && (name == "step" || name == "scan");
    FormTime time{name, name == "step" ? 1 : options.tokens, isKernel ? options.threads : 1};
    llvm::Expected<double> call = isKernel            ? timeKernel(*kernel, form, options, time.tokens)
                                  : name == "chunk"   ? timeChunk(context, *isa, form, options)
                                  : name == "combine" ? timeCombine(context, *isa, form, options)
                                                      : timeWritten(context, *isa, form, options);
    if (!call)
      return call.takeError();
    time.seconds = *call / double(time.tokens * options.heads);
    if (form.hasScan() && name != "combine") // which makes no outputs
      if (llvm::Error error = addCeilings(time, form, options))
        return error;
    result.push_back(time);
  }
  return result;
}

} // namespace braid::tools
