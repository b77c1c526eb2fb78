// SPDX-License-Identifier: Apache-2.0
/// \file
/// Runs contraction kernels of every weight format, activation type and ISA level of this machine against a naive
/// double-precision reference on the same quantised values.
///   contraction-check [isa [format]]     prints a line a format and level; fails on the first difference
#include "contraction-reference.h"

#include "compiler/targets/cpu/Jit.h"
#include "compiler/targets/cpu/Schedule.h"

#include <cstdio>

using namespace mlir;
using namespace braid::cpu;

namespace {

struct Case {
  Format format;
  ActivationType activations;
};

/// The contractions that are tried with one format: shapes that leave tails, and every prologue and epilogue.
std::vector<Contraction> contractions(const Case &c) {
  const int64_t unit = c.format.layout.group ? c.format.layout.group : c.format.layout.isQuantized() ? 20 : 1;
  const int64_t small = unit == 1 ? 67 : 3 * unit, large = unit == 1 ? 130 : 8 * unit;
  std::vector<Contraction> list;
  auto add = [&](std::initializer_list<int64_t> segments, int64_t k) -> Contraction & {
    Contraction &spec = list.emplace_back();
    spec.name = "contraction" + std::to_string(list.size() - 1);
    spec.layout = c.format.layout;
    spec.layout.k = k;
    spec.segments.assign(segments);
    spec.activations = c.activations;
    spec.epsilon = 1e-5;
    return spec;
  };
  add({1003}, small);
  Contraction &silu = add({16}, large);
  silu.norm = silu.bias = true;
  silu.nonlinearity = Nonlinearity::Silu;
  Contraction &gatedBias = add({33, 33}, small);
  gatedBias.norm = gatedBias.gated = gatedBias.bias = true;
  gatedBias.nonlinearity = Nonlinearity::Silu;
  gatedBias.factors = {-0.3, 1.7};
  Contraction &three = add({200, 33, 16}, large);
  three.norm = three.bias = true;
  three.factors = {1, 0.4, -2.5};
  Contraction &gelu = add({33}, large);
  gelu.residual = true;
  gelu.nonlinearity = Nonlinearity::Gelu;
  Contraction &gated = add({200, 200}, small);
  gated.gated = gated.residual = true;
  gated.nonlinearity = Nonlinearity::GeluTanh;
  Contraction &two = add({33, 200}, unit);
  two.nonlinearity = Nonlinearity::Relu2;
  Contraction &relu = add({40}, large);
  relu.bias = relu.residual = true;
  relu.nonlinearity = Nonlinearity::Relu;
  return list;
}

/// Compiles and runs all contractions of a case; returns an error text, empty if all is well.
std::string run(const Case &c, const Isa &isa) {
  DialectRegistry registry;
  registry.insert<arith::ArithDialect, scf::SCFDialect, vector::VectorDialect, math::MathDialect, LLVM::LLVMDialect>();
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  context.loadAllAvailableDialects();
  OwningOpRef<ModuleOp> module = ModuleOp::create(UnknownLoc::get(&context));
  Emit emit(*module);
  std::vector<Contraction> specs = contractions(c);
  for (const Contraction &spec : specs)
    emitContraction(emit, isa, spec).setLinkage(LLVM::Linkage::External);
  WeightLayout table = specs[0].layout;
  emitEmbed(emit, isa, "embed", table, 1003, 0.5).setLinkage(LLVM::Linkage::External);
  auto jit = Jit::compile(*module, isa);
  if (!jit)
    return llvm::toString(jit.takeError());
  for (Contraction &spec : specs) {
    spec.activations = activationsFor(isa, spec.layout, c.activations); // what comes of it on this level
    Problem problem(spec, c.format, 31);
    for (int64_t rows : {1, 2, 3, 5, 7, 8, 11, 12, 13, 24, 31})
      if (std::string error = problem.check((*jit)->get<void>(spec.name), rows); !error.empty())
        return llvm::formatv("{0}, {1} rows: {2}", spec.name, rows, error);
  }
  Problem problem(specs[0], c.format, 1);
  return problem.checkEmbed((*jit)->get<void>("embed"), 0.5);
}

} // namespace

int main(int argc, char **argv) {
  const uint64_t machine = findIsa("native")->required;
  static const int smallRows[] = {1};
  static const Schedule smallest = {{smallRows, 1}, {smallRows, 1}, {smallRows, 1}, {smallRows, 1}, {smallRows, 1},
                                    64, 3, 1, 1, 1, 1};
  static const int mediumRows[] = {3, 2, 1};
  static const Schedule medium = {{mediumRows, 2}, {mediumRows, 1}, {mediumRows, 2}, {mediumRows, 2}, {mediumRows, 3},
                                  64, 2, 4096, 1, 3, 3};
  int failures = 0;
  for (llvm::StringRef name : {"native", "x86-64-v4", "x86-64-v3", "smallest", "medium"}) {
    if (argc > 1 && name != argv[1])
      continue;
    Isa isa = *findIsa(name == "smallest" || name == "medium" ? "native" : name);
    if (isa.required & ~machine)
      continue;
    isa.schedule = name == "smallest" ? &smallest : name == "medium" ? &medium : nullptr;
    for (const Format &format : formats())
      for (ActivationType activations : {ActivationType::F32, ActivationType::Q8, ActivationType::BF16}) {
        if (argc > 2 && format.name != argv[2])
          continue;
        if ((activations == ActivationType::Q8 && !format.layout.isQuantized()) ||
            (activations == ActivationType::BF16 && format.layout.codes != Codes::BF16))
          continue;
        std::string error = run({format, activations}, isa);
        llvm::outs() << llvm::formatv("{0} {1} {2}: {3}\n", name, format.name,
                                      activations == ActivationType::Q8     ? "q8"
                                      : activations == ActivationType::BF16 ? "rounded"
                                                                            : "exact",
                                      error.empty() ? "ok" : error);
        failures += !error.empty();
      }
  }
  llvm::outs() << failures << " failures\n";
  return failures != 0;
}
