// SPDX-License-Identifier: Apache-2.0
/// \file
/// The float64 evaluator of a normal form: one sweep for some tokens.
#include "passes/derive/Block.h"
#include "passes/derive/Interpreter.h"

#include <numeric>

using namespace mlir;
namespace braid::derive {

namespace {

using Numbers = std::vector<double>;

/// One head of a sequence, some tokens at a time.
class HeadEvaluator {
public:
  HeadEvaluator(const NormalForm &form, const Problem &problem, int64_t head, bool byCoefficients)
      : form(form), pool(form.pool), problem(problem), op(form.op), head(head), byCoefficients(byCoefficients) {
    SmallVector<ExprId> free;
    for (const Read &read : form.reads)
      free.push_back(read.key);
    for (const Write &write : form.writes)
      free.push_back(write.key);
    for (const Decay &decay : form.decays)
      free.append({decay.scalarFactor, decay.keyFactor, decay.valueFactor});
    freeSchedule = form.schedule(free);
    SmallVector<ExprId> roots;
    auto need = [&](ExprId whole, const std::optional<Affine> &parts) {
      if (!byCoefficients || !parts)
        return roots.push_back(whole);
      if (parts->base != noExpr)
        roots.push_back(parts->base);
      for (const Term &term : parts->terms)
        roots.push_back(term.coefficient);
    };
    need(form.output, form.outputAffine);
    for (const Write &write : form.writes)
      need(write.value, write.affine);
    schedule = form.schedule(roots);
  }

  /// Leaves the states of the head behind; `output` gives the place of a token's output.
  void run(MutableArrayRef<MutableArrayRef<double>> states, unsigned tokens,
           llvm::function_ref<double *(int64_t)> output) {
    for (int64_t token = 0; token < problem.tokens; token += tokens)
      runBlock(blockOf(form, std::min<int64_t>(tokens, problem.tokens - token)), token, states, output);
  }

private:
  void runBlock(const BlockForm &block, int64_t first, MutableArrayRef<MutableArrayRef<double>> states,
                llvm::function_ref<double *(int64_t)> output) {
    values.assign(block.tokens, std::vector<Numbers>(pool.size()));
    reads.clear();
    written.clear();
    for (unsigned token = 0; token < block.tokens; ++token)
      evaluate(freeSchedule, first, token);
    for (const BlockRead &read : block.reads) {
      unsigned state = form.reads[read.read].state;
      Numbers key = decayed(values[read.token][form.reads[read.read].key], state, read.decays);
      reads.push_back(byColumns(readFrom(states[state], key), state, read.decays));
    }
    const Overlap *overlap = block.overlaps.data(), *end = overlap + block.overlaps.size();
    for (unsigned token = 0; token < block.tokens; ++token) {
      for (; overlap != end && overlap->token == token; ++overlap)
        addOverlap(*overlap);
      evaluate(schedule, first, token);
      llvm::copy(combine(form.output, form.outputAffine, token), output(first + token));
      for (const Write &write : form.writes)
        written.push_back(combine(write.value, write.affine, token));
    }
    for (auto [index, state] : llvm::enumerate(states))
      update(block, index, state);
  }

  Numbers readFrom(ArrayRef<double> state, const Numbers &key) const {
    Numbers sum(state.size() / problem.K, 0.0);
    for (int64_t i = 0; i < problem.K; ++i)
      for (size_t j = 0; j < sum.size(); ++j)
        sum[j] += state[i * sum.size() + j] * key[i];
    return sum;
  }

  void addOverlap(const Overlap &overlap) {
    const Write &write = form.writes[overlap.write];
    Numbers key = decayed(values[overlap.earlier][write.key], write.state, overlap.decays);
    const Numbers &other = values[overlap.token][form.reads[overlap.read].key];
    double dot = std::inner_product(key.begin(), key.end(), other.begin(), 0.0);
    Numbers value = byColumns(written[overlap.earlier * form.writes.size() + overlap.write], write.state, overlap.decays);
    for (auto [sum, x] : llvm::zip(reads[overlap.token * form.reads.size() + overlap.read], value))
      sum += dot * x;
  }

  void update(const BlockForm &block, unsigned index, MutableArrayRef<double> state) const {
    int64_t columns = state.size() / problem.K;
    Numbers decay = decayed(Numbers(problem.K, 1.0), index, {0, block.tokens});
    Numbers ofColumns = byColumns(Numbers(columns, 1.0), index, {0, block.tokens});
    for (int64_t i = 0; i < problem.K; ++i)
      for (int64_t j = 0; j < columns; ++j)
        state[i * columns + j] *= decay[i] * ofColumns[j];
    for (auto [write, whole] : llvm::zip(block.writes, written)) {
      if (form.writes[write.write].state != index)
        continue;
      Numbers value = byColumns(whole, index, write.decays);
      Numbers key = decayed(values[write.token][form.writes[write.write].key], index, write.decays);
      for (int64_t i = 0; i < problem.K; ++i)
        for (int64_t j = 0; j < columns; ++j)
          state[i * columns + j] += key[i] * value[j];
    }
  }

  /// A key times the decays of `state` in these tokens of the block.
  Numbers decayed(Numbers key, unsigned state, Span span) const {
    const Decay &decay = form.decays[state];
    for (unsigned token = span.first; token < span.end; ++token)
      for (int64_t i = 0; i < problem.K; ++i) {
        if (decay.scalarFactor != noExpr)
          key[i] *= values[token][decay.scalarFactor][0];
        if (decay.keyFactor != noExpr)
          key[i] *= values[token][decay.keyFactor][i];
      }
    return key;
  }

  /// What belongs to columns, times the decays of the value channels of `state` in these tokens of the block.
  Numbers byColumns(Numbers numbers, unsigned state, Span span) const {
    if (ExprId factor = form.decays[state].valueFactor; factor != noExpr)
      for (unsigned token = span.first; token < span.end; ++token)
        for (auto [x, decay] : llvm::zip_equal(numbers, values[token][factor]))
          x *= decay;
    return numbers;
  }

  int64_t widthOf(Width width) const { return width == Width::Key ? problem.K : width == Width::Value ? problem.V : 1; }

  void evaluate(ArrayRef<ExprId> order, int64_t first, unsigned token) {
    for (ExprId id : order)
      values[token][id] = compute(pool[id], first, token);
  }

  Numbers compute(const Expr &expr, int64_t first, unsigned token) const {
    Numbers result(widthOf(expr.width));
    auto operand = [&](unsigned i) -> const Numbers & { return values[token][expr.operands[i]]; };
    for (size_t i = 0; i < result.size(); ++i)
      switch (expr.kind) {
      case ExprKind::Input: result[i] = problem.at(op, expr.index, first + token, head)[i]; break;
      case ExprKind::Constant: result[i] = expr.constant; break;
      case ExprKind::Read: result[i] = reads[token * form.reads.size() + expr.index][i]; break;
      case ExprKind::Add: result[i] = operand(0)[i] + operand(1)[i]; break;
      case ExprKind::Sub: result[i] = operand(0)[i] - operand(1)[i]; break;
      case ExprKind::Mul: result[i] = operand(0)[i] * operand(1)[i]; break;
      case ExprKind::Scale: result[i] = operand(0)[i] * operand(1)[0]; break;
      case ExprKind::Neg: result[i] = -operand(0)[i]; break;
      case ExprKind::Map: result[i] = apply(expr.function, operand(0)[i]); break;
      case ExprKind::Dot:
        for (size_t j = 0; j < operand(0).size(); ++j)
          result[0] += operand(0)[j] * operand(1)[j];
        break;
      }
    return result;
  }

  /// The value of an expression, or of its affine parts.
  Numbers combine(ExprId whole, const std::optional<Affine> &parts, unsigned token) const {
    if (!byCoefficients || !parts)
      return values[token][whole];
    Numbers result(widthOf(pool[whole].width), 0.0);
    for (size_t j = 0; j < result.size(); ++j) {
      if (parts->base != noExpr)
        result[j] += values[token][parts->base][j];
      for (const Term &term : parts->terms) {
        auto pick = [j](const Numbers &x) { return x[x.size() == 1 ? 0 : j]; };
        result[j] += pick(values[token][term.coefficient]) * pick(reads[token * form.reads.size() + term.read]);
      }
    }
    return result;
  }

  const NormalForm &form;
  const ExprPool &pool;
  const Problem &problem;
  mutable attn::RecurrenceOp op;
  int64_t head;
  bool byCoefficients;
  /// What is free of the state, and what is not.
  std::vector<ExprId> freeSchedule, schedule;
  /// Of the tokens of a block: all expressions; reads and what is written, token after token.
  std::vector<std::vector<Numbers>> values;
  std::vector<Numbers> reads, written;
};

} // namespace

llvm::Expected<Solution> evaluate(const NormalForm &form, const Problem &problem, bool byCoefficients,
                                  unsigned tokens) {
  if (form.structure == Structure::Opaque)
    return llvm::createStringError("expected a step with a normal form: " + form.reason);
  if (llvm::Error error = checkProblem(form.op, problem))
    return error;
  Solution solution;
  solution.output.resize(problem.tokens * problem.heads * problem.V);
  solution.states.assign(problem.args.begin(), problem.args.begin() + form.decays.size());
  for (int64_t head = 0; head < problem.heads; ++head) {
    SmallVector<MutableArrayRef<double>> states;
    for (Numbers &state : solution.states) {
      size_t size = state.size() / problem.heads;
      states.push_back(MutableArrayRef(state).slice(head * size, size));
    }
    HeadEvaluator(form, problem, head, byCoefficients).run(states, tokens, [&](int64_t token) {
      return solution.output.data() + (token * problem.heads + head) * problem.V;
    });
  }
  return solution;
}

} // namespace braid::derive
