// SPDX-License-Identifier: Apache-2.0
/// \file
/// Makes the inputs of a case.
#include "compiler/certify/Cases.h"

#include <cmath>
#include <random>

using namespace mlir;
using namespace braid::derive;
namespace braid::certify {

namespace {

/// What a variant says of one of its inputs, and where its rows are.
struct Input {
  Input(attn::RecurrenceOp op, const Problem &problem, unsigned index)
      : isKey(isa<attn::KeyType>(op.getBody().getArgument(index).getType())), isLog(op.hasArgFact(index, "log")),
        isConstant(op.hasArgFact(index, "constant")), range(op.getArgRange(index)),
        hasRange(bool(op.getArgFact(index, "range"))),
        row(problem.sizeOf(op, index) / (isConstant ? 1 : std::max<int64_t>(problem.tokens, 1))) {}
  bool isKey, isLog, isConstant;
  std::pair<double, double> range;
  bool hasRange;
  int64_t row; ///< numbers a token
};

/// Other gates than the uniform ones of fillRandom.
void makeBursts(std::vector<double> &gates, uint64_t seed) {
  std::mt19937_64 random(seed);
  for (double &x : gates)
    x = random() % 10 ? 0.0 : -1600.0 * double(random() % 1000) / 1000.0;
}

/// Moves every token's keys to those of the first one, by `share` of the way.
void pullTogether(std::vector<double> &keys, int64_t row, double share) {
  for (size_t i = row; i < keys.size(); ++i)
    keys[i] = share * keys[i % row] + (1 - share) * keys[i];
}

} // namespace

Problem makeProblem(attn::RecurrenceOp op, const Size &size, const Case &which) {
  Problem problem{which.tokens, size.heads, size.ratio, size.K, size.V, {}};
  const double total = which.decays == Decays::Strong ? 1600 : which.decays == Decays::Mild ? 1 : 0;
  fillRandom(op, problem, {which.seed, 2 * total / double(std::max<int64_t>(which.tokens, 1)), 0});
  for (unsigned index = 0; index < problem.args.size(); ++index) {
    std::vector<double> &numbers = problem.args[index];
    if (index < op.getStateCount()) {
      if (which.isFresh)
        std::fill(numbers.begin(), numbers.end(), 0.0);
      continue;
    }
    Input input(op, problem, index);
    if (input.isLog && which.decays == Decays::Bursts)
      makeBursts(numbers, which.seed + index);
    if (input.isLog)
      for (double &x : numbers)
        x = std::max(x, input.range.first);
    if (input.isKey && !input.isLog && !input.isConstant && which.keys != Keys::Random)
      pullTogether(numbers, input.row, which.keys == Keys::Near ? 0.999 : 1);
    if (input.hasRange && !input.isLog && which.isStrong && std::abs(input.range.second) <= 1e3)
      std::fill(numbers.begin(), numbers.end(), input.range.second);
  }
  for (std::vector<double> &numbers : problem.args)
    for (double &x : numbers)
      x = float(x);
  return problem;
}

SmallVector<int64_t> sampleColumns(attn::RecurrenceOp op, int64_t V) {
  bool mixes = false;
  op.walk([&](attn::DotOp dot) { mixes |= isa<attn::ValueType>(dot.getLhs().getType()); });
  SmallVector<int64_t> columns;
  for (int64_t column = 0; column < V; ++column)
    if (mixes || V <= 8 || llvm::is_contained({int64_t(0), int64_t(13), int64_t(31), int64_t(32), int64_t(64), V - 17,
                                              V - 2, V - 1}, column))
      columns.push_back(column);
  return columns;
}

/// The chosen columns of rows of V.
static std::vector<double> take(ArrayRef<double> numbers, int64_t V, ArrayRef<int64_t> columns) {
  std::vector<double> result;
  result.reserve(numbers.size() / V * columns.size());
  for (size_t row = 0; row < numbers.size(); row += V)
    for (int64_t column : columns)
      result.push_back(numbers[row + column]);
  return result;
}

Problem takeColumns(attn::RecurrenceOp op, const Problem &problem, ArrayRef<int64_t> columns) {
  Problem result{problem.tokens, problem.heads, problem.ratio, problem.K, int64_t(columns.size()), problem.args};
  for (BlockArgument arg : op.getBody().getArguments())
    if (isa<attn::StateType, attn::ValueType>(arg.getType()))
      result.args[arg.getArgNumber()] = take(problem.args[arg.getArgNumber()], problem.V, columns);
  return result;
}

Problem takeTokens(attn::RecurrenceOp op, const Problem &problem, int64_t tokens) {
  Problem result = problem;
  result.tokens = tokens;
  for (unsigned index = op.getStateCount(); index < result.args.size(); ++index)
    result.args[index].resize(result.sizeOf(op, index));
  return result;
}

} // namespace braid::certify
