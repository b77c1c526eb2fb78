// SPDX-License-Identifier: Apache-2.0
/// \file
/// Runs and compares.
#include "compiler/numerics/Session.h"

#include <atomic>
#include <bit>
#include <cmath>
#include <cstring>
#include <thread>

using namespace mlir;
using namespace braid::graph;
namespace braid::numerics {

int64_t Script::position(size_t call) const {
  int64_t at = start;
  for (int64_t count : ArrayRef<int64_t>(tokens).take_front(call))
    at += count;
  return at;
}

/// Ids that every table which reads them has.
static int64_t vocabularyOf(Value ids) {
  int64_t size = 1 << 15;
  for (Operation *user : ids.getUsers())
    if (auto embed = dyn_cast<EmbedOp>(user))
      size = std::min(size, embed.getTable().getType().getShape()[0]);
  return size;
}

Inputs makeInputs(const Script &script, InputKind kind) {
  Inputs inputs;
  Random random(seedOf(const_cast<func::FuncOp &>(script.function).getName()) + uint64_t(kind));
  auto keep = [&](const auto &values) {
    auto *first = reinterpret_cast<const uint8_t *>(values.data());
    inputs.emplace_back(first, first + values.size() * sizeof(values[0]));
  };
  for (int64_t count : script.tokens)
    for (BlockArgument argument : const_cast<func::FuncOp &>(script.function).getArguments())
      if (auto type = dyn_cast<RankedTensorType>(argument.getType())) {
        if (type.getElementType().isF32())
          keep(makeTokens(kind, count, type.getDimSize(1), random));
        else
          keep(makeIds(kind, count, vocabularyOf(argument), random));
      }
  return inputs;
}

static void runInOrder(void *, braid_task task, const void *args, int64_t n) {
  for (int64_t i = 0; i < n; ++i)
    task(args, i);
}

static void runOnThreads(void *, braid_task task, const void *args, int64_t n) {
  std::atomic<int64_t> next = 0;
  auto work = [&] {
    for (int64_t i; (i = next++) < n;)
      task(args, i);
  };
  std::vector<std::thread> helpers;
  for (int64_t i = 1; i < std::min<int64_t>(n, 3); ++i)
    helpers.emplace_back(work);
  work();
  for (std::thread &helper : helpers)
    helper.join();
}

namespace {
/// The memory of one state, as the runtime sizes it.
struct State {
  Buffer memory;
  braid_state entry;

  State(SessionState type, const cpu::StateLayout &layout, const Script &script)
      : memory((layout.fixed ? 1 : layout.planes * rows(type, script)) * layout.rowBytes),
        entry{memory.data(), layout.fixed ? 0 : rows(type, script)} {}
  static int64_t rows(SessionState type, const Script &script) {
    int64_t all = llvm::alignTo(script.position(script.tokens.size()), 16);
    return type.getWindow() ? std::min(all, braid_ring_rows(type.getWindow(), script.maxTokens())) : all;
  }
};
} // namespace

FailureOr<Outputs> run(Program &program, const Form &form, const Script &script, const Inputs &inputs,
                       Threads threads) {
  func::FuncOp function = script.function;
  std::vector<std::unique_ptr<State>> states;
  for (Type type : function.getArgumentTypes())
    if (auto state = dyn_cast<SessionState>(type))
      states.push_back(std::make_unique<State>(state, cpu::stateLayout(state, form.select), script));
  constexpr int64_t kGuard = 64; // numbers behind each result that stay as they are
  const float unwritten = std::bit_cast<float>(kUnwritten);
  Outputs outputs;
  size_t input = 0;
  for (auto [index, count] : llvm::enumerate(script.tokens)) {
    braid_call call = {};
    call.parallel = threads == Threads::One ? runInOrder : runOnThreads;
    call.threads = threads == Threads::One ? 1 : 3;
    call.count = count;
    call.position = script.position(index);
    call.logit_rows = std::min(script.rows, count);
    SmallVector<const void *> operands;
    std::vector<std::unique_ptr<Buffer>> arguments;
    size_t state = 0, indices = 0;
    for (Type type : function.getArgumentTypes()) {
      if (isa<SessionState>(type)) {
        operands.push_back(&states[state++]->entry);
      } else if (type.isIndex()) {
        operands.push_back(reinterpret_cast<const void *>(indices++ ? call.logit_rows : call.position));
      } else if (isa<RankedTensorType>(type)) {
        const std::vector<uint8_t> &bytes = inputs[input++];
        arguments.push_back(std::make_unique<Buffer>(bytes.size()));
        std::memcpy(arguments.back()->data(), bytes.data(), bytes.size());
        operands.push_back(arguments.back()->data());
      }
    }
    std::vector<std::pair<std::unique_ptr<Buffer>, int64_t>> results;
    for (Type type : function.getResultTypes())
      if (auto tensor = dyn_cast<RankedTensorType>(type)) {
        int64_t size = count * tensor.getDimSize(1);
        results.emplace_back(std::make_unique<Buffer>((size + kGuard) * 4), size);
        auto *numbers = reinterpret_cast<float *>(results.back().first->data());
        std::fill_n(numbers, size + kGuard, unwritten);
        operands.push_back(numbers);
      }
    program.call(function.getName(), call, operands);
    for (auto &[buffer, size] : results) {
      auto *numbers = reinterpret_cast<const float *>(buffer->data());
      outputs.emplace_back(numbers, numbers + size);
      if (llvm::all_of(outputs.back(), [](float x) { return std::bit_cast<uint32_t>(x) == kUnwritten; }))
        return function.emitError() << form.name() << ": expected a call of " << count
                                    << " tokens to write each result, got one without a number";
      for (int64_t i = size; i < size + kGuard; ++i)
        if (std::bit_cast<uint32_t>(numbers[i]) != kUnwritten)
          return function.emitError() << form.name() << ": expected a call of " << count
                                      << " tokens to write " << size << " numbers, got a write of number " << i;
    }
  }
  return std::move(outputs);
}

/// Walks both runs token by token: differs(got, want, features) gives the feature that is wrong, or -1.
static std::optional<std::string>
findDifference(const Script &script, const Outputs &got, const Outputs &want,
               llvm::function_ref<int64_t(const float *, const float *, int64_t)> differs) {
  SmallVector<int64_t> widths;
  for (Type type : const_cast<func::FuncOp &>(script.function).getResultTypes())
    if (auto tensor = dyn_cast<RankedTensorType>(type))
      widths.push_back(tensor.getDimSize(1));
  for (auto [index, pair] : llvm::enumerate(llvm::zip(got, want))) {
    auto &[a, b] = pair;
    int64_t width = widths[index % widths.size()], call = index / widths.size();
    for (int64_t t = 0; t < script.tokens[call]; ++t)
      if (int64_t f = differs(&a[t * width], &b[t * width], width); f >= 0)
        return llvm::formatv("call {0} ({1} tokens at position {2}): result {3} at [{4}, {5}]: expected {6}, got {7}",
                             call, script.tokens[call], script.position(call), index % widths.size(), t, f,
                             b[t * width + f], a[t * width + f])
            .str();
  }
  return std::nullopt;
}

static bool sameBits(float a, float b) { return std::bit_cast<uint32_t>(a) == std::bit_cast<uint32_t>(b); }

std::optional<std::string> compareBits(const Script &script, const Outputs &got, const Outputs &want) {
  return findDifference(script, got, want, [](const float *a, const float *b, int64_t width) -> int64_t {
    for (int64_t f = 0; f < width; ++f)
      if (!sameBits(a[f], b[f]))
        return f;
    return -1;
  });
}

std::optional<std::string> compare(const Script &script, const Outputs &got, const Outputs &want, double tolerance,
                                   double &worst) {
  return findDifference(script, got, want, [&](const float *a, const float *b, int64_t width) -> int64_t {
    double scale = 1e-30;
    for (int64_t f = 0; f < width; ++f)
      if (std::isfinite(b[f]))
        scale = std::max(scale, std::abs(double(b[f])));
    for (int64_t f = 0; f < width; ++f) {
      if (sameBits(a[f], b[f])) // also what neither wrote
        continue;
      double error = std::abs(double(a[f]) - b[f]) / scale;
      if (!(error <= tolerance))
        return f;
      worst = std::max(worst, error);
    }
    return -1;
  });
}

} // namespace braid::numerics
