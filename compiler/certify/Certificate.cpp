// SPDX-License-Identifier: Apache-2.0
/// \file
/// Runs the cases and judges the forms.
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
/// Roundings that are the same for every token.
constexpr double kSameRoundings = 4;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Numbers of a head: rows of `width` numbers, `heads` of them a token.
double errorOfHead(ArrayRef<double> got, ArrayRef<double> want, int64_t heads, int64_t head) {
  double difference = 0, largest = 1e-30; // below that f32 has no digits
  int64_t width = want.size() / heads;
  for (int64_t i = head * width; i < (head + 1) * width; ++i) {
    double here = std::abs(got[i] - want[i]);
    if (!std::isfinite(here))
      return kInfinity;
    difference = std::max(difference, here);
    largest = std::max(largest, std::abs(want[i]));
  }
  return difference / largest;
}

/// [tokens][heads][width] -> [heads][tokens][width].
std::vector<double> byHeads(ArrayRef<double> numbers, int64_t tokens, int64_t heads) {
  std::vector<double> result;
  int64_t width = tokens ? numbers.size() / (tokens * heads) : 0;
  for (int64_t head = 0; head < heads; ++head)
    for (int64_t token = 0; token < tokens; ++token) {
      auto row = numbers.slice((token * heads + head) * width, width);
      result.insert(result.end(), row.begin(), row.end());
    }
  return result;
}

} // namespace

double errorOf(const Solution &got, const Solution &want, int64_t tokens, int64_t heads) {
  if (got.output.size() != want.output.size() || got.states.size() != want.states.size())
    return kInfinity;
  double error = 0;
  std::vector<double> o = byHeads(got.output, tokens, heads), p = byHeads(want.output, tokens, heads);
  for (int64_t head = 0; head < heads; ++head) {
    error = std::max(error, errorOfHead(o, p, heads, head));
    for (auto [x, y] : llvm::zip(got.states, want.states))
      error = std::max(error, x.size() == y.size() ? errorOfHead(x, y, heads, head) : kInfinity);
  }
  return error;
}

namespace {

bool isRepresentable(const Solution &solution) {
  auto fits = [](ArrayRef<double> numbers) { // with room for what lies between states and outputs
    return llvm::all_of(numbers, [](double x) { return std::abs(x) < 1e30; });
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
  const double condition = errorOf(*other, want, problem.tokens, problem.heads) / ofStates;
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
                  errorOf(*other, want, problem.tokens, problem.heads) / ofStates * kSameRoundings / kRoundings);
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
  for (auto [form, certificate] : llvm::zip(forms, certificates)) {
    if (isShort && certificate->growth.empty())
      certificate->growth = text;
    std::optional<double> &condition = conditions[form.isNarrow];
    const double roundings = kRoundings * (form.isNarrow ? kNarrowRounding : kRounding), bound = certificate->bound();
    const Solution wanted{form.givesOutput ? want->output : std::vector<double>(), want->states};
    for (const std::vector<int64_t> &calls : cuts) {
      if (calls.size() > 1 && !form.takesCuts)
        break;
      std::string where = text + ", " + describe(calls);
      auto fault = [&, certificate = certificate, &form = form](const Twine &what) {
        if (certificate->faults.size() < 5)
          certificate->faults.push_back((form.form + " on " + form.isa + ": " + where + ": " + what).str());
      };
      ++certificate->runs;
      if (!isDefined) {
        certificate->error = kInfinity;
        certificate->worst = where;
        fault("the step itself leaves the range of f32");
        break;
      }
      llvm::Expected<Solution> got = form.run(problem, calls);
      if (!got) {
        certificate->error = kInfinity;
        certificate->worst = where;
        fault(llvm::toString(got.takeError()));
        continue;
      }
      double error = isRepresentable(*got) // of all columns
                         ? errorOf(takeColumns(op, *got, size.V, columns), wanted, which.tokens, size.heads)
                         : kInfinity;
      if (error > bound && !condition) {
        llvm::Expected<double> measured = conditionOf(op, sample, *want, form.isNarrow);
        if (!measured)
          return measured.takeError();
        condition = *measured;
      }
      if (error > certificate->error || certificate->worst.empty()) {
        certificate->error = error;
        certificate->worst = where;
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

llvm::Expected<std::vector<Certificate>> certify(MLIRContext &context, const NormalForm &form,
                                                 const CertifyOptions &options) {
  // Chunk and combine take seconds to compile.
  auto isSlow = [](StringRef name) { return name == "chunk" || name == "combine"; };
  const bool isQuick = options.depth == Depth::Quick;
  std::vector<std::string> names = options.forms;
  if (names.empty())
    for (StringRef name : formsOf(form))
      if (!isQuick || !isSlow(name))
        names.push_back(name.str());
  std::vector<std::string> fast, slow;
  for (const std::string &name : names)
    (isSlow(name) ? slow : fast).push_back(name);
  SmallVector<cpu::Isa> levels = levelsHere();
  std::vector<Certificate> result;
  auto find = [&](const CompiledForm &compiled) -> size_t {
    for (size_t i = 0; i < result.size(); ++i)
      if (result[i].form == compiled.form && result[i].isa == compiled.isa &&
          result[i].precision == compiled.precision())
        return i;
    result.push_back({compiled.form, compiled.isa, compiled.precision()});
    return result.size() - 1;
  };
  const std::vector<Batch> batches = batchesFor(options.depth, options.seed);
  for (const Batch &batch : batches) {
    const Size &size = batch.size;
    auto best = ArrayRef(levels).take_back();
    auto forms = compileForms(context, form, fast, batch.allLevels ? ArrayRef(levels) : best, size.K, size.V,
                              size.heads, size.ratio);
    if (!forms)
      return forms.takeError();
    if (!slow.empty() && (!isQuick || &batch == &batches.front())) {
      auto others = compileForms(context, form, slow, best, size.K, size.V, size.heads, size.ratio);
      if (!others)
        return others.takeError();
      llvm::append_range(*forms, *others);
    }
    auto narrow = compileNarrowForms(context, form, fast, best.front(), size.K, size.V, size.heads, size.ratio);
    if (!narrow)
      return narrow.takeError();
    llvm::append_range(*forms, *narrow);
    SmallVector<size_t> numbers = llvm::map_to_vector(*forms, find);
    SmallVector<Certificate *> certificates;
    for (size_t number : numbers)
      certificates.push_back(&result[number]);
    for (const Case &which : batch.cases)
      if (llvm::Error error = certifyCase(form.op, size, which, *forms, certificates))
        return error;
  }
  return result;
}

} // namespace braid::certify
