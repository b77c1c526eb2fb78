// SPDX-License-Identifier: Apache-2.0
/// \file
/// certificate-check: spoils a correct form in several ways; each must be noticed, and told so that it can be run
/// again.
#include "compiler/Register.h"
#include "compiler/certify/Certificate.h"

#include <limits>

using namespace mlir;
using namespace braid;
using namespace braid::certify;
using namespace braid::derive;

namespace {

constexpr Size kSize = {16, 40, 2, 2};
constexpr Case kCase = {9, Decays::Mild, Keys::Near, true, false, Cuts::Two, 5};

using Spoil = void (*)(SingleSolution &solution, ArrayRef<int64_t> calls);

struct Fault {
  const char *name;
  Spoil spoil; ///< null: the form fails
};
const Fault faults[] = {
    {"nothing", [](SingleSolution &, ArrayRef<int64_t>) {}},
    // Column 13 is among those that are compared, column 20 is not.
    {"a wrong digit", [](SingleSolution &s, ArrayRef<int64_t>) { s.output[8 * 80 + 13] += 1e-3; }},
    {"NaN in one column",
     [](SingleSolution &s, ArrayRef<int64_t>) { s.output[20] = std::numeric_limits<double>::quiet_NaN(); }},
    {"a state that is lost between calls",
     [](SingleSolution &s, ArrayRef<int64_t> calls) {
       if (calls.size() > 1 && calls[0] == 3)
         s.states[0][13] = 0;
     }},
    {"numbers that are missing", [](SingleSolution &s, ArrayRef<int64_t>) { s.states.clear(); }},
    {"a form that fails", nullptr},
};

} // namespace

int main() {
  DialectRegistry registry;
  registerAllDialects(registry);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  context.loadAllAvailableDialects();
  OwningOpRef<ModuleOp> module = ModuleOp::create(UnknownLoc::get(&context));
  auto op = attn::importVariant<attn::RecurrenceOp>(*module, "gated_delta_net");
  if (failed(op))
    return 1;
  NormalForm form = normalize(*op);
  auto forms = llvm::cantFail(compileForms(context, form, {"scan"}, levelsHere().back(), kSize.K, kSize.V, kSize.heads,
                                           kSize.ratio));
  for (const Fault &fault : faults) {
    CompiledForm spoiled = forms[0];
    spoiled.isa = "here";
    spoiled.run = [&](const SingleProblem &problem, ArrayRef<int64_t> calls, SingleSolution &solution) {
      if (!fault.spoil)
        return llvm::createStringError("out of order");
      llvm::Error error = forms[0].run(problem, calls, solution);
      if (!error)
        fault.spoil(solution, calls);
      return error;
    };
    Certificate certificate{spoiled.form, spoiled.isa};
    llvm::cantFail(certifyCase(*op, kSize, kCase, spoiled, &certificate));
    llvm::outs() << fault.name << ": " << certificate.runs << " runs, "
                 << (certificate.isGood() ? "certified" : "WRONG") << ", " << certificate.faults.size() << " told\n";
    for (const std::string &text : ArrayRef(certificate.faults).take_front(1))
      llvm::outs() << "  " << text << '\n';
  }
  return 0;
}
