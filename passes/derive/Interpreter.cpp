// SPDX-License-Identifier: Apache-2.0
/// \file
/// The float64 interpreter of a step: the region, op by op.
#include "passes/derive/Interpreter.h"

#include <cmath>
#include <deque>
#include <limits>

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

SingleProblem::SingleProblem(const Problem &problem)
    : tokens(problem.tokens), heads(problem.heads), ratio(problem.ratio), K(problem.K), V(problem.V) {
  for (const std::vector<double> &arg : problem.args)
    args.emplace_back(arg.begin(), arg.end());
}

Solution SingleSolution::widened() const {
  Solution solution{{output.begin(), output.end()}, {}};
  for (const std::vector<float> &state : states)
    solution.states.emplace_back(state.begin(), state.end());
  return solution;
}

namespace {

using Numbers = std::vector<double>;

/// The region of a step as a list of what to do with numbered vectors, which keep their memory from token to token.
/// Nothing of the operations is asked while it runs.
class StepInterpreter {
public:
  StepInterpreter(attn::RecurrenceOp op, int64_t K, int64_t V) : K(K), V(V) {
    Block &block = op.getBody().front();
    for (Value arg : block.getArguments())
      add(arg);
    for (Operation &inner : block.without_terminator())
      program.push_back(translate(inner));
    for (Value value : op.getYielded())
      yielded.push_back(numberOf.lookup(value));
  }

  /// The vector of argument `index`, and what the step yields in the place `index`.
  Numbers &argument(unsigned index) { return values[index]; }
  Numbers &result(unsigned index) { return values[yielded[index]]; }

  void run() {
    for (const std::function<void()> &instruction : program)
      instruction();
  }

private:
  unsigned add(Value value) {
    values.emplace_back();
    return numberOf[value] = values.size() - 1;
  }
  Numbers *at(Value value) { return &values[numberOf.lookup(value)]; }

  std::function<void()> translate(Operation &op) {
    Numbers *result = &values[add(op.getResult(0))];
    return llvm::TypeSwitch<Operation &, std::function<void()>>(op)
        .Case([&](attn::DecayOp o) {
          const bool byColumns = isa<attn::ValueType>(o.getGate().getType());
          return [this, result, state = at(o.getState()), gate = at(o.getGate()), byColumns] {
            decay(*result, *state, *gate, byColumns);
          };
        })
        .Case([&](attn::ReadOp o) {
          return [this, result, state = at(o.getState()), key = at(o.getKey())] { read(*result, *state, *key); };
        })
        .Case([&](attn::WriteOp o) {
          return [this, result, state = at(o.getState()), key = at(o.getKey()), value = at(o.getValue())] {
            write(*result, *state, *key, *value);
          };
        })
        .Case([&](attn::AddOp o) { return zip(result, o.getLhs(), o.getRhs(), std::plus<double>()); })
        .Case([&](attn::SubOp o) { return zip(result, o.getLhs(), o.getRhs(), std::minus<double>()); })
        .Case([&](attn::MulOp o) { return zip(result, o.getLhs(), o.getRhs(), std::multiplies<double>()); })
        .Case([&](attn::ScaleOp o) {
          return [result, input = at(o.getInput()), factor = at(o.getFactor())] {
            *result = *input;
            for (double &x : *result)
              x *= (*factor)[0];
          };
        })
        .Case([&](attn::DotOp o) {
          return [result, lhs = at(o.getLhs()), rhs = at(o.getRhs())] {
            double sum = 0;
            for (auto [x, y] : llvm::zip(*lhs, *rhs))
              sum += x * y;
            result->assign(1, sum);
          };
        })
        .Case([&](attn::NegOp o) { return map(result, o.getInput(), std::negate<double>()); })
        .Case([&](attn::MapOp o) {
          return map(result, o.getInput(), [function = o.getFunction()](double x) { return apply(function, x); });
        })
        .Case([&](attn::ConstantOp o) {
          const int64_t width = isa<attn::KeyType>(o.getType()) ? K : isa<attn::ValueType>(o.getType()) ? V : 1;
          result->assign(width, o.getValue().convertToDouble());
          return [] {};
        });
  }

  template <typename Function> std::function<void()> map(Numbers *result, Value input, Function function) {
    return [result, input = at(input), function] {
      result->resize(input->size());
      std::transform(input->begin(), input->end(), result->begin(), function);
    };
  }
  template <typename Function> std::function<void()> zip(Numbers *result, Value lhs, Value rhs, Function function) {
    return [result, lhs = at(lhs), rhs = at(rhs), function] {
      result->resize(lhs->size());
      std::transform(lhs->begin(), lhs->end(), rhs->begin(), result->begin(), function);
    };
  }
  void decay(Numbers &result, const Numbers &state, const Numbers &gate, bool byColumns) {
    const int64_t columns = state.size() / K;
    factors.resize(gate.size());
    std::transform(gate.begin(), gate.end(), factors.begin(), [](double x) { return std::exp(x); });
    result.resize(state.size());
    for (int64_t i = 0; i < K; ++i) {
      const double ofRow = byColumns ? 1 : factors[factors.size() == 1 ? 0 : i];
      for (int64_t j = 0; j < columns; ++j)
        result[i * columns + j] = state[i * columns + j] * (byColumns ? factors[j] : ofRow);
    }
  }
  void read(Numbers &result, const Numbers &state, const Numbers &key) {
    const int64_t columns = state.size() / K;
    result.assign(columns, 0.0);
    for (int64_t i = 0; i < K; ++i)
      for (int64_t j = 0; j < columns; ++j)
        result[j] += state[i * columns + j] * key[i];
  }
  void write(Numbers &result, const Numbers &state, const Numbers &key, const Numbers &value) {
    const int64_t columns = state.size() / K;
    result.resize(state.size());
    for (int64_t i = 0; i < K; ++i)
      for (int64_t j = 0; j < columns; ++j)
        result[i * columns + j] = state[i * columns + j] + key[i] * value[j];
  }

  int64_t K, V;
  std::deque<Numbers> values; ///< which stay where they are
  DenseMap<Value, unsigned> numberOf;
  std::vector<std::function<void()>> program;
  SmallVector<unsigned> yielded;
  Numbers factors;
};

/// Where the rows of an input are, asked once.
struct Rows {
  Rows(attn::RecurrenceOp op, const Problem &problem, unsigned index)
      : first(problem.args[index].data()), width(widthOf(op.getBody().getArgument(index).getType(), problem)),
        perRow(op.hasArgFact(index, "shared") ? problem.ratio : 1),
        perToken(op.hasArgFact(index, "constant") ? 0 : problem.heads / perRow * width) {}
  ArrayRef<double> at(int64_t token, int64_t head) const {
    return {first + token * perToken + head / perRow * width, size_t(width)};
  }

private:
  const double *first;
  int64_t width, perRow, perToken;
};

/// Moves every number by up to a share of it, up and down or up alone.
class Noise {
public:
  Noise(double share, bool isOneWay) : share(share), isOneWay(isOneWay) {}
  void move(Numbers &numbers) {
    for (double &x : numbers) {
      const double part = double(mix(++count) >> 11) * 0x1p-53; // in [0, 1)
      x *= 1 + share * (isOneWay ? part : 2 * part - 1);
    }
  }

private:
  /// SplitMix64 of a count: billions of numbers are needed.
  static uint64_t mix(uint64_t count) {
    uint64_t x = count * 0x9E3779B97F4A7C15;
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9;
    x = (x ^ x >> 27) * 0x94D049BB133111EB;
    return x ^ x >> 31;
  }

  double share;
  bool isOneWay;
  uint64_t count = 0;
};

} // namespace

llvm::Expected<Solution> interpret(attn::RecurrenceOp op, const Problem &problem, double noise, bool isOneWay) {
  if (llvm::Error error = checkProblem(op, problem))
    return error;
  const unsigned states = op.getStateCount(), count = op.getBody().getNumArguments();
  Solution solution;
  solution.output.resize(problem.tokens * problem.heads * problem.V);
  solution.states.assign(problem.args.begin(), problem.args.begin() + states);
  StepInterpreter step(op, problem.K, problem.V);
  Noise rounding(noise, isOneWay);
  SmallVector<Rows> inputs;
  for (unsigned index = states; index < count; ++index)
    inputs.emplace_back(op, problem, index);
  for (int64_t head = 0; head < problem.heads; ++head) {
    auto part = [&](unsigned state) {
      const size_t size = solution.states[state].size() / problem.heads;
      return MutableArrayRef(solution.states[state]).slice(head * size, size);
    };
    for (int64_t token = 0; token < problem.tokens; ++token) {
      for (unsigned index = 0; index < count; ++index) {
        ArrayRef<double> row = index < states ? part(index) : inputs[index - states].at(token, head);
        step.argument(index).assign(row.begin(), row.end());
      }
      step.run();
      for (unsigned state = 0; state < states; ++state) {
        if (noise != 0)
          rounding.move(step.result(state));
        llvm::copy(step.result(state), part(state).begin());
      }
      llvm::copy(step.result(states), solution.output.begin() + (token * problem.heads + head) * problem.V);
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
