// SPDX-License-Identifier: Apache-2.0
/// \file
/// Random affine steps, compiled and run in every form, against the float64 interpreter of the step.
///
///     certify-random COUNT SEED    steps from these seeds on; a failing one is made small and printed
///     certify-random plant SEED    3 steps, with a fault in each that has a decay by key channels
#include "ReduceStep.h"

#include "compiler/Register.h"
#include "compiler/certify/Certificate.h"
#include "test/passes/derive/RandomStep.h"

#include "mlir/IR/Verifier.h"

#include <limits>

using namespace mlir;
using namespace braid;
using namespace braid::certify;
using namespace braid::derive;

namespace {

/// Two blocks of columns, the second one narrow; heads in pairs.
constexpr Size kSize = {20, 72, 2, 2};

attn::RecurrenceOp stepOf(ModuleOp module) { return *module.getOps<attn::RecurrenceOp>().begin(); }

/// Such steps may grow from token to token: the most tokens of some for which all numbers stay far below what f32 has.
std::optional<int64_t> tokensFor(attn::RecurrenceOp op, uint64_t seed) {
  for (int64_t tokens : {37, 19, 7, 3}) {
    Case which{tokens, Decays::Mild, Keys::Random, false, false, Cuts::None, seed};
    Problem problem = makeProblem(op, kSize, which);
    llvm::Expected<Solution> want = interpret(op, takeColumns(op, problem, sampleColumns(op, kSize.V)));
    if (!want) {
      llvm::consumeError(want.takeError());
      return std::nullopt;
    }
    auto isSmall = [](ArrayRef<double> numbers) {
      return llvm::all_of(numbers, [](double x) { return std::abs(x) < 1e20; });
    };
    if (isSmall(want->output) && llvm::all_of(want->states, isSmall))
      return tokens;
  }
  return std::nullopt;
}

bool hasKeyDecay(attn::RecurrenceOp op) {
  bool found = false;
  op.walk([&](attn::DecayOp decay) { found |= isa<attn::KeyType>(decay.getGate().getType()); });
  return found;
}

/// Nothing for a step whose every form is right, else what is wrong.
std::string faultOf(MLIRContext &context, attn::RecurrenceOp op, uint64_t seed, bool isPlanted) {
  if (failed(verify(op)))
    return "the step does not verify";
  NormalForm form = normalize(op);
  if (form.structure != Structure::Affine && form.structure != Structure::ColumnAffine)
    return "expected an affine step, but " + form.reason;
  std::optional<int64_t> tokens = tokensFor(op, seed);
  if (!tokens)
    return "the numbers of 3 tokens leave the range of f32";
  std::vector<std::string> names;
  for (StringRef name : formsOf(form)) // of which chunk and combine take longer to compile than all the rest takes
    if (name == "step" || name == "scan" || seed % 20 == 0)
      names.push_back(name.str());
  auto forms = compileForms(context, form, names, levelsHere().back(), kSize.K, kSize.V, kSize.heads, kSize.ratio);
  if (!forms)
    return llvm::toString(forms.takeError());
  if (isPlanted && hasKeyDecay(op))
    for (CompiledForm &compiled : *forms)
      compiled.run = [right = compiled.run](const SingleProblem &problem, ArrayRef<int64_t> calls,
                                            SingleSolution &solution) {
        llvm::Error error = right(problem, calls, solution);
        if (!error)
          solution.states[0][13] += 1;
        return error;
      };
  std::vector<Certificate> certificates;
  for (const CompiledForm &compiled : *forms)
    certificates.push_back({compiled.form, compiled.isa});
  auto pointers = llvm::map_to_vector(certificates, [](Certificate &c) { return &c; });
  for (auto [decays, keys] : {std::pair(Decays::Mild, Keys::Random), {Decays::Bursts, Keys::Repeated}}) {
    Case which{*tokens, decays, keys, false, false, Cuts::Some, seed};
    if (llvm::Error error = certifyCase(op, kSize, which, *forms, pointers))
      return llvm::toString(std::move(error));
  }
  for (const Certificate &certificate : certificates)
    if (!certificate.isGood())
      return certificate.faults[0];
  return "";
}

int certifyRandom(MLIRContext &context, int count, uint64_t seed, bool isPlanted) {
  int failures = 0;
  for (uint64_t each = seed; each < seed + count; ++each) {
    const int ops = 4 + int(each % 17);
    OwningOpRef<ModuleOp> module = makeRandomStep(context, each, ops);
    std::string fault = faultOf(context, stepOf(*module), each, isPlanted);
    if (fault.empty())
      continue;
    ++failures;
    // Any fault may take the place of the first one, but not that a smaller step grows beyond f32.
    module = reduceStep(*module, [&](attn::RecurrenceOp op) {
      std::string now = faultOf(context, op, each, isPlanted);
      return !now.empty() && StringRef(now).contains("range of f32") == StringRef(fault).contains("range of f32");
    });
    llvm::outs() << "seed " << each << ": " << faultOf(context, stepOf(*module), each, isPlanted) << '\n';
    module->print(llvm::outs());
    llvm::outs() << '\n';
  }
  llvm::outs() << count << " random steps from seed " << seed << ", " << failures << " failures\n";
  return failures;
}

} // namespace

int main(int argc, char **argv) {
  DialectRegistry registry;
  registerAllDialects(registry);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  context.loadAllAvailableDialects();
  int count = 0;
  uint64_t seed = 0;
  if (argc == 3 && !StringRef(argv[2]).getAsInteger(10, seed)) {
    if (StringRef(argv[1]) == "plant")
      return certifyRandom(context, 3, seed, true) != 0;
    if (!StringRef(argv[1]).getAsInteger(10, count) && count > 0)
      return certifyRandom(context, count, seed, false) != 0;
  }
  llvm::errs() << "usage: certify-random COUNT SEED | plant SEED\n";
  return 2;
}
