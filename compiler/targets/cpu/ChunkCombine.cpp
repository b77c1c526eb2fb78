// SPDX-License-Identifier: Apache-2.0
/// \file
/// Chunks as affine maps of the states, composed in any order.
#include "compiler/targets/cpu/ChunkRun.h"

#include <cstring>

using namespace mlir;
using namespace braid::derive;
namespace braid::cpu {

namespace {
/// A frame of a function: what nobody has written is NaN.
class Frame {
public:
  explicit Frame(const CompiledTensors &function) : function(function), memory(function.frameBytes + 64, 0xFF) {
    base = reinterpret_cast<uint8_t *>(llvm::alignTo(reinterpret_cast<uintptr_t>(memory.data()), 64));
  }
  void *data() { return base; }
  void put(unsigned argument, ArrayRef<float> numbers) {
    memcpy(base + function.arguments[argument], numbers.data(), 4 * numbers.size());
  }
  std::vector<std::vector<float>> results() const {
    std::vector<std::vector<float>> all;
    for (auto [offset, size] : llvm::zip(function.results, function.resultSizes)) {
      auto *numbers = reinterpret_cast<const float *>(base + offset);
      all.emplace_back(numbers, numbers + size);
    }
    return all;
  }

private:
  const CompiledTensors &function;
  std::vector<uint8_t> memory;
  uint8_t *base;
};
} // namespace

llvm::Expected<CompiledCombine> CompiledCombine::create(MLIRContext &context, const Isa &isa, const NormalForm &form,
                                                        int64_t K, int64_t V, int64_t heads, int64_t ratio,
                                                        int64_t chunk) {
  CompiledCombine result;
  result.layout = {&form, {K, V, ratio, chunk}, heads};
  if (llvm::Error error = result.layout.check())
    return error;
  OwningOpRef<ModuleOp> module = ModuleOp::create(UnknownLoc::get(&context));
  for (auto [derive, place] : {std::pair(&deriveTransition, &result.transition), {&deriveCombine, &result.pair}}) {
    auto function = derive(*module, form, result.layout.shape);
    if (!function)
      return function.takeError();
    auto compiled = CompiledTensors::create(*function, isa);
    if (!compiled)
      return compiled.takeError();
    *place = std::move(*compiled);
  }
  return result;
}

CompiledCombine::Map CompiledCombine::mapOf(ArrayRef<std::vector<float>> inputs, int64_t tokens, int64_t group,
                                            int64_t start) const {
  Frame frame(transition);
  int64_t rows = std::min(layout.shape.tokens, tokens - start);
  layout.load(inputs, tokens, group, start, rows, transition, 0, frame.data());
  transition.call(frame.data(), rows);
  return frame.results();
}

CompiledCombine::Map CompiledCombine::combine(const Map &earlier, const Map &later) const {
  Frame frame(pair);
  for (auto [index, numbers] : llvm::enumerate(earlier))
    frame.put(index, numbers);
  for (auto [index, numbers] : llvm::enumerate(later))
    frame.put(earlier.size() + index, numbers);
  pair.call(frame.data(), 0);
  return frame.results();
}

CompiledCombine::Map CompiledCombine::mapOfAll(ArrayRef<std::vector<float>> inputs, int64_t tokens, int64_t group,
                                               Order order) const {
  std::vector<Map> maps;
  for (int64_t start = 0; start < tokens; start += layout.shape.tokens)
    maps.push_back(mapOf(inputs, tokens, group, start));
  while (maps.size() > 1) {
    std::vector<Map> next;
    size_t pairs = order == Order::Tree ? maps.size() / 2 : 1;
    for (size_t i = 0; i < pairs; ++i)
      next.push_back(combine(maps[2 * i], maps[2 * i + 1]));
    next.insert(next.end(), maps.begin() + 2 * pairs, maps.end());
    maps = std::move(next);
  }
  return std::move(maps.front());
}

std::vector<std::vector<float>> CompiledCombine::states(const SingleProblem &problem, Order order) const {
  const auto &[form, shape, heads] = layout;
  const int64_t count = form->decays.size(), K = shape.K, ratio = shape.ratio;
  const auto inputs = ArrayRef(problem.args).drop_front(count);
  std::vector<std::vector<float>> states(problem.args.begin(), problem.args.begin() + count);
  for (int64_t group = 0; problem.tokens > 0 && group < layout.groups(); ++group) {
    const Map map = mapOfAll(inputs, problem.tokens, group, order);
    unsigned place = 0;
    for (bool ofColumns : {false, true}) {
      SmallVector<int64_t> stacked;
      for (int64_t index = 0; index < count; ++index)
        if (form->isColumn(index) == ofColumns)
          stacked.push_back(index);
      if (stacked.empty())
        continue;
      const int64_t rows = K * stacked.size(), columns = ofColumns ? 1 : shape.V;
      const std::vector<float> &A = map[place], &B = map[place + 1];
      place += 2;
      for (int64_t head = 0; head < ratio; ++head) {
        int64_t first = (group * ratio + head) * K * columns;
        for (int64_t i = 0; i < rows; ++i) {
          auto row = ArrayRef(B).slice((head * rows + i) * columns, columns);
          std::vector<double> sums(row.begin(), row.end());
          for (int64_t j = 0; j < rows; ++j) {
            const double factor = A[(head * rows + i) * rows + j];
            auto before = ArrayRef(problem.args[stacked[j / K]]).slice(first + j % K * columns, columns);
            for (int64_t v = 0; v < columns; ++v)
              sums[v] += factor * before[v];
          }
          llvm::copy(sums, states[stacked[i / K]].begin() + first + i % K * columns);
        }
      }
    }
  }
  return states;
}

} // namespace braid::cpu
