// SPDX-License-Identifier: Apache-2.0
/// \file
/// Measuring row kernels, each in turn with reading as many bytes.
#include "compiler/targets/cpu/RowBench.h"

#include "compiler/targets/cpu/bench/Measure.h"
#include "compiler/targets/cpu/kernels/Rows.h"

#include <random>

using namespace mlir;
namespace braid::cpu {
namespace {

struct Case {
  std::string kernel;
  RowProgram program;
  int64_t rows;

  int64_t numbers(const RowProgram &p) const {
    int64_t sum = 0;
    for (int64_t width : p.inputs)
      sum += width;
    for (RowId output : p.outputs)
      sum += p.nodes[output].width;
    return sum;
  }
  int64_t bytes() const { return 4 * rows * numbers(program); }
};

/// x / sqrt(sum over each head of x^2 / count + 1e-6).
RowId unitLength(RowProgram &p, RowId x, int64_t heads, double count) {
  RowId sum = p.binary(RowOp::Div, p.reduce(p.binary(RowOp::Mul, x, x), heads), p.constant(count));
  RowId inverse = p.unary(RowOp::Rsqrt, p.binary(RowOp::Add, sum, p.constant(1e-6)));
  return p.binary(RowOp::Mul, x, p.spread(inverse, p.nodes[x].width));
}

RowProgram residualNorm(int64_t width) {
  RowProgram p{.inputs = {width, width}, .weights = {{width}}};
  RowId sum = p.binary(RowOp::Add, p.input(0), p.input(1));
  p.outputs = {sum, p.binary(RowOp::Mul, unitLength(p, sum, 1, double(width)), p.weight(0, width, false))};
  return p;
}

RowProgram decayGate(int64_t width, int64_t heads) {
  RowProgram p{.inputs = {width}, .weights = {{width}, {heads}}};
  RowId step = p.apply(Nonlinearity::Softplus, p.binary(RowOp::Add, p.input(0), p.weight(0, width, false)));
  p.outputs = {p.unary(RowOp::Neg, p.binary(RowOp::Mul, step, p.weight(1, width, false)))};
  return p;
}

RowProgram gatedNorm(int64_t width, int64_t heads) {
  RowProgram p{.inputs = {width, width}, .weights = {{width / heads}}};
  RowId norm = unitLength(p, p.input(0), heads, double(width / heads));
  RowId gain = p.binary(RowOp::Mul, norm, p.weight(0, width, true));
  p.outputs = {p.binary(RowOp::Mul, gain, p.apply(Nonlinearity::Sigmoid, p.input(1)))};
  return p;
}

RowProgram convolution(int64_t width, int64_t heads) {
  RowProgram p{.inputs = {width}, .states = {{0, 3}}, .weights = {{width, 4}}};
  RowId sum = -1;
  for (int i = 0; i < 4; ++i) {
    RowId product = p.binary(RowOp::Mul, p.tap(0, i), p.earlier(0, 3 - i));
    sum = i ? p.binary(RowOp::Add, sum, product) : product;
  }
  p.outputs = {unitLength(p, p.apply(Nonlinearity::Silu, sum), heads, 1)};
  return p;
}

std::vector<Case> cases() {
  std::vector<Case> list;
  for (int64_t rows : {1, 256}) {
    list.push_back({"rows residual + norm", residualNorm(4096), rows});
    list.push_back({"rows decay gate", decayGate(4096, 32), rows});
    list.push_back({"rows gated norm", gatedNorm(4096, 32), rows});
    list.push_back({"rows conv + silu + l2", convolution(4096, 32), rows});
  }
  for (auto [i, c] : llvm::enumerate(list))
    c.program.name = "case" + std::to_string(i);
  return list;
}

KernelBenchRow measure(Jit &jit, const Case &c, int threads, int repeats) {
  const RowProgram &p = c.program;
  std::mt19937 engine(1);
  std::uniform_real_distribution<float> real(-1, 1);
  std::vector<std::vector<float>> tensors;
  std::vector<const void *> slots{nullptr, slotOf(c.rows), nullptr}; // scratch of these programs fits on a stack
  auto add = [&](int64_t numbers) {
    auto &tensor = tensors.emplace_back(numbers);
    for (float &value : tensor)
      value = real(engine);
    slots.push_back(tensor.data());
  };
  for (int64_t width : p.inputs)
    add(c.rows * width);
  for (const RowProgram::State &state : p.states)
    add(state.rows * p.inputs[state.input]);
  for (const RowProgram::Weight &weight : p.weights)
    add(llvm::alignTo(weight.count, 16) * std::max<int64_t>(1, weight.taps));
  for (RowId output : p.outputs)
    add(c.rows * p.nodes[output].width);
  std::vector<uint8_t> memory(c.bytes() + 64);
  const uint8_t *aligned = reinterpret_cast<const uint8_t *>(llvm::alignTo(uintptr_t(memory.data()), 64));

  auto *kernel = jit.get<SlotFunction>(p.name + ".entry");
  BenchPool pool(threads);
  braid_call call = pool.call();
  slots[0] = &call;
  const int rounds = c.rows == 1 ? 2000 : 20;
  const int64_t piece = c.bytes() / call.threads / 1024 * 1024;
  auto kernelRate = [&] {
    double start = seconds();
    for (int i = 0; i < rounds; ++i)
      kernel(slots.data());
    return double(rounds) * double(c.bytes()) / (seconds() - start) * 1e-9;
  };
  auto ceiling = [&] {
    return std::vector{readRate(jit, pool, "ceiling_read_plain", aligned, piece * call.threads, piece, rounds)};
  };
  Turns turns = measureInTurn(repeats, ceiling, kernelRate);
  return {c.kernel, llvm::formatv("{0}x{1}", c.rows, p.inputs[0]), threads, turns.kernel, "GB/s", "cache read",
          turns.ceiling()};
}

} // namespace

llvm::Error runRowBench(const KernelBenchOptions &options, llvm::function_ref<void(const KernelBenchRow &)> report) {
  llvm::Expected<BenchTarget> target = benchTarget(options);
  if (!target)
    return target.takeError();
  auto &[isa, threads] = *target;
  std::vector<Case> list;
  if (!options.shapes.empty())
    return llvm::Error::success(); // shapes are of contractions and attention
  for (Case &c : cases())
    if (llvm::StringRef(c.kernel).contains(options.filter))
      list.push_back(c);
  if (list.empty())
    return llvm::Error::success();
  auto jit = compileForBench(isa, [&](Emit &emit) {
    for (const Case &c : list)
      emitSlotFunction(emit, c.program.name + ".entry", emitRows(emit, c.program));
  });
  if (!jit)
    return jit.takeError();
  for (const Case &c : list)
    for (int t : threads)
      report(measure(**jit, c, t, options.repeats));
  return llvm::Error::success();
}

} // namespace braid::cpu
