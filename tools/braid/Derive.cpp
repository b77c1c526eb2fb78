// SPDX-License-Identifier: Apache-2.0
/// \file
/// `braid derive`: what follows from one token's step, and certificates of what was compiled from it.
#include "tools/braid/Derive.h"

#include "compiler/ParseFile.h"
#include "compiler/Register.h"
#include "tools/braid/CommandLine.h"
#include "tools/braid/Commands.h"

#include <chrono>

namespace cl = llvm::cl;
using namespace mlir;
using namespace braid::derive;

namespace braid::tools {

namespace {

struct DeriveOptions {
  certify::CertifyOptions certify;
  bool bench = false;
  TimeOptions times;
};

/// The recurrences of a file, or one of the catalogue, in `module`; fails after a message.
FailureOr<SmallVector<attn::RecurrenceOp>> readVariants(MLIRContext &context, StringRef source,
                                                        OwningOpRef<ModuleOp> &module) {
  SmallVector<attn::RecurrenceOp> variants;
  if (!source.ends_with(".mlir")) {
    module = ModuleOp::create(UnknownLoc::get(&context));
    auto op = attn::importVariant<attn::RecurrenceOp>(*module, source);
    if (failed(op))
      return failure();
    variants.push_back(*op);
    return variants;
  }
  module = parseFile(source, &context);
  if (!module)
    return failure();
  llvm::append_range(variants, module->getOps<attn::RecurrenceOp>());
  if (variants.empty())
    return failure(fail(makeError(source + ": expected an attn.recurrence, got none")));
  return variants;
}

/// Seconds to derive and compile a variant once.
llvm::Expected<double> timeCompiling(MLIRContext &context, attn::RecurrenceOp op) {
  auto start = std::chrono::steady_clock::now();
  NormalForm form = normalize(op);
  auto forms = certify::compileForms(context, form, {"step"}, certify::levelsHere().back(), 128, 128, 32, 1);
  if (!forms)
    return forms.takeError();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

llvm::Expected<Derivation> derive(MLIRContext &context, attn::RecurrenceOp op, const DeriveOptions &options) {
  Derivation result{normalize(op), "", {}};
  auto known = certify::formsOf(result.form);
  for (StringRef name : known)
    if (options.certify.forms.empty() || llvm::is_contained(options.certify.forms, name.str()))
      result.forms.push_back(name.str());
  for (const std::string &name : options.certify.forms)
    if (!llvm::is_contained(known, StringRef(name)))
      return makeError("@" + op.getSymName() + ": expected one of its forms for --form, " +
                       llvm::join(known, ", ") + ", got '" + name + "'" +
                       (result.form.reason.empty() ? "" : ": " + result.form.reason));
  if (options.certify.depth != certify::Depth::None || options.bench) {
    llvm::Expected<double> seconds = timeCompiling(context, op);
    if (!seconds)
      return seconds.takeError();
    result.seconds = *seconds;
  }
  certify::CertifyOptions certifyOptions = options.certify;
  if (!certifyOptions.forms.empty())
    certifyOptions.forms = result.forms;
  auto certificates = certify::certify(context, result.form, certifyOptions);
  if (!certificates)
    return certificates.takeError();
  result.certificates = std::move(*certificates);
  if (options.bench) {
    auto times = timeForms(context, result.form, result.forms, options.times);
    if (!times)
      return times.takeError();
    result.times = std::move(*times);
  }
  return result;
}

int checkUsage(const DeriveOptions &options, ArrayRef<std::string> sources, bool catalog, bool hasSizes,
               TableFormat format) {
  if (catalog && !sources.empty())
    return usage("--catalog: expected no variant beside it, got '" + sources[0] + "'");
  if (catalog && format != TableFormat::Markdown)
    return usage("--catalog: expected -o md");
  if (!catalog && sources.empty())
    return usage("expected a file.mlir or a variant of the catalogue");
  for (const std::string &form : options.certify.forms)
    if (!llvm::is_contained({"step", "scan", "chunk", "combine"}, StringRef(form)))
      return usage("--form: expected step, scan, chunk or combine, got '" + form + "'");
  if (hasSizes && !options.bench)
    return usage("expected --bench with -K, -V, -T, --heads or -t");
  const TimeOptions &times = options.times;
  for (auto [name, value, most] :
       {std::tuple("-K", times.K, int64_t(1024)), {"-V", times.V, int64_t(1024)}, {"-T", times.tokens, int64_t(65536)},
        {"--heads", times.heads, int64_t(1024)}, {"-t", int64_t(times.threads), int64_t(256)}})
    if (value < 1 || value > most)
      return usage(Twine(name) + ": expected 1 .. " + Twine(most) + ", got " + Twine(value));
  if (times.tokens * times.heads * (times.K + times.V) > int64_t(1) << 28)
    return usage("--bench: expected at most 2^28 numbers of keys and values, got T " + Twine(times.tokens) +
                 ", heads " + Twine(times.heads) + ", K " + Twine(times.K) + ", V " + Twine(times.V));
  return 0;
}

} // namespace

int deriveMain(int argc, char **argv) {
  using certify::Depth;
  cl::OptionCategory category("braid derive options");
  cl::list<std::string> sources(cl::Positional, cl::desc("<file.mlir, or a variant of the catalogue>..."),
                                cl::cat(category));
  cl::opt<TableFormat> format("o", cl::desc("Output (default md)"), cl::init(TableFormat::Markdown), cl::cat(category),
                              cl::values(clEnumValN(TableFormat::Markdown, "md", "the normal form, and tables"),
                                         clEnumValN(TableFormat::Csv, "csv", "certificates; with --bench, times"),
                                         clEnumValN(TableFormat::Json, "json", "everything")));
  cl::opt<bool> catalog("catalog", cl::desc("Describe the whole catalogue"), cl::cat(category));
  cl::list<std::string> forms("form", cl::CommaSeparated, cl::value_desc("step,scan,chunk,combine"),
                              cl::desc("These forms alone (default: all that follow)"), cl::cat(category));
  cl::opt<Depth> depth("certify", cl::desc("How much is certified (default quick)"), cl::init(Depth::Quick),
                       cl::cat(category),
                       cl::values(clEnumValN(Depth::None, "none", "nothing"),
                                  clEnumValN(Depth::Quick, "quick", "every axis once"),
                                  clEnumValN(Depth::Half, "half", "each K with some V: seconds"),
                                  clEnumValN(Depth::Full, "full", "all K by V by T: minutes")));
  cl::opt<uint64_t> seed("seed", cl::desc("Of the inputs (default 1)"), cl::init(1), cl::cat(category));
  cl::opt<bool> bench("bench", cl::desc("Time every form"), cl::cat(category));
  cl::opt<int64_t> keys("K", cl::desc("--bench: key channels (default 128)"), cl::init(128), cl::cat(category));
  cl::opt<int64_t> values("V", cl::desc("--bench: value channels (default 128)"), cl::init(128), cl::cat(category));
  cl::opt<int64_t> tokens("T", cl::desc("--bench: tokens a call (default 512)"), cl::init(512), cl::cat(category));
  cl::opt<int64_t> heads("heads", cl::desc("--bench: heads (default 32)"), cl::init(32), cl::cat(category));
  cl::opt<int> threads("t", cl::desc("--bench: threads (default 1)"), cl::init(1), cl::cat(category));
  if (!parseOptions(argc, argv,
                    "Derives what follows from one token's step: its normal form, cost, kernels, and certificates of "
                    "them against a float64 interpreter of the step.\n",
                    category))
    return 2;
  DeriveOptions options;
  options.certify = {depth, seed, std::vector<std::string>(forms.begin(), forms.end())};
  options.bench = bench;
  options.times = {keys, values, tokens, heads, threads};
  bool hasSizes = keys.getNumOccurrences() || values.getNumOccurrences() || tokens.getNumOccurrences() ||
                  heads.getNumOccurrences() || threads.getNumOccurrences();
  std::vector<std::string> names(sources.begin(), sources.end());
  if (int code = checkUsage(options, names, catalog, hasSizes, format))
    return code;

  DialectRegistry registry;
  registerAllDialects(registry);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  context.loadAllAvailableDialects();
  context.printOpOnDiagnostic(false);
  context.getDiagEngine().registerHandler([](Diagnostic &diagnostic) {
    std::string place = placeOf(diagnostic.getLocation());
    llvm::errs() << (place.empty() ? "braid" : place) << ": error: " << diagnostic << "\n";
    for (Diagnostic &note : diagnostic.getNotes())
      llvm::errs() << "  note: " << note << "\n";
    return success();
  });
  if (catalog) {
    llvm::Error error = reportCatalog(context, llvm::outs());
    return error ? fail(std::move(error)) : 0;
  }
  std::vector<OwningOpRef<ModuleOp>> modules;
  std::vector<Derivation> derivations;
  bool isGood = true;
  for (const std::string &source : names) {
    auto variants = readVariants(context, source, modules.emplace_back());
    if (failed(variants))
      return 1;
    for (attn::RecurrenceOp op : *variants) {
      llvm::Expected<Derivation> derivation = derive(context, op, options);
      if (!derivation)
        return fail(derivation.takeError());
      if (StringRef(source).ends_with(".mlir"))
        derivation->file = source;
      isGood &= derivation->isGood();
      derivations.push_back(std::move(*derivation));
    }
  }
  report(llvm::outs(), derivations, format);
  if (isGood)
    return 0;
  for (const Derivation &derivation : derivations) // the tables may be machine-readable: say why on the other stream
    for (const certify::Certificate &certificate : derivation.certificates)
      for (const std::string &fault : certificate.faults)
        llvm::errs() << "braid: error: " << fault << "\n";
  return 1;
}

} // namespace braid::tools
