// SPDX-License-Identifier: Apache-2.0
/// \file
/// chunk-check ISA [VARIANT | FILE.mlir]: certifies chunkwise forms of the catalogue (or of one variant, or of a file)
/// against the float64 interpreter of the step.
#include "compiler/Register.h"
#include "compiler/targets/cpu/ChunkRun.h"

#include "mlir/Parser/Parser.h"

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
    {16, 16, 2, 1, 64, {1, 4, 63, 64, 65, 130, 256}, {0, 0.02, 1, 25}},
    {64, 80, 4, 2, 64, {130}, {0.02, 1, 25}},
    {20, 13, 3, 3, 32, {65, 130}, {0.1, 25}},
    {128, 64, 1, 1, 64, {130}, {0.05, 25}},
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
  double worst = 0;
  std::vector<std::string> faults;
};

void certify(MLIRContext &context, const Isa &isa, const NormalForm &form, const Shape &shape, Report &report) {
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
            report.faults.push_back(llvm::formatv("{0}x{1}, {2} tokens in {3} calls, the first of {4}, decay {5}, repeated "
                                                  "{6}: relative error {7:e1}",
                                                  shape.K, shape.V, tokens, cut.size(), cut[0], decay, repeated, error));
        }
      }
}

int certify(MLIRContext &context, const Isa &isa, attn::RecurrenceOp op) {
  NormalForm form = normalize(op);
  Report report;
  for (const Shape &shape : shapes)
    certify(context, isa, form, shape, report);
  llvm::outs() << "@" << op.getSymName() << ", " << form.classification << ": "
               << llvm::formatv("relative error {0:e1}: ", report.worst)
               << (report.faults.empty() ? "certified" : "WRONG") << '\n';
  for (const std::string &fault : ArrayRef(report.faults).take_front(5))
    llvm::outs() << "  " << fault << '\n';
  return !report.faults.empty();
}

} // namespace

int main(int argc, char **argv) {
  std::optional<Isa> isa = findIsa(argc > 1 ? argv[1] : ""), native = findIsa("native");
  if (!isa || argc > 3)
    return llvm::errs() << "usage: chunk-check ISA [VARIANT | FILE.mlir]\n", 2;
  if ((isa->required & native->required) != isa->required)
    return llvm::outs() << isa->name << ": not on this machine\n", 0;
  DialectRegistry registry;
  registerAllDialects(registry);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  context.loadAllAvailableDialects();
  StringRef which = argc > 2 ? argv[2] : "";
  int failures = 0, count = 0;
  if (which.ends_with(".mlir")) {
    OwningOpRef<ModuleOp> module = parseSourceFile<ModuleOp>(which, &context);
    if (!module)
      return 1;
    for (auto op : module->getOps<attn::RecurrenceOp>()) {
      failures += certify(context, *isa, op);
      ++count;
    }
  } else {
    for (StringRef name : attn::catalogNames("attn.recurrence")) {
      if (!which.empty() && name != which)
        continue;
      OwningOpRef<ModuleOp> module = ModuleOp::create(UnknownLoc::get(&context));
      auto op = attn::importVariant<attn::RecurrenceOp>(*module, name);
      failures += failed(op) ? 1 : certify(context, *isa, *op);
      ++count;
    }
  }
  llvm::outs() << count << " variants, " << failures << " failures\n";
  return failures != 0 || count == 0;
}
