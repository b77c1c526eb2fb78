// SPDX-License-Identifier: Apache-2.0
/// \file
/// `braid compile`.
#include "compiler/Compile.h"

#include "compiler/LibraryName.h"
#include "compiler/Register.h"
#include "tools/braid/CommandLine.h"
#include "tools/braid/Commands.h"
#include "tools/braid/Termination.h"

#include "mlir/IR/AsmState.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Support/Timing.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Process.h"

#include <chrono>
#include <unistd.h>

namespace cl = llvm::cl;
using namespace mlir;

namespace braid::tools {

/// One line on a terminal, overwritten; nothing in a pipe.
static void showProgress(llvm::StringRef stage, double share) {
  static const bool isTerminal = isatty(2);
  if (!isTerminal)
    return;
  llvm::errs() << "\r\033[K";
  if (stage != "done") {
    llvm::errs() << "braid: " << stage;
    if (share > 0)
      llvm::errs() << llvm::formatv(" {0:p0}", share);
  }
}

int compileMain(int argc, char **argv) {
  cl::OptionCategory files("Input and output");
  cl::OptionCategory code("Generated code");
  cl::opt<std::string> input(cl::Positional, cl::Required, cl::desc("<model: directory, .gguf or .mlir>"),
                             cl::cat(files));
  cl::opt<std::string> output("o", cl::desc("Artifact directory, or output file of --emit ('-': standard output)"),
                              cl::value_desc("path"), cl::cat(files));
  cl::opt<EmitKind> emit(
      "emit", cl::desc("What to write"), cl::init(EmitKind::Lib), cl::cat(files),
      cl::values(clEnumValN(EmitKind::Graph, "graph", "the model as imported"),
                 clEnumValN(EmitKind::Fused, "fused", "after fusion: one braid.kernel a kernel"),
                 clEnumValN(EmitKind::Kernels, "kernels", "vector code of the first ISA level"),
                 clEnumValN(EmitKind::Llvm, "llvm", "the same in the llvm dialect"),
                 clEnumValN(EmitKind::Obj, "obj", "object code of the first ISA level"),
                 clEnumValN(EmitKind::Lib, "lib", "the artifact directory (default)")));
  cl::opt<std::string> to("to", cl::desc("Print the IR after a phase: simplify, fuse, derive or lower"),
                          cl::value_desc("phase"), cl::cat(files));
  cl::opt<std::string> name("name", cl::desc("Name of the library (default: that of the output)"), cl::cat(files));
  cl::list<std::string> isas("isa", cl::CommaSeparated, cl::cat(code),
                             cl::desc("ISA levels, best first (default: native,x86-64-v4,x86-64-v3)"));
  cl::opt<bool> exact("exact", cl::desc("f32 activations everywhere (default: int8 for quantised weights, bf16 for bf16 ones)"),
                      cl::cat(code));
  cl::opt<bool> reference("reference", cl::desc("Compile every op by its naive meaning: slow, the oracle"),
                          cl::cat(code));
  using graph::StateStorage;
  cl::opt<StateStorage> cache("cache-type", cl::desc("Type of keys and values in memory"), cl::init(StateStorage::F16),
                              cl::cat(code),
                              cl::values(clEnumValN(StateStorage::F32, "f32", ""),
                                         clEnumValN(StateStorage::F16, "f16", "(default)"),
                                         clEnumValN(StateStorage::BF16, "bf16", ""),
                                         clEnumValN(StateStorage::Int8, "int8", "a scale for each 64 numbers")));
  cl::opt<StateStorage> state("state-type", cl::desc("Type of recurrent states in memory"), cl::init(StateStorage::F32),
                              cl::cat(code),
                              cl::values(clEnumValN(StateStorage::F32, "f32", "(default)"),
                                         clEnumValN(StateStorage::BF16, "bf16", "rounded once a call")));
  cl::opt<bool> biasedRouter("biased-router", cl::cat(code),
                             cl::desc("Weigh Kimi Linear's experts by biased scores, as its released Python code does"));
  cl::opt<int64_t> maxTokens("batch-size", cl::init(512), cl::cat(code),
                             cl::desc("Most tokens that go through the model at once (default 512, or as many as take a "
                                      "tenth of the weights' memory)"));
  cl::list<std::string> variants(
      "variant", cl::desc("Attention variant that comes before the model's of its name, or before <name>"),
      cl::value_desc("[name=]file.mlir"), cl::cat(files));
  cl::opt<std::string> weights(
      "weights", cl::cat(files),
      cl::desc("Model file with the tensors of a .mlir graph; none: compile without tensors, from a config.json too"));
  registerAsmPrinterCLOptions();
  registerMLIRContextCLOptions();
  registerPassManagerCLOptions();
  registerDefaultTimingManagerCLOptions();
  cl::extrahelp more("\nMLIR's and LLVM's own options (--mlir-print-ir-after-all and many more): --help-hidden\n");
  if (!parseOptions(argc, argv, "Compiles a model file to a native library.\n", {&files, &code}))
    return 2;

  CompileOptions options;
  options.input = input;
  options.output = output;
  options.weights = weights;
  options.variants = std::vector<std::string>(variants.begin(), variants.end());
  options.name = name;
  options.emit = emit;
  options.to = to;
  if (!isas.empty())
    options.target.isas = std::vector<std::string>(isas.begin(), isas.end());
  options.target.select = {exact, reference};
  options.target.maxTokens = maxTokens;
  options.fitsBatch = maxTokens.getNumOccurrences() == 0;
  options.import.cache = cache;
  options.import.state = state;
  options.import.biasedRouter = biasedRouter;
  options.progress = showProgress;
  const bool printsText = to.size() || emit != EmitKind::Lib;
  if (!to.empty() && !llvm::is_contained(phases(), llvm::StringRef(to))) {
    llvm::errs() << "braid: error: --to: expected one of " << llvm::join(phases(), ", ") << ", got '" << to << "'\n";
    return 2;
  }
  for (const std::string &isa : options.target.isas)
    if (!cpu::findIsa(isa)) {
      llvm::errs() << "braid: error: --isa: expected x86-64-v3, x86-64-v4 or native, got '" << isa << "'\n";
      return 2;
    }
  if (output.empty() && !printsText)
    return usage("expected -o <directory>");
  if (!printsText)
    if (auto library = libraryNameOf(options); !library)
      return usage(llvm::toString(library.takeError()));
  if (!weights.empty() && weights != "none" && !llvm::StringRef(input).ends_with(".mlir")) {
    llvm::errs() << "braid: error: --weights: expected a .mlir graph as the model, got '" << input << "'\n";
    return 2;
  }
  if (maxTokens < 1 || maxTokens > 65536) {
    llvm::errs() << "braid: error: --batch-size: expected 1 .. 65536, got " << maxTokens << "\n";
    return 2;
  }
  // A failing pass is re-runnable: braid-opt --run-reproducer. MLIR's own option chooses another place.
  llvm::cl::Option *own = cl::getRegisteredOptions().lookup("mlir-pass-pipeline-crash-reproducer");
  if (!own || !own->getNumOccurrences())
    options.reproducer = (output.empty() || output == "-" ? std::string("braid") : std::string(output)) +
                         ".reproducer.mlir";

  cleanUpAtTermination();
  DialectRegistry registry;
  registerAllDialects(registry);
  MLIRContext context(registry);
  context.loadAllAvailableDialects();
  context.printOpOnDiagnostic(false); // the message says what is wrong; the op's text may be pages
  context.getDiagEngine().registerHandler([](Diagnostic &diagnostic) {
    bool isError = diagnostic.getSeverity() == DiagnosticSeverity::Error;
    if (isatty(2))
      llvm::errs() << "\r\033[K";
    if (isa<UnknownLoc>(diagnostic.getLocation()))
      llvm::errs() << "braid";
    else if (auto place = diagnostic.getLocation()->findInstanceOf<FileLineColLoc>())
      llvm::errs() << place.getFilename().getValue() << ":" << place.getLine() << ":" << place.getColumn();
    else
      llvm::errs() << diagnostic.getLocation();
    llvm::errs() << (isError ? ": error: " : ": note: ") << diagnostic << "\n";
    for (Diagnostic &note : diagnostic.getNotes())
      llvm::errs() << "  note: " << note << "\n";
    return success();
  });
  auto start = std::chrono::steady_clock::now();
  LogicalResult result = compile(context, options);
  showProgress("done", 1);
  if (succeeded(result) && !printsText && isatty(2))
    llvm::errs() << llvm::formatv("braid: wrote {0} in {1:f1} s\n", output,
                                  std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  return succeeded(result) ? 0 : 1;
}

} // namespace braid::tools
