// SPDX-License-Identifier: Apache-2.0
/// \file
/// recurrence-check ISA[,ISA...] [VARIANT | FILE.mlir]: certifies recurrence kernels of the catalogue (or of one variant,
/// or of a file) against the float64 interpreter of the step, that threads change no bit, and cuts rounding alone;
/// with `growth`, prints how errors grow with the number of tokens instead.
#include "compiler/targets/cpu/RecurrenceRun.h"

#include "mlir/Parser/Parser.h"

#include <bit>

using namespace mlir;
using namespace braid;
using namespace braid::cpu;
using namespace braid::derive;

namespace {

constexpr int64_t kTokens = 130;

/// Sizes, and the largest -log of a decay of a token: 25 is a total of about -1600 over 130 tokens.
struct Shape {
  int64_t K, V, heads, ratio;
  std::vector<double> decays;
};
const Shape shapes[] = {
    {16, 16, 2, 1, {0, 0.02, 1, 25}}, {20, 36, 4, 2, {0.02, 1, 25}}, {64, 64, 3, 3, {0.1, 25}},
    {80, 128, 2, 2, {1}},             {128, 128, 1, 1, {0.05}},      {128, 64, 2, 1, {25}},
};

void roundToFloat(Problem &problem) {
  for (std::vector<double> &arg : problem.args)
    for (double &x : arg)
      x = float(x);
}

bool sameBits(const Solution &x, const Solution &y) { return x.output == y.output && x.states == y.states; }

/// The ways in which a sequence is cut.
std::vector<std::vector<int64_t>> cuts() {
  std::vector<std::vector<int64_t>> result;
  for (int64_t first : {1, 2, 4, 31, 32, 63, 64, 65})
    result.push_back({first, kTokens - first});
  std::vector<int64_t> steps(kTokens - 63, 1); // a prompt, then token by token
  steps.insert(steps.begin(), 63);
  result.push_back(steps);
  return result;
}

struct Report {
  double worst = 0, apart = 0;
  std::vector<std::string> faults;
};

/// The tokens of a call, which begins with these states as bf16 has them.
Problem partOf(attn::RecurrenceOp op, const Problem &all, int64_t from, int64_t tokens,
               ArrayRef<std::vector<double>> states) {
  Problem part = all;
  part.tokens = tokens;
  for (unsigned index = 0; index < all.args.size(); ++index) {
    if (index < states.size()) {
      part.args[index] = states[index];
      for (double &x : part.args[index]) {
        uint32_t bits = std::bit_cast<uint32_t>(float(x));
        x = std::bit_cast<float>((bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF0000u);
      }
    } else if (!op.hasArgFact(index, "constant")) {
      int64_t row = int64_t(all.args[index].size()) / all.tokens;
      auto begin = all.args[index].begin() + from * row;
      part.args[index].assign(begin, begin + tokens * row);
    }
  }
  return part;
}

/// Narrow states: bit for bit what f32 gives whose states are rounded between calls.
void checkNarrow(MLIRContext &context, const Isa &isa, const NormalForm &form, const Shape &shape, Report &report) {
  std::vector<CompiledRecurrence> kernels; // wide, narrow
  for (bool isNarrow : {false, true}) {
    auto kernel = CompiledRecurrence::create(context, isa, form, shape.K, shape.V, shape.heads, shape.ratio, isNarrow);
    if (!kernel)
      return report.faults.push_back(llvm::toString(kernel.takeError()));
    kernels.push_back(std::move(*kernel));
  }
  const SmallVector<int64_t> calls = {1, 1, 31, 1, 2, 64, 30};
  Problem problem{kTokens, shape.heads, shape.ratio, shape.K, shape.V, {}};
  fillRandom(form.op, problem, {5, shape.decays[0], 0.3});
  roundToFloat(problem);
  const unsigned states = form.decays.size();
  Solution want;
  want.states.assign(problem.args.begin(), problem.args.begin() + states);
  int64_t token = 0;
  for (int64_t tokens : calls) {
    Solution part = kernels[0].run(partOf(form.op, problem, token, tokens, want.states), {tokens});
    want.output.insert(want.output.end(), part.output.begin(), part.output.end());
    want.states = part.states;
    token += tokens;
  }
  Problem rounded = partOf(form.op, problem, 0, 1, want.states);
  want.states.assign(rounded.args.begin(), rounded.args.begin() + states);
  for (Tasks tasks : {Tasks{1, false}, Tasks{64, true}}) {
    if (!sameBits(kernels[1].run(problem, calls, tasks), want))
      report.faults.push_back(llvm::formatv("{0}x{1}: bf16 states differ from f32 ones that are rounded between calls",
                                            shape.K, shape.V));
    if (!kernels[1].paddingIsZero)
      report.faults.push_back("padding of bf16 states is not zero");
  }
}

void certify(MLIRContext &context, ArrayRef<Isa> levels, const NormalForm &form, const Shape &shape,
             MutableArrayRef<Report> reports) {
  std::vector<CompiledRecurrence> kernels;
  for (auto [isa, report] : llvm::zip(levels, reports)) {
    auto kernel = CompiledRecurrence::create(context, isa, form, shape.K, shape.V, shape.heads, shape.ratio);
    if (!kernel) {
      report.faults.push_back(llvm::toString(kernel.takeError()));
      continue;
    }
    kernels.push_back(std::move(*kernel));
  }
  if (kernels.size() != levels.size())
    return;
  for (auto [number, decay] : llvm::enumerate(shape.decays)) {
    Problem problem{kTokens, shape.heads, shape.ratio, shape.K, shape.V, {}};
    fillRandom(form.op, problem, {number + 1, decay, number % 2 ? 0.0 : 0.3});
    roundToFloat(problem);
    Solution want = llvm::cantFail(interpret(form.op, problem));
    for (auto [kernel, report] : llvm::zip(kernels, reports)) {
      auto fault = [&, K = shape.K, V = shape.V](const Twine &text) {
        report.faults.push_back(llvm::formatv("{0}x{1}, decay {2}: {3}", K, V, decay, text.str()));
      };
      Solution got = kernel.run(problem, {kTokens});
      double error = relativeError(got, want);
      report.worst = std::max(report.worst, error);
      if (!(error <= 1e-5))
        fault(llvm::formatv("relative error {0:e1}", error).str());
      if (!kernel.paddingIsZero)
        fault("padding is not zero");
      for (Tasks tasks : {Tasks{2, true}, Tasks{1, true}, Tasks{64, false}})
        if (!sameBits(kernel.run(problem, {kTokens}, tasks), got))
          fault(llvm::formatv("{0} threads change the result", tasks.threads).str());
      for (ArrayRef<int64_t> cut : cuts()) {
        auto ofCut = [&](const Twine &text) {
          fault(llvm::formatv("{0} calls, the first of {1} tokens: {2}", cut.size(), cut[0], text.str()).str());
        };
        Solution other = kernel.run(problem, cut);
        error = relativeError(other, got);
        report.apart = std::max(report.apart, error);
        if (!(error <= 2e-6))
          ofCut(llvm::formatv("relative error {0:e1}", error).str());
        if (cut[0] == 31 && !sameBits(kernel.run(problem, cut, Tasks{2, true}), other))
          ofCut("threads change the result");
      }
    }
  }
}

int certify(MLIRContext &context, ArrayRef<Isa> levels, attn::RecurrenceOp op) {
  NormalForm form = normalize(op);
  std::vector<Report> reports(levels.size());
  for (const Shape &shape : shapes)
    if (reports.empty() || reports[0].faults.empty()) {
      certify(context, levels, form, shape, reports);
      if (shape.K == 20 || shape.K == 80)
        for (auto [isa, report] : llvm::zip(levels, reports))
          checkNarrow(context, isa, form, shape, report);
    }
  int failures = 0;
  for (auto [isa, report] : llvm::zip(levels, reports)) {
    failures += !report.faults.empty();
    llvm::outs() << "@" << op.getSymName() << ", " << isa.name << ": "
                 << llvm::formatv("relative error {0:e1}, of cuts {1:e1}: ", report.worst, report.apart)
                 << (report.faults.empty() ? "certified" : "WRONG") << '\n';
    for (const std::string &fault : ArrayRef(report.faults).take_front(5))
      llvm::outs() << "  " << fault << '\n';
  }
  return failures;
}

/// Prints how the error of steps, and of scans in calls of 512 tokens, grows with the number of tokens, for states of f32
/// and of bf16 and for decays that forget slowly and fast.
int showGrowth(MLIRContext &context, const Isa &isa, attn::RecurrenceOp op) {
  const int64_t K = 64, V = 64, heads = 2;
  NormalForm form = normalize(op);
  for (double decay : {0.002, 0.2})
    for (int64_t tokens : {64, 1024, 8192}) {
      Problem problem{tokens, heads, 1, K, V, {}};
      fillRandom(op, problem, {1, decay, 0});
      roundToFloat(problem);
      Solution want = llvm::cantFail(interpret(op, problem));
      llvm::outs() << llvm::formatv("@{0}, decays to exp(-{1:f3}), {2} tokens:", op.getSymName(), decay, tokens);
      for (bool isNarrow : {false, true}) {
        auto kernel = CompiledRecurrence::create(context, isa, form, K, V, heads, 1, isNarrow);
        if (!kernel)
          return llvm::errs() << llvm::toString(kernel.takeError()) << '\n', 1;
        for (int64_t call : {int64_t(1), std::min<int64_t>(tokens, 512)})
          llvm::outs() << llvm::formatv(" {0} {1} {2:e1}", isNarrow ? "bf16" : "f32", call == 1 ? "step" : "scan",
                                        relativeError(kernel->run(problem, SmallVector<int64_t>(tokens / call, call)), want));
      }
      llvm::outs() << '\n';
    }
  return 0;
}

} // namespace

int main(int argc, char **argv) {
  SmallVector<StringRef> names;
  if (argc > 1)
    StringRef(argv[1]).split(names, ',');
  std::vector<Isa> levels;
  std::optional<Isa> native = findIsa("native");
  for (StringRef name : names) {
    std::optional<Isa> isa = findIsa(name);
    if (!isa)
      return llvm::errs() << "unknown ISA '" << name << "'\n", 2;
    if ((isa->required & native->required) == isa->required)
      levels.push_back(*isa);
    else
      llvm::outs() << name << ": not on this machine\n";
  }
  const bool isGrowth = argc == 4 && StringRef(argv[3]) == "growth";
  if (argc < 2 || (argc > 3 && !isGrowth) || (isGrowth && levels.empty()))
    return llvm::errs() << "usage: recurrence-check ISA[,ISA...] [VARIANT [growth] | FILE.mlir]\n", 2;
  DialectRegistry registry;
  registry.insert<arith::ArithDialect, LLVM::LLVMDialect, math::MathDialect, scf::SCFDialect, vector::VectorDialect,
                  attn::AttnDialect>();
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  context.loadAllAvailableDialects();
  int failures = 0, count = 0;
  StringRef which = argc > 2 ? argv[2] : "";
  if (which.ends_with(".mlir")) {
    OwningOpRef<ModuleOp> module = parseSourceFile<ModuleOp>(which, &context);
    if (!module)
      return 1;
    for (auto op : module->getOps<attn::RecurrenceOp>()) {
      failures += certify(context, levels, op);
      ++count;
    }
  } else {
    for (StringRef name : attn::catalogNames("attn.recurrence")) {
      if (!which.empty() && name != which)
        continue;
      OwningOpRef<ModuleOp> module = ModuleOp::create(UnknownLoc::get(&context));
      auto op = attn::importVariant<attn::RecurrenceOp>(*module, name);
      failures += failed(op) ? 1 : isGrowth ? showGrowth(context, levels[0], *op) : certify(context, levels, *op);
      ++count;
    }
  }
  llvm::outs() << count << " variants, " << failures << " failures\n";
  return failures != 0 || count == 0;
}
