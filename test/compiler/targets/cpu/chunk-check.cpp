// SPDX-License-Identifier: Apache-2.0
/// \file
/// Certifies chunkwise forms, and the associative combine, against the float64 interpreter of the step.
///
///     chunk-check ISA [VARIANT | FILE.mlir]    the catalogue, one of its variants, or all of a file
///     chunk-check ISA random COUNT SEED        random affine steps; the seeds of failing ones are printed
#include "compiler/Register.h"
#include "compiler/certify/Certificate.h"
#include "compiler/targets/cpu/ChunkRun.h"

#include "test/passes/derive/RandomStep.h"

#include "mlir/Parser/Parser.h"

#include <cmath>

using namespace mlir;
using namespace braid;
using namespace braid::cpu;
using namespace braid::derive;

namespace {

/// Sizes, chunks, and the largest -log of a decay of a token: 25 is a total of about -1600 over 130 tokens.
struct Shape {
  int64_t K, V, heads, ratio, chunk;
  std::vector<int64_t> tokens;
  std::vector<double> decays;
};
const Shape shapes[] = {
    {16, 16, 1, 1, 64, {1, 4, 63, 64, 65, 130, 256}, {0, 0.02, 1, 25}},
    {20, 13, 3, 3, 32, {65}, {0.1, 25}},
};

void roundToFloat(Problem &problem) {
  for (std::vector<double> &arg : problem.args)
    for (double &x : arg)
      x = float(x);
}

/// The ways in which a sequence is cut into calls.
std::vector<std::vector<int64_t>> cuts(int64_t tokens) {
  std::vector<std::vector<int64_t>> result{{tokens}};
  for (int64_t first : {1, 33, 64})
    if (first < tokens)
      result.push_back({first, tokens - first});
  return result;
}

struct Report {
  double worst = 0, hard = 0; ///< errors; of what is ill conditioned
  std::vector<std::string> faults;
};

void certifyShape(MLIRContext &context, const Isa &isa, const NormalForm &form, const Shape &shape, Report &report) {
  auto chunk = CompiledChunk::create(context, isa, form, shape.K, shape.V, shape.heads, shape.ratio, shape.chunk);
  if (!chunk) {
    report.faults.push_back(llvm::toString(chunk.takeError()));
    return;
  }
  uint64_t seed = 0;
  for (double decay : shape.decays)
    for (double repeated : {0.0, 0.3, 1.0})
      for (int64_t tokens : shape.tokens) {
        Problem problem{tokens, shape.heads, shape.ratio, shape.K, shape.V, {}};
        fillRandom(form.op, problem, {++seed, decay, repeated});
        roundToFloat(problem);
        Solution want = llvm::cantFail(interpret(form.op, problem));
        for (ArrayRef<int64_t> cut : cuts(tokens)) {
          double error = relativeError(chunk->run(problem, cut), want);
          report.worst = std::max(report.worst, error);
          if (!(error <= 1e-5))
            report.faults.push_back(
                llvm::formatv("{0}x{1}, {2} tokens in {3} calls, the first of {4}, decay {5}, repeated {6}: relative "
                              "error {7:e1}",
                              shape.K, shape.V, tokens, cut.size(), cut[0], decay, repeated, error));
        }
      }
}

/// Chunks combined as a tree and one after the other.
void certifyCombine(MLIRContext &context, const Isa &isa, const NormalForm &form, Report &report) {
  const int64_t K = 16, V = 24, heads = 4, ratio = 2;
  auto combine = CompiledCombine::create(context, isa, form, K, V, heads, ratio, 32);
  if (!combine) {
    report.faults.push_back(llvm::toString(combine.takeError()));
    return;
  }
  for (int64_t tokens : {20, 64, 150})
    for (double decay : {0.02, 1.0, 25.0}) {
      Problem problem{tokens, heads, ratio, K, V, {}};
      fillRandom(form.op, problem, {uint64_t(tokens), decay, 0.3});
      roundToFloat(problem);
      Solution want = llvm::cantFail(interpret(form.op, problem)), got[2];
      for (auto [order, solution] : {std::pair(CompiledCombine::Order::Sequential, &got[0]),
                                     {CompiledCombine::Order::Tree, &got[1]}}) {
        solution->output = want.output;
        solution->states = SingleSolution{{}, combine->states(SingleProblem(problem), order)}.widened().states;
      }
      for (double error : {relativeError(got[0], want), relativeError(got[1], want), relativeError(got[1], got[0])}) {
        report.worst = std::max(report.worst, error);
        if (!(error <= 1e-5))
          report.faults.push_back(
              llvm::formatv("combine, {0} tokens, decay {1}: relative error {2:e1}", tokens, decay, error));
      }
    }
}

/// K that is no power of two, keys that are nearly equal or the same, strengths at their bound, decays in bursts. These
/// may be ill conditioned, so they are judged as certificates are.
void certifyHard(MLIRContext &context, const Isa &isa, const NormalForm &form, Report &report) {
  using namespace braid::certify;
  const Size size = {80, 48, 2, 2};
  auto forms = compileForms(context, form, {"chunk", "combine"}, isa, size.K, size.V, size.heads, size.ratio);
  if (!forms) {
    report.faults.push_back(llvm::toString(forms.takeError()));
    return;
  }
  std::vector<Certificate> certificates;
  for (const CompiledForm &each : *forms)
    certificates.push_back({each.form, each.isa});
  auto pointers = llvm::map_to_vector(certificates, [](Certificate &each) { return &each; });
  const Case cases[] = {{130, Decays::None, Keys::Repeated, true, false, Cuts::Some, 1},
                        {130, Decays::Mild, Keys::Near, true, false, Cuts::Some, 2},
                        {65, Decays::None, Keys::Near, true, true, Cuts::None, 3},
                        {130, Decays::Strong, Keys::Near, true, false, Cuts::Some, 4},
                        {100, Decays::Bursts, Keys::Repeated, false, false, Cuts::Some, 5}};
  for (const Case &which : cases)
    if (llvm::Error error = certifyCase(form.op, size, which, *forms, pointers))
      report.faults.push_back(llvm::toString(std::move(error)));
  for (const Certificate &certificate : certificates) {
    report.hard = std::max(report.hard, certificate.error);
    llvm::append_range(report.faults, certificate.faults);
  }
}

int certifyStep(MLIRContext &context, const Isa &isa, attn::RecurrenceOp op) {
  NormalForm form = normalize(op);
  Report report;
  for (const Shape &shape : shapes)
    certifyShape(context, isa, form, shape, report);
  certifyCombine(context, isa, form, report);
  certifyHard(context, isa, form, report);
  llvm::outs() << "@" << op.getSymName() << ", " << form.classification << ": "
               << llvm::formatv("relative error {0:e1}, of hard cases {1:e1}: ", report.worst, report.hard)
               << (report.faults.empty() ? "certified" : "WRONG") << '\n';
  for (const std::string &fault : ArrayRef(report.faults).take_front(5))
    llvm::outs() << "  " << fault << '\n';
  return !report.faults.empty();
}

bool isTiny(const Solution &solution) {
  auto tiny = [](ArrayRef<double> numbers) {
    return llvm::all_of(numbers, [](double x) { return std::abs(x) < 1e-30; });
  };
  return tiny(solution.output) && llvm::all_of(solution.states, tiny);
}

/// Steps of which few are contractions: the sequences are short, so that they do not grow too far.
int certifyRandom(MLIRContext &context, const Isa &isa, int count, uint64_t seed) {
  int failures = 0, done = 0;
  double worst = 0;
  for (int i = 0; done < count && i < 4 * count; ++i) {
    OwningOpRef<ModuleOp> module = makeRandomStep(context, seed + i, 4 + (seed + i) % 17);
    NormalForm form = normalize(*module->getOps<attn::RecurrenceOp>().begin());
    if (!form.hasChunk())
      continue;
    ++done;
    const int64_t K = 8, V = 5, heads = 2, ratio = done % 4 ? 1 : 2, tokens = 11; // groups take longer to compile
    auto chunk = CompiledChunk::create(context, isa, form, K, V, heads, ratio, 8, 4);
    if (!chunk) {
      llvm::outs() << "seed " << seed + i << ": " << llvm::toString(chunk.takeError()) << '\n';
      ++failures;
      continue;
    }
    for (double decay : {1.0, 30.0}) {
      Problem problem{tokens, heads, ratio, K, V, {}};
      fillRandom(form.op, problem, {seed + i, decay, 0.3});
      roundToFloat(problem);
      Solution want = llvm::cantFail(interpret(form.op, problem));
      double error = relativeError(chunk->run(problem, {tokens}), want);
      if (std::isfinite(error) && isTiny(want)) // below what f32 holds
        continue;
      worst = std::max(worst, error);
      if (error <= 1e-5)
        continue;
      ++failures;
      llvm::outs() << llvm::formatv("seed {0}, decay {1}: relative error {2:e1}\n", seed + i, decay, error);
    }
  }
  llvm::outs() << llvm::formatv("{0} random steps from seed {1}, relative error {2:e1}, {3} failures\n", done, seed,
                                worst, failures);
  return failures;
}

} // namespace

int main(int argc, char **argv) {
  std::optional<Isa> isa = findIsa(argc > 1 ? argv[1] : ""), native = findIsa("native");
  StringRef which = argc > 2 ? argv[2] : "";
  int random = 0;
  uint64_t seed = 0;
  bool isRandom = which == "random" && argc == 5 && !StringRef(argv[3]).getAsInteger(10, random) &&
                  !StringRef(argv[4]).getAsInteger(10, seed);
  if (!isa || (which == "random" && !isRandom))
    return llvm::errs() << "usage: chunk-check ISA [VARIANT | FILE.mlir ... | random COUNT SEED]\n", 2;
  if ((isa->required & native->required) != isa->required)
    return llvm::outs() << isa->name << ": not on this machine\n", 0;
  DialectRegistry registry;
  registerAllDialects(registry);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  context.loadAllAvailableDialects();
  if (isRandom)
    return certifyRandom(context, *isa, random, seed) != 0;
  int failures = 0, count = 0;
  if (which.ends_with(".mlir")) {
    for (const char *file : ArrayRef(argv + 2, argv + argc)) {
      OwningOpRef<ModuleOp> module = parseSourceFile<ModuleOp>(file, &context);
      if (!module)
        return 1;
      for (auto op : module->getOps<attn::RecurrenceOp>()) {
        failures += certifyStep(context, *isa, op);
        ++count;
      }
    }
  } else {
    for (StringRef name : attn::catalogNames("attn.recurrence")) {
      if (!which.empty() && name != which)
        continue;
      OwningOpRef<ModuleOp> module = ModuleOp::create(UnknownLoc::get(&context));
      auto op = attn::importVariant<attn::RecurrenceOp>(*module, name);
      failures += failed(op) ? 1 : certifyStep(context, *isa, *op);
      ++count;
    }
  }
  llvm::outs() << count << " variants, " << failures << " failures\n";
  return failures != 0 || count == 0;
}
