// SPDX-License-Identifier: Apache-2.0
/// \file
/// The float64 interpreter of a step: the region, op by op.
#include "passes/derive/Interpreter.h"

#include <cmath>
#include <limits>
#include <random>

using namespace mlir;
namespace braid::derive {

static int64_t widthOf(Type type, const Problem &problem) {
  return isa<attn::KeyType>(type) ? problem.K : isa<attn::ValueType>(type) ? problem.V : 1;
}

int64_t Problem::sizeOf(attn::RecurrenceOp op, unsigned index) const {
  Type type = op.getBody().getArgument(index).getType();
  if (isa<attn::StateType>(type))
    return heads * K * V;
  if (isa<attn::ColumnType>(type))
    return heads * K;
  return (op.hasArgFact(index, "constant") ? 1 : tokens) * (op.hasArgFact(index, "shared") ? heads / ratio : heads) *
         widthOf(type, *this);
}

const double *Problem::at(attn::RecurrenceOp op, unsigned index, int64_t token, int64_t head) const {
  bool isShared = op.hasArgFact(index, "shared");
  int64_t rows = isShared ? heads / ratio : heads, row = isShared ? head / ratio : head;
  if (op.hasArgFact(index, "constant"))
    token = 0;
  return args[index].data() + (token * rows + row) * widthOf(op.getBody().getArgument(index).getType(), *this);
}

llvm::Error checkProblem(attn::RecurrenceOp op, const Problem &problem) {
  auto error = [](const Twine &text) { return llvm::createStringError(text); };
  if (problem.tokens < 0 || problem.heads < 1 || problem.ratio < 1 || problem.K < 1 || problem.V < 1 ||
      problem.heads % problem.ratio)
    return error("expected positive sizes, and heads that are a multiple of the ratio");
  if (problem.args.size() != op.getBody().getNumArguments())
    return error("expected " + Twine(op.getBody().getNumArguments()) + " arguments, got " + Twine(problem.args.size()));
  for (auto [index, arg] : llvm::enumerate(problem.args))
    if (int64_t size = problem.sizeOf(op, index); int64_t(arg.size()) != size)
      return error("expected " + Twine(size) + " numbers for '" + op.getArgName(index) + "', got " +
                   Twine(arg.size()));
  return llvm::Error::success();
}

namespace {

using Numbers = std::vector<double>;

/// One token of one head.
class StepInterpreter {
public:
  StepInterpreter(int64_t K, int64_t V) : K(K), V(V) {}

  std::map<void *, Numbers> values;
  Numbers &operator[](Value value) { return values[value.getAsOpaquePointer()]; }

  void run(Operation &op) {
    Numbers &result = (*this)[op.getResult(0)];
    llvm::TypeSwitch<Operation &>(op)
        .Case([&](attn::DecayOp o) {
          result = decay((*this)[o.getState()], (*this)[o.getGate()], isa<attn::ValueType>(o.getGate().getType()));
        })
        .Case([&](attn::ReadOp o) { result = read((*this)[o.getState()], (*this)[o.getKey()]); })
        .Case([&](attn::WriteOp o) {
          result = write((*this)[o.getState()], (*this)[o.getKey()], (*this)[o.getValue()]);
        })
        .Case([&](attn::AddOp o) { result = zip(o.getLhs(), o.getRhs(), std::plus<double>()); })
        .Case([&](attn::SubOp o) { result = zip(o.getLhs(), o.getRhs(), std::minus<double>()); })
        .Case([&](attn::MulOp o) { result = zip(o.getLhs(), o.getRhs(), std::multiplies<double>()); })
        .Case([&](attn::ScaleOp o) {
          result = (*this)[o.getInput()];
          double factor = (*this)[o.getFactor()][0];
          for (double &x : result)
            x *= factor;
        })
        .Case([&](attn::DotOp o) {
          double sum = 0;
          for (double x : zip(o.getLhs(), o.getRhs(), std::multiplies<double>()))
            sum += x;
          result = {sum};
        })
        .Case([&](attn::NegOp o) {
          result = (*this)[o.getInput()];
          for (double &x : result)
            x = -x;
        })
        .Case([&](attn::MapOp o) {
          result = (*this)[o.getInput()];
          for (double &x : result)
            x = apply(o.getFunction(), x);
        })
        .Case([&](attn::ConstantOp o) {
          int64_t width = isa<attn::KeyType>(o.getType()) ? K : isa<attn::ValueType>(o.getType()) ? V : 1;
          result.assign(width, o.getValue().convertToDouble());
        });
  }

private:
  template <typename Function> Numbers zip(Value lhs, Value rhs, Function function) {
    Numbers result = (*this)[lhs], &other = (*this)[rhs];
    for (size_t i = 0; i < result.size(); ++i)
      result[i] = function(result[i], other[i]);
    return result;
  }
  Numbers decay(Numbers state, const Numbers &gate, bool byColumns) {
    int64_t columns = state.size() / K;
    Numbers factors;
    for (double x : gate)
      factors.push_back(std::exp(x));
    for (int64_t i = 0; i < K; ++i)
      for (int64_t j = 0; j < columns; ++j)
        state[i * columns + j] *= factors[factors.size() == 1 ? 0 : byColumns ? j : i];
    return state;
  }
  Numbers read(const Numbers &state, const Numbers &key) {
    int64_t columns = state.size() / K;
    Numbers result(columns, 0.0);
    for (int64_t i = 0; i < K; ++i)
      for (int64_t j = 0; j < columns; ++j)
        result[j] += state[i * columns + j] * key[i];
    return result;
  }
  Numbers write(Numbers state, const Numbers &key, const Numbers &value) {
    int64_t columns = state.size() / K;
    for (int64_t i = 0; i < K; ++i)
      for (int64_t j = 0; j < columns; ++j)
        state[i * columns + j] += key[i] * value[j];
    return state;
  }

  int64_t K, V;
};

} // namespace

llvm::Expected<Solution> interpret(attn::RecurrenceOp op, const Problem &problem, double noise, bool isOneWay) {
  if (llvm::Error error = checkProblem(op, problem))
    return error;
  Block &block = op.getBody().front();
  unsigned states = op.getStateCount();
  std::mt19937_64 random;
  Solution solution;
  solution.output.resize(problem.tokens * problem.heads * problem.V);
  solution.states.assign(problem.args.begin(), problem.args.begin() + states);
  for (int64_t head = 0; head < problem.heads; ++head) {
    StepInterpreter step(problem.K, problem.V);
    auto part = [&](unsigned state) {
      int64_t size = solution.states[state].size() / problem.heads;
      return std::pair(solution.states[state].begin() + head * size, size);
    };
    for (int64_t token = 0; token < problem.tokens; ++token) {
      for (BlockArgument arg : block.getArguments()) {
        if (arg.getArgNumber() < states) {
          auto [begin, size] = part(arg.getArgNumber());
          step[arg].assign(begin, begin + size);
        } else {
          const double *begin = problem.at(op, arg.getArgNumber(), token, head);
          step[arg].assign(begin, begin + widthOf(arg.getType(), problem));
        }
      }
      for (Operation &inner : block.without_terminator())
        step.run(inner);
      OperandRange yielded = op.getYielded();
      for (unsigned state = 0; state < states; ++state) {
        if (noise != 0)
          for (double &x : step[yielded[state]]) {
            const double share = double(random() >> 11) * 0x1p-53; // in [0, 1)
            x *= 1 + noise * (isOneWay ? share : 2 * share - 1);
          }
        llvm::copy(step[yielded[state]], part(state).first);
      }
      llvm::copy(step[yielded.back()], solution.output.begin() + (token * problem.heads + head) * problem.V);
    }
  }
  return solution;
}

double relativeError(const Solution &got, const Solution &want) {
  double difference = 0, largest = std::numeric_limits<double>::min();
  auto compare = [&](const Numbers &x, const Numbers &y) {
    if (x.size() != y.size())
      difference = std::numeric_limits<double>::infinity();
    for (size_t i = 0; i < std::min(x.size(), y.size()); ++i) {
      double here = std::abs(x[i] - y[i]);
      difference = std::isfinite(here) ? std::max(difference, here) : std::numeric_limits<double>::infinity();
      largest = std::max(largest, std::abs(y[i]));
    }
  };
  compare(got.output, want.output);
  if (got.states.size() != want.states.size())
    return std::numeric_limits<double>::infinity();
  for (auto [x, y] : llvm::zip(got.states, want.states))
    compare(x, y);
  return difference / largest;
}

} // namespace braid::derive
