// SPDX-License-Identifier: Apache-2.0
/// \file
/// Chunkwise forms in this process: each chunk of a group of heads is brought into the frame, run, and taken out.
#include "compiler/targets/cpu/ChunkRun.h"

#include <cstring>

using namespace mlir;
using namespace braid::derive;
namespace braid::cpu {

llvm::Error ChunkLayout::check() const {
  if (heads < 1 || shape.ratio < 1 || heads % shape.ratio)
    return llvm::createStringError("expected heads that are a multiple of the ratio");
  return llvm::Error::success();
}

static float *at(void *frame, int64_t offset) {
  return reinterpret_cast<float *>(static_cast<uint8_t *>(frame) + offset);
}

void ChunkLayout::load(ArrayRef<std::vector<float>> inputs, int64_t tokens, int64_t group, int64_t start, int64_t rows,
                       const CompiledTensors &function, unsigned first, void *frame) const {
  attn::RecurrenceOp op = form->op;
  for (auto [number, from] : llvm::enumerate(inputs)) {
    const unsigned index = form->decays.size() + number;
    float *to = at(frame, function.arguments[first + number]);
    bool isShared = op.hasArgFact(index, "shared"), isConstant = op.hasArgFact(index, "constant");
    int64_t rowHeads = isShared ? groups() : heads, own = isShared ? 1 : shape.ratio;
    int64_t width = from.size() / rowHeads / (isConstant ? 1 : tokens);
    if (isConstant) {
      memcpy(to, from.data() + group * own * width, 4 * own * width);
      continue;
    }
    for (int64_t head = 0; head < own; ++head) {
      float *place = to + head * shape.tokens * width;
      for (int64_t row = 0; row < rows; ++row)
        memcpy(place + row * width, from.data() + ((start + row) * rowHeads + group * own + head) * width, 4 * width);
    }
  }
}

llvm::Expected<CompiledChunk> CompiledChunk::create(MLIRContext &context, const Isa &isa, const NormalForm &form,
                                                    int64_t K, int64_t V, int64_t heads, int64_t ratio,
                                                    int64_t chunk, int64_t block) {
  CompiledChunk result;
  result.layout = {&form, {K, V, ratio, chunk, block}, heads};
  if (llvm::Error error = result.layout.check())
    return error;
  OwningOpRef<ModuleOp> module = ModuleOp::create(UnknownLoc::get(&context));
  auto function = deriveChunk(*module, form, result.layout.shape);
  if (!function)
    return function.takeError();
  auto compiled = CompiledTensors::create(*function, isa);
  if (!compiled)
    return compiled.takeError();
  result.function = std::move(*compiled);
  return result;
}

void CompiledChunk::run(ArrayRef<std::vector<float>> inputs, int64_t tokens, std::vector<std::vector<float>> &states,
                        float *output, void *frame) const {
  const auto &[form, shape, heads] = layout;
  const int64_t count = states.size(), ratio = shape.ratio, V = shape.V;
  for (int64_t group = 0; group < layout.groups(); ++group) {
    for (int64_t index = 0; index < count; ++index) {
      int64_t size = states[index].size() / layout.groups();
      memcpy(at(frame, function.arguments[index]), states[index].data() + group * size, 4 * size);
    }
    for (int64_t start = 0; start < tokens; start += shape.tokens) {
      const int64_t rows = std::min(shape.tokens, tokens - start);
      layout.load(inputs, tokens, group, start, rows, function, count, frame);
      function.call(frame, rows);
      for (int64_t head = 0; head < ratio; ++head)
        for (int64_t row = 0; row < rows; ++row)
          memcpy(output + ((start + row) * heads + group * ratio + head) * V,
                 at(frame, function.results.back()) + (head * shape.tokens + row) * V, 4 * V);
      for (int64_t index = 0; index < count; ++index)
        memcpy(at(frame, function.arguments[index]), at(frame, function.results[index]),
               4 * function.resultSizes[index]);
    }
    for (int64_t index = 0; index < count; ++index) {
      int64_t size = states[index].size() / layout.groups();
      memcpy(states[index].data() + group * size, at(frame, function.arguments[index]), 4 * size);
    }
  }
}

void CompiledChunk::run(const SingleProblem &problem, ArrayRef<int64_t> calls, SingleSolution &solution) const {
  const auto &[form, shape, heads] = layout;
  attn::RecurrenceOp op = form->op;
  const unsigned count = form->decays.size();
  const auto inputs = ArrayRef(problem.args).drop_front(count);
  solution.states.assign(problem.args.begin(), problem.args.begin() + count);
  solution.output.resize(problem.tokens * heads * shape.V);
  std::vector<uint8_t> memory(frameBytes() + 64, 0xFF);
  void *frame = reinterpret_cast<void *>(llvm::alignTo(reinterpret_cast<uintptr_t>(memory.data()), 64));
  int64_t token = 0;
  for (int64_t tokens : calls) {
    std::vector<std::vector<float>> part;
    for (auto [index, input] : llvm::enumerate(inputs)) {
      if (op.hasArgFact(count + index, "constant")) {
        part.push_back(input);
        continue;
      }
      int64_t row = input.size() / std::max<int64_t>(problem.tokens, 1);
      part.emplace_back(input.begin() + token * row, input.begin() + (token + tokens) * row);
    }
    run(part, tokens, solution.states, solution.output.data() + token * heads * shape.V, frame);
    token += tokens;
  }
}

Solution CompiledChunk::run(const Problem &problem, ArrayRef<int64_t> calls) const {
  SingleSolution solution;
  run(SingleProblem(problem), calls, solution);
  return solution.widened();
}

} // namespace braid::cpu
