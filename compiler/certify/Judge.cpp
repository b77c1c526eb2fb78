// SPDX-License-Identifier: Apache-2.0
/// \file
/// Runs the forms on a case, and judges them.
///
/// An f32 form makes some roundings a token. What one of them does to the solution is measured in float64: the inputs
/// are moved by up to one unit in the last place of f32, factors of decays and the states after each token by up to half
/// of one; once each by itself, once all in the same direction. A form may be off by a few times of that, or by the
/// bound.
#include "compiler/certify/Certificate.h"

#include <cmath>
#include <limits>
#include <random>

using namespace mlir;
using namespace braid::derive;
namespace braid::certify {

namespace {

constexpr double kRounding = 0x1p-24, kNarrowRounding = 0x1p-9;
/// Roundings of a token that add up: sums of products are as long as K, and their errors partly cancel. Narrow states
/// are rounded once a token; those of a few tokens may all go one way, or be lost upon larger ones.
constexpr double kRoundings = 16;
/// Where a token's write is made from products with each other token of a chunk of 64, each of them rounded: where these
/// do not decay, as with a strength of 2 and keys that are nearly equal, they add up as the root of their number does.
constexpr double kPairRoundings = 64;
/// Roundings that are the same for every token.
constexpr double kSameRoundings = 4;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Some columns of what has `width` of them.
struct Columns {
  int64_t width;
  ArrayRef<int64_t> chosen;
};

/// What is compared of the numbers of each head.
class HeadErrors {
public:
  explicit HeadErrors(int64_t heads) : differences(heads, 0.0), largest(heads, 1e-30) {} // below that f32 has no digits

  template <typename Number>
  void compare(int64_t head, const Number *got, ArrayRef<int64_t> columns, const double *want) {
    double difference = differences[head], most = largest[head];
    for (auto [i, column] : llvm::enumerate(columns)) {
      const double here = std::abs(double(got[column]) - want[i]);
      difference = std::isfinite(here) ? std::max(difference, here) : kInfinity;
      most = std::max(most, std::abs(want[i]));
    }
    differences[head] = difference;
    largest[head] = most;
  }
  double worst() const {
    double error = 0;
    for (auto [difference, most] : llvm::zip(differences, largest))
      error = std::max(error, difference / most);
    return error;
  }

private:
  SmallVector<double> differences, largest;
};

/// The largest difference of a head's outputs, or of one state, relative to the largest number of `want` there, which
/// has the chosen columns of `got`. Infinite when a number is NaN or infinite, or when sizes differ.
template <typename Got>
double errorOf(attn::RecurrenceOp op, const Got &got, const Columns &columns, const Solution &want, int64_t heads,
               bool hasOutput) {
  /// Rows of one head, then those of the next, or a row of each head in turn.
  auto errorOfRows = [&](const auto &numbers, const Columns &columns, const std::vector<double> &right, bool inTurn) {
    const int64_t count = columns.chosen.size(), rows = right.size() / count;
    if (int64_t(numbers.size()) != rows * columns.width)
      return kInfinity;
    HeadErrors errors(heads);
    for (int64_t row = 0; row < rows; ++row)
      errors.compare(inTurn ? row % heads : row / (rows / heads), numbers.data() + row * columns.width, columns.chosen,
                     right.data() + row * count);
    return errors.worst();
  };
  if (got.states.size() != want.states.size())
    return kInfinity;
  double error = hasOutput ? errorOfRows(got.output, columns, want.output, true) : 0;
  const int64_t zero = 0;
  for (auto [index, state] : llvm::enumerate(want.states)) {
    const bool isColumn = isa<attn::ColumnType>(op.getBody().getArgument(index).getType());
    error = std::max(error, errorOfRows(got.states[index], isColumn ? Columns{1, zero} : columns, state, false));
  }
  return error;
}

/// The same of two solutions of the interpreter.
double errorOf(attn::RecurrenceOp op, const Solution &got, const Solution &want, const Problem &problem) {
  auto all = llvm::to_vector(llvm::seq(problem.V));
  return errorOf(op, got, {problem.V, all}, want, problem.heads, /*hasOutput=*/true);
}

template <typename Some> bool isRepresentable(const Some &solution) {
  auto fits = [](const auto &numbers) { // with room for what lies between states and outputs
    bool all = true;
    for (auto x : numbers)
      all &= std::abs(x) < 1e30f;
    return all;
  };
  return fits(solution.output) && llvm::all_of(solution.states, fits);
}

/// What one rounding of every input and of the states a token does, relative to that rounding of states. Of `kRoundings`
/// of it a form may be off.
llvm::Expected<double> conditionOf(attn::RecurrenceOp op, const Problem &problem, const Solution &want,
                                   bool isNarrow) {
  const double ofStates = isNarrow ? kNarrowRounding : kRounding;
  Problem moved = problem;
  std::mt19937_64 random(1);
  for (auto [index, numbers] : llvm::enumerate(moved.args)) {
    // Half a unit of a decay's factor; where that is the same for all tokens, so is its rounding.
    const bool isLog = op.hasArgFact(index, "log");
    for (double &x : numbers)
      if (isLog)
        x += random() & 1 ? kRounding : -kRounding;
      else
        x *= 1 + 2 * kRounding * (2 * double(random() >> 11) * 0x1p-53 - 1);
  }
  llvm::Expected<Solution> other = interpret(op, moved, ofStates);
  if (!other)
    return other.takeError();
  const double condition = errorOf(op, *other, want, problem) / ofStates;
  // Keys that are repeated are rounded the same way each time: a reflection, which a strength of 2 is, then drifts token
  // by token in one direction. So all numbers are moved the same way as well, narrow states too, which drift where they
  // grow or stay; a few of those roundings are allowed for.
  for (auto [index, numbers] : llvm::enumerate(moved.args)) {
    numbers = problem.args[index];
    if (!op.hasArgFact(index, "log"))
      for (double &x : numbers)
        x *= 1 + kRounding;
  }
  other = interpret(op, moved, isNarrow ? ofStates : 0, /*isOneWay=*/true);
  if (!other)
    return other.takeError();
  return std::max(condition,
                  errorOf(op, *other, want, problem) / ofStates * kSameRoundings / kRoundings);
}

std::string describe(ArrayRef<int64_t> calls) {
  if (calls.size() == 1)
    return "one call";
  std::string text = "calls of ";
  for (auto [index, tokens] : llvm::enumerate(calls.take_front(8)))
    text += (index ? ", " : "") + std::to_string(tokens);
  return text + (calls.size() > 8 ? ", ..." : "") + " tokens";
}

} // namespace

llvm::Error certifyCase(attn::RecurrenceOp op, const Size &size, const Case &whole, ArrayRef<CompiledForm> forms,
                        ArrayRef<Certificate *> certificates) {
  Problem problem = makeProblem(op, size, whole);
  const SmallVector<int64_t> columns = sampleColumns(op, size.V);
  Problem sample = takeColumns(op, problem, columns);
  llvm::Expected<Solution> want = interpret(op, sample);
  Case which = whole;
  while (want && !isRepresentable(*want) && which.tokens / 2 >= kLeastTokens) {
    which.tokens /= 2;
    problem = takeTokens(op, problem, which.tokens);
    sample = takeColumns(op, problem, columns);
    want = interpret(op, sample);
  }
  if (!want)
    return want.takeError();
  const bool isDefined = isRepresentable(*want), isShort = which.tokens != whole.tokens;
  std::string text = describe(size, whole);
  if (isShort)
    text += ", its first " + std::to_string(which.tokens) + " tokens";
  std::vector<std::vector<int64_t>> cuts = {{which.tokens}};
  llvm::append_range(cuts, cutsOf(which));
  std::optional<double> conditions[2];
  const SingleProblem rounded(problem);
  SingleSolution got;
  for (auto [form, certificate] : llvm::zip(forms, certificates)) {
    if (isShort && certificate->growth.empty())
      certificate->growth = text;
    std::optional<double> &condition = conditions[form.isNarrow];
    const double roundings = (form.sumsPairs ? kPairRoundings : kRoundings) *
                             (form.isNarrow ? kNarrowRounding : kRounding);
    const double bound = certificate->bound();
    for (const std::vector<int64_t> &calls : cuts) {
      if (calls.size() > 1 && int64_t(calls.size()) > form.mostCalls)
        continue;
      auto where = [&] { return text + ", " + describe(calls); };
      auto fault = [&, certificate = certificate, &form = form](const Twine &what) {
        if (certificate->faults.size() < kMostFaults)
          certificate->faults.push_back((form.form + " on " + form.isa + ": " + where() + ": " + what).str());
      };
      ++certificate->runs;
      if (!isDefined) {
        certificate->error = kInfinity;
        certificate->worst = where();
        fault("the step itself leaves the range of f32");
        break;
      }
      if (llvm::Error problem = form.run(rounded, calls, got)) {
        certificate->error = kInfinity;
        certificate->worst = where();
        fault(llvm::toString(std::move(problem)));
        continue;
      }
      if (!form.givesOutput)
        got.output.clear();
      const double error = isRepresentable(got) // of all columns
                               ? errorOf(op, got, {size.V, columns}, *want, size.heads, form.givesOutput)
                               : kInfinity;
      if (error > bound && !condition) {
        llvm::Expected<double> measured = conditionOf(op, sample, *want, form.isNarrow);
        if (!measured)
          return measured.takeError();
        condition = *measured;
      }
      if (error > certificate->error || certificate->worst.empty()) {
        certificate->error = error;
        certificate->worst = where();
        certificate->condition = error > bound ? *condition : 0;
      }
      if (!(error <= bound) && !(error <= roundings * *condition))
        fault(std::isfinite(error) ? llvm::formatv("relative error {0:e1}, expected at most {1:e1} (condition {2:f1})",
                                                   error, std::max(bound, roundings * *condition), *condition)
                                         .str()
                                   : std::string("NaN or infinity, expected finite numbers"));
    }
  }
  return llvm::Error::success();
}

} // namespace braid::certify
