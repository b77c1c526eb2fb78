// SPDX-License-Identifier: Apache-2.0
/// \file
/// Random inputs of a step, within what its variant says of them.
#include "passes/derive/Interpreter.h"

#include <cmath>
#include <random>

using namespace mlir;
namespace braid::derive {

void fillRandom(attn::RecurrenceOp op, Problem &problem, const RandomOptions &options) {
  std::mt19937_64 random(options.seed);
  std::uniform_real_distribution<double> uniform(0, 1);
  std::normal_distribution<double> normal;
  SmallVector<bool> repeats(problem.tokens, false);
  for (int64_t token = 1; token < problem.tokens; ++token)
    repeats[token] = uniform(random) < options.repeated;
  problem.args.assign(op.getBody().getNumArguments(), {});
  for (BlockArgument arg : op.getBody().getArguments()) {
    unsigned index = arg.getArgNumber();
    std::vector<double> &numbers = problem.args[index];
    numbers.resize(problem.sizeOf(op, index));
    auto [low, high] = op.getArgRange(index);
    bool isLog = op.hasArgFact(index, "log"), isUnit = op.hasArgFact(index, "unit");
    if (!std::isfinite(low) || std::abs(low) > 1e3)
      low = std::isfinite(high) && std::abs(high) < 1e3 ? high - 4 : -4;
    if (!std::isfinite(high) || std::abs(high) > 1e3)
      high = low + 4;
    bool isRange = bool(op.getArgFact(index, "range"));
    for (double &x : numbers)
      x = isLog ? -options.decay * uniform(random) : isRange ? low + (high - low) * uniform(random) : normal(random);
    bool isKey = isa<attn::KeyType>(arg.getType());
    int64_t width = isKey ? problem.K : isa<attn::ValueType>(arg.getType()) ? problem.V : 1;
    if (isUnit || (isKey && !isLog && !isRange)) // keys of a size that keeps inner products near one
      for (auto row = numbers.begin(); row != numbers.end(); row += width) {
        double sum = 1e-6;
        for (int64_t i = 0; i < width; ++i)
          sum += row[i] * row[i];
        for (int64_t i = 0; i < width; ++i)
          row[i] /= std::sqrt(sum);
      }
    if (isKey && !isLog && !op.hasArgFact(index, "constant")) {
      int64_t row = numbers.size() / std::max<int64_t>(problem.tokens, 1);
      for (int64_t token = 1; token < problem.tokens; ++token)
        if (repeats[token])
          std::copy_n(numbers.begin() + (token - 1) * row, row, numbers.begin() + token * row);
    }
  }
}

} // namespace braid::derive
