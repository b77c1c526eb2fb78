// SPDX-License-Identifier: Apache-2.0
/// \file
/// The float64 evaluator of a normal form: one sweep a token.
#include "passes/derive/Interpreter.h"

using namespace mlir;
namespace braid::derive {

namespace {

using Numbers = std::vector<double>;

/// One head of a sequence.
class HeadEvaluator {
public:
  HeadEvaluator(const NormalForm &form, const Problem &problem, int64_t head, bool byCoefficients)
      : form(form), pool(form.pool), problem(problem), op(form.op), head(head), byCoefficients(byCoefficients),
        values(pool.size()), reads(form.reads.size()) {
    SmallVector<ExprId> keys;
    for (const Read &read : form.reads)
      keys.push_back(read.key);
    keySchedule = form.schedule(keys);
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
    for (const Write &write : form.writes) {
      need(write.value, write.affine);
      roots.push_back(write.key);
    }
    for (const Decay &decay : form.decays)
      roots.append({decay.scalarFactor, decay.keyFactor});
    schedule = form.schedule(roots);
  }

  /// Leaves the states of the head behind; `output` gives the place of a token's output.
  void run(MutableArrayRef<MutableArrayRef<double>> states, llvm::function_ref<double *(int64_t)> output) {
    if (problem.tokens == 0)
      return;
    evaluate(keySchedule, 0);
    for (auto [index, state] : llvm::enumerate(states))
      sweep(index, state, nullptr, {}, readKeys());
    for (int64_t token = 0; token < problem.tokens; ++token) {
      evaluate(schedule, token);
      Numbers o = combine(form.output, form.outputAffine);
      llvm::copy(o, output(token));
      std::vector<Numbers> keys, written;
      for (const Write &write : form.writes) {
        keys.push_back(values[write.key]);
        written.push_back(combine(write.value, write.affine));
      }
      std::vector<Numbers> decays;
      for (unsigned index = 0; index < states.size(); ++index)
        decays.push_back(decayOf(index));
      if (token + 1 < problem.tokens)
        evaluate(keySchedule, token + 1);
      std::vector<Numbers> next = token + 1 < problem.tokens ? readKeys() : std::vector<Numbers>(reads.size());
      for (auto [index, state] : llvm::enumerate(states)) {
        std::vector<std::pair<const Numbers *, const Numbers *>> updates;
        for (auto [write, key, value] : llvm::zip(form.writes, keys, written))
          if (write.state == index)
            updates.push_back({&key, &value});
        sweep(index, state, &decays[index], updates, next);
      }
    }
  }

private:
  std::vector<Numbers> readKeys() const {
    std::vector<Numbers> keys;
    for (const Read &read : form.reads)
      keys.push_back(values[read.key]);
    return keys;
  }

  Numbers decayOf(unsigned state) const {
    const Decay &decay = form.decays[state];
    Numbers factors(problem.K, decay.scalarFactor == noExpr ? 1.0 : values[decay.scalarFactor][0]);
    if (decay.keyFactor != noExpr)
      for (int64_t i = 0; i < problem.K; ++i)
        factors[i] *= values[decay.keyFactor][i];
    return factors;
  }

  /// Row by row: decays and updates the state, then reads from it with the keys of the next token.
  void sweep(unsigned index, MutableArrayRef<double> state, const Numbers *decay,
             ArrayRef<std::pair<const Numbers *, const Numbers *>> updates, const std::vector<Numbers> &keys) {
    int64_t columns = state.size() / problem.K;
    for (auto [read, sum] : llvm::zip(form.reads, reads))
      if (read.state == index)
        sum.assign(columns, 0.0);
    for (int64_t i = 0; i < problem.K; ++i)
      for (int64_t j = 0; j < columns; ++j) {
        double &x = state[i * columns + j];
        if (decay)
          x *= (*decay)[i];
        for (auto [key, value] : updates)
          x += (*key)[i] * (*value)[j];
        for (auto [read, key, sum] : llvm::zip(form.reads, keys, reads))
          if (read.state == index && !key.empty())
            sum[j] += x * key[i];
      }
  }

  int64_t widthOf(Width width) const { return width == Width::Key ? problem.K : width == Width::Value ? problem.V : 1; }

  void evaluate(ArrayRef<ExprId> order, int64_t token) {
    for (ExprId id : order)
      values[id] = compute(pool[id], token);
  }

  Numbers compute(const Expr &expr, int64_t token) const {
    Numbers result(widthOf(expr.width));
    auto operand = [&](unsigned i) -> const Numbers & { return values[expr.operands[i]]; };
    for (size_t i = 0; i < result.size(); ++i)
      switch (expr.kind) {
      case ExprKind::Input: result[i] = problem.at(op, expr.index, token, head)[i]; break;
      case ExprKind::Constant: result[i] = expr.constant; break;
      case ExprKind::Read: result[i] = reads[expr.index][i]; break;
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
  Numbers combine(ExprId whole, const std::optional<Affine> &parts) const {
    if (!byCoefficients || !parts)
      return values[whole];
    Numbers result(widthOf(pool[whole].width), 0.0);
    for (size_t j = 0; j < result.size(); ++j) {
      if (parts->base != noExpr)
        result[j] += values[parts->base][j];
      for (const Term &term : parts->terms) {
        auto pick = [j](const Numbers &x) { return x[x.size() == 1 ? 0 : j]; };
        result[j] += pick(values[term.coefficient]) * pick(reads[term.read]);
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
  std::vector<ExprId> keySchedule, schedule;
  std::vector<Numbers> values, reads;
};

} // namespace

llvm::Expected<Solution> evaluate(const NormalForm &form, const Problem &problem, bool byCoefficients) {
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
    HeadEvaluator(form, problem, head, byCoefficients).run(states, [&](int64_t token) {
      return solution.output.data() + (token * problem.heads + head) * problem.V;
    });
  }
  return solution;
}

} // namespace braid::derive
