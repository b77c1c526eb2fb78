// SPDX-License-Identifier: Apache-2.0
/// \file
/// Certifies normal forms against the interpreter of the step, in float64.
///
///     certify-normal-form catalog            every recurrence of the catalogue
///     certify-normal-form file X.mlir        every recurrence of a file
///     certify-normal-form random COUNT SEED  random affine steps; a failing one is cut short and printed
#include "RandomStep.h"

#include "passes/derive/Block.h"
#include "passes/derive/Interpreter.h"

#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"

using namespace mlir;
using namespace braid;
using namespace braid::derive;

namespace {

struct Shape {
  int64_t tokens, heads, ratio, K, V;
  double decay, repeated;
};

/// Short and long, wide and narrow; decays from none to a total of -1600; keys from random to all equal.
const Shape shapes[] = {
    {1, 1, 1, 4, 4, 1, 0},        {9, 2, 1, 8, 5, 1, 0.5},   {7, 4, 2, 5, 8, 1, 0},     {65, 2, 2, 16, 16, 0.01, 0.3},
    {130, 1, 1, 16, 8, 25, 0.3},  {64, 1, 1, 16, 24, 0, 1},  {64, 3, 3, 8, 16, 50, 0},
};

/// The largest of the errors of the evaluations of the normal form, token by token and in blocks, over some shapes.
llvm::Expected<double> certify(attn::RecurrenceOp op, ArrayRef<Shape> shapes, uint64_t seed) {
  NormalForm form = normalize(op);
  double worst = 0;
  for (const Shape &shape : shapes) {
    Problem problem{shape.tokens, shape.heads, shape.ratio, shape.K, shape.V, {}};
    fillRandom(op, problem, {++seed, shape.decay, shape.repeated});
    llvm::Expected<Solution> want = interpret(op, problem);
    if (!want)
      return want.takeError();
    for (auto [byCoefficients, tokens] : {std::pair(false, 1u), {true, 1u}, {false, 2u}, {true, 4u}, {false, 7u}}) {
      if (tokens > 1 && !hasBlocks(form))
        continue;
      llvm::Expected<Solution> got = evaluate(form, problem, byCoefficients, tokens);
      if (!got)
        return got.takeError();
      worst = std::max(worst, relativeError(*got, *want));
    }
  }
  return worst;
}

/// Whether a step is certified; prints a line.
bool certifyAndTell(attn::RecurrenceOp op) {
  llvm::Expected<double> error = certify(op, shapes, 1);
  if (!error) {
    llvm::outs() << "@" << op.getSymName() << ": error: " << llvm::toString(error.takeError()) << '\n';
    return false;
  }
  bool good = *error <= 1e-12;
  NormalForm form = normalize(op);
  llvm::outs() << "@" << op.getSymName() << ": " << form.classification << ", "
               << llvm::formatv("{0} K V flops, relative error {1:e1}", int64_t(form.flops().kv), *error) << ": "
               << (good ? "certified" : "WRONG") << '\n';
  return good;
}

int certifyModule(ModuleOp module) {
  int failures = 0;
  for (auto op : module.getOps<attn::RecurrenceOp>())
    failures += !certifyAndTell(op);
  return failures;
}

int certifyCatalog(MLIRContext &context) {
  int failures = 0, count = 0;
  for (StringRef name : attn::catalogNames("attn.recurrence")) {
    OwningOpRef<ModuleOp> module = ModuleOp::create(UnknownLoc::get(&context));
    FailureOr<attn::RecurrenceOp> op = attn::importVariant<attn::RecurrenceOp>(*module, name);
    failures += failed(op) || !certifyAndTell(*op);
    ++count;
  }
  llvm::outs() << count << " variants, " << failures << " failures\n";
  return failures;
}

/// Nothing for a step that is right, else what is wrong with it.
std::string faultOf(MLIRContext &context, uint64_t seed, int ops) {
  // Such steps may grow from token to token, so the sequences are short.
  const Shape few[] = {{5, 2, 2, 8, 5, 1, 0.3}, {4, 1, 1, 4, 7, 30, 0}};
  OwningOpRef<ModuleOp> module = makeRandomStep(context, seed, ops);
  if (failed(verify(*module)))
    return "the step does not verify";
  auto op = *module->getOps<attn::RecurrenceOp>().begin();
  NormalForm form = normalize(op);
  if (form.structure != Structure::Affine && form.structure != Structure::ColumnAffine)
    return "expected an affine step, but " + form.reason;
  llvm::Expected<double> error = certify(op, few, seed);
  if (!error)
    return llvm::toString(error.takeError());
  return *error <= 1e-11 ? "" : llvm::formatv("relative error {0:e1}", *error).str();
}

int certifyRandom(MLIRContext &context, int count, uint64_t seed) {
  int failures = 0, ofColumns = 0;
  for (int i = 0; i < count; ++i) {
    int ops = 4 + (seed + i) % 17;
    if (faultOf(context, seed + i, ops).empty()) {
      OwningOpRef<ModuleOp> module = makeRandomStep(context, seed + i, ops);
      ofColumns += normalize(*module->getOps<attn::RecurrenceOp>().begin()).structure == Structure::ColumnAffine;
      continue;
    }
    ++failures;
    int least = 0;
    while (faultOf(context, seed + i, least).empty())
      ++least;
    llvm::outs() << "seed " << seed + i << ", " << least << " of " << ops
                 << " operations: " << faultOf(context, seed + i, least) << '\n';
    OwningOpRef<ModuleOp> module = makeRandomStep(context, seed + i, least);
    module->print(llvm::outs());
  }
  llvm::outs() << count << " random steps from seed " << seed << ", " << ofColumns << " with column coefficients, "
               << failures << " failures\n";
  return failures;
}

} // namespace

int main(int argc, char **argv) {
  MLIRContext context(MLIRContext::Threading::DISABLED);
  context.loadDialect<attn::AttnDialect>();
  StringRef mode = argc > 1 ? argv[1] : "";
  int count = 0;
  uint64_t seed = 0;
  if (mode == "catalog" && argc == 2)
    return certifyCatalog(context) != 0;
  if (mode == "file" && argc == 3) {
    OwningOpRef<ModuleOp> module = parseSourceFile<ModuleOp>(argv[2], &context);
    return !module || certifyModule(*module) != 0;
  }
  if (mode == "random" && argc == 4 && !StringRef(argv[2]).getAsInteger(10, count) &&
      !StringRef(argv[3]).getAsInteger(10, seed))
    return certifyRandom(context, count, seed) != 0;
  llvm::errs() << "usage: certify-normal-form catalog | file X.mlir | random COUNT SEED\n";
  return 2;
}
