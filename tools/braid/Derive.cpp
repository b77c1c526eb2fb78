// SPDX-License-Identifier: Apache-2.0
/// \file
/// `braid derive`: what follows from one token's step, and certificates of what was compiled from it.
#include "compiler/targets/cpu/RecurrenceRun.h"
#include "compiler/targets/cpu/RecurrenceSchedule.h"
#include "tools/braid/CommandLine.h"
#include "tools/braid/Commands.h"
#include "tools/braid/Table.h"

#include "mlir/Parser/Parser.h"

namespace cl = llvm::cl;
using namespace mlir;
using namespace braid::derive;

namespace braid::tools {

namespace {

constexpr double kBound = 1e-5;

struct Sizes {
  int64_t K, V, heads, ratio;
};
constexpr Sizes kSizes[] = {{16, 16, 2, 2}, {20, 36, 2, 1}, {64, 64, 2, 2}, {80, 128, 1, 1}};
/// The largest -log of a token's decay: 25 is a total of about -1600.
constexpr double kDecays[] = {0.02, 1, 25};
constexpr int64_t kTokens = 130;

struct Certificate {
  std::string isa, form;
  double error = 0;
};

std::vector<cpu::Isa> levelsHere() {
  std::vector<cpu::Isa> levels;
  uint64_t here = cpu::findIsa("native")->required;
  for (StringRef name : {"x86-64-v3", "x86-64-v4", "native"})
    if (std::optional<cpu::Isa> isa = cpu::findIsa(name); isa && (isa->required & here) == isa->required)
      levels.push_back(*isa);
  return levels;
}

/// The largest error of each form on each ISA level.
llvm::Expected<std::vector<Certificate>> certify(MLIRContext &context, const NormalForm &form) {
  const std::pair<StringRef, SmallVector<int64_t>> forms[] = {{"step", SmallVector<int64_t>(kTokens, 1)},
                                                              {"scan", {kTokens}}};
  std::vector<Certificate> result;
  std::vector<cpu::Isa> levels = levelsHere();
  for (const cpu::Isa &isa : levels)
    for (const auto &[name, calls] : forms)
      result.push_back({isa.name, name.str()});
  for (Sizes sizes : kSizes) {
    std::vector<cpu::CompiledRecurrence> kernels;
    for (const cpu::Isa &isa : levels) {
      auto kernel = cpu::CompiledRecurrence::create(context, isa, form, sizes.K, sizes.V, sizes.heads, sizes.ratio);
      if (!kernel)
        return kernel.takeError();
      kernels.push_back(std::move(*kernel));
    }
    for (double decay : kDecays) {
      Problem problem{kTokens, sizes.heads, sizes.ratio, sizes.K, sizes.V, {}};
      fillRandom(form.op, problem, {1, decay, 0.3});
      for (std::vector<double> &arg : problem.args)
        for (double &x : arg)
          x = float(x);
      llvm::Expected<Solution> want = interpret(form.op, problem);
      if (!want)
        return want.takeError();
      auto certificate = result.begin();
      for (const cpu::CompiledRecurrence &kernel : kernels)
        for (const auto &[name, calls] : forms) {
          certificate->error = std::max(certificate->error, relativeError(kernel.run(problem, calls), *want));
          ++certificate;
        }
    }
  }
  return result;
}

/// Prints everything of one variant; false when a certificate fails.
llvm::Expected<bool> derive(MLIRContext &context, attn::RecurrenceOp op, TableFormat format) {
  NormalForm form = normalize(op);
  std::string name = op.getSymName().str();
  if (format == TableFormat::Markdown) {
    form.print(llvm::outs());
    llvm::outs().flush();
  }
  if (!form.hasScan())
    return makeError("@" + name + ": no kernel for a step without a normal form: " + form.reason);
  if (format == TableFormat::Markdown)
    llvm::outs() << "  layout: [head][V / " << cpu::kRecurrenceColumns << "][K][" << cpu::kRecurrenceColumns
                 << "] f32, K and V padded to multiples of 16\n\n";
  auto certificates = certify(context, form);
  if (!certificates)
    return certificates.takeError();
  Table table(llvm::outs(), format,
              {{"variant", 24, false}, {"form", 5, false}, {"isa", 10, false}, {"relative error", 14}, {"", 9, false}});
  bool good = true;
  for (const Certificate &certificate : *certificates) {
    bool isGood = certificate.error <= kBound;
    good &= isGood;
    table.add({{"variant", name},
               {"form", certificate.form},
               {"isa", certificate.isa},
               {"relative_error", certificate.error},
               {"certified", isGood}},
              {name, certificate.form, certificate.isa, llvm::formatv("{0:e1}", certificate.error).str(),
               isGood ? "certified" : "WRONG"});
  }
  table.finish();
  return good;
}

} // namespace

int deriveMain(int argc, char **argv) {
  cl::OptionCategory category("braid derive options");
  cl::opt<std::string> source(cl::Positional, cl::Required, cl::desc("<file.mlir, or a variant of the catalogue>"),
                              cl::cat(category));
  cl::opt<TableFormat> format("o", cl::desc("Output (default md)"), cl::init(TableFormat::Markdown), cl::cat(category),
                              cl::values(clEnumValN(TableFormat::Markdown, "md", "the normal form, and a table"),
                                         clEnumValN(TableFormat::Csv, "csv", "the certificates"),
                                         clEnumValN(TableFormat::Json, "json", "the certificates")));
  if (!parseOptions(argc, argv,
                    "Derives what follows from one token's step: its normal form, cost, kernels, and certificates of "
                    "them against a float64 interpreter of the step.\n",
                    category))
    return 2;
  DialectRegistry registry;
  registry.insert<arith::ArithDialect, LLVM::LLVMDialect, math::MathDialect, scf::SCFDialect, vector::VectorDialect,
                  attn::AttnDialect>();
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  context.loadAllAvailableDialects();
  OwningOpRef<ModuleOp> module;
  SmallVector<attn::RecurrenceOp> variants;
  if (StringRef(source).ends_with(".mlir")) {
    module = parseSourceFile<ModuleOp>(source.getValue(), &context);
    if (!module)
      return 1;
    llvm::append_range(variants, module->getOps<attn::RecurrenceOp>());
    if (variants.empty())
      return fail(makeError(source + ": expected an attn.recurrence, got none"));
  } else {
    module = ModuleOp::create(UnknownLoc::get(&context));
    auto op = attn::importVariant<attn::RecurrenceOp>(*module, source);
    if (failed(op))
      return 1;
    variants.push_back(*op);
  }
  bool good = true;
  for (attn::RecurrenceOp op : variants) {
    llvm::Expected<bool> isGood = derive(context, op, format);
    if (!isGood)
      return fail(isGood.takeError());
    good &= *isGood;
  }
  return good ? 0 : 1;
}

} // namespace braid::tools
