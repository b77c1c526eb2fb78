// SPDX-License-Identifier: Apache-2.0
/// \file
/// The driver.
#include "compiler/Compile.h"

#include "compiler/Artifact.h"
#include "compiler/BindVariants.h"
#include "compiler/OutputFile.h"
#include "compiler/ParseFile.h"
#include "runtime/include/braid_abi.h"

#include "mlir/IR/Verifier.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace braid::formats;
namespace braid {

namespace {

class Driver {
public:
  Driver(MLIRContext &context, CompileOptions options) : context(context), options(std::move(options)) {}

  LogicalResult run() {
    options.progress("reading", 0);
    if (failed(read()) || failed(bindVariants(*module, options.variants)))
      return failure();
    if (options.to.empty() && options.emit == EmitKind::Graph)
      return print(*module);
    StringRef last = !options.to.empty() ? StringRef(options.to) : options.emit == EmitKind::Fused ? "fuse" : "";
    for (StringRef phase : phases()) {
      options.progress(phase, 0);
      if (failed(runPhase(phase)))
        return failure();
      if (phase == last)
        return print(*module);
    }
    return generate();
  }

private:
  LogicalResult runPhase(StringRef phase) {
    PassManager manager(&context);
    if (failed(applyPassManagerCLOptions(manager)))
      return failure();
    if (!options.reproducer.empty())
      manager.enableCrashReproducerGeneration(options.reproducer);
    addPhase(manager, phase, {options.target.maxTokens, options.target.select.reference});
    return manager.run(*module);
  }

  LogicalResult report(llvm::Error error) {
    // The message names its file already.
    return emitError(UnknownLoc::get(&context)) << llvm::toString(std::move(error));
  }

  LogicalResult read() {
    if (!StringRef(options.input).ends_with(".mlir")) {
      llvm::Expected<ModelFile> file = options.weights == "none" ? openConfig(options.input) : openModel(options.input);
      if (!file)
        return report(file.takeError());
      source = std::move(*file);
      llvm::Expected<OwningOpRef<ModuleOp>> graph = models::importModel(context, source, options.import);
      if (!graph)
        return report(graph.takeError());
      module = std::move(*graph);
      return verify(*module);
    }
    // It may name a variant that comes with the options: checked when that is there.
    module = parseFile(options.input, ParserConfig(&context, /*verifyAfterParse=*/false));
    if (!module)
      return failure();
    if (options.weights.empty() || options.weights == "none") {
      source.withoutWeights = options.weights == "none";
      return success();
    }
    llvm::Expected<ModelFile> file = openModel(options.weights);
    if (!file)
      return report(file.takeError());
    source = std::move(*file);
    return success();
  }

  LogicalResult print(ModuleOp op) {
    std::string text;
    llvm::raw_string_ostream stream(text);
    op.print(stream);
    stream << '\n';
    return write(text);
  }

  LogicalResult write(StringRef content) {
    if (options.output.empty() || options.output == "-") {
      llvm::outs() << content;
      return success();
    }
    if (llvm::Error error = writeFile(options.output, content))
      return report(std::move(error));
    return success();
  }

  LogicalResult generate() {
    FailureOr<cpu::CpuProgram> plan = cpu::planProgram(*module, options.target);
    if (failed(plan))
      return failure();
    // Only the plan tells what memory a number of tokens takes; a second one replaces it.
    const int64_t most = options.fitsBatch ? cpu::fittingTokens(*plan, options.target.maxTokens) : options.target.maxTokens;
    if (most < options.target.maxTokens) {
      options.target.maxTokens = most;
      if (failed(runPhase("lower")) || failed(plan = cpu::planProgram(*module, options.target)))
        return failure();
    }
    llvm::SmallVector<cpu::IsaCode> code;
    std::vector<cpu::ObjectJob> jobs;
    for (const std::string &name : options.target.isas) {
      std::optional<cpu::Isa> isa = cpu::findIsa(name);
      if (!isa)
        return emitError(UnknownLoc::get(&context))
               << "--isa: expected x86-64-v3, x86-64-v4 or native, got '" << name << "'";
      // A native level below AVX2, or one that equals a level, adds nothing.
      if (name == "native" && options.target.isas.size() > 1 && !(isa->required & BRAID_CPU_X86_64_V3))
        continue;
      options.progress("generating code for " + name, 0);
      cpu::IsaCode level{*isa, "braid_step_" + std::to_string(code.size()), {}};
      FailureOr<OwningOpRef<ModuleOp>> kernels = cpu::emitKernels(*module, *plan, *isa, level.step);
      if (failed(kernels))
        return failure();
      if (options.emit == EmitKind::Kernels)
        return print(**kernels);
      if (options.emit == EmitKind::Llvm)
        return failed(cpu::lowerToLlvm(**kernels)) ? failure() : print(**kernels);
      FailureOr<cpu::ObjectJob> job = cpu::startObject(**kernels, *isa);
      if (failed(job))
        return failure();
      jobs.push_back(std::move(*job));
      code.push_back(std::move(level));
      if (options.emit == EmitKind::Obj)
        break;
    }
    for (auto [level, job] : llvm::zip(code, jobs)) {
      llvm::Expected<llvm::SmallVector<char, 0>> object = job.get();
      if (!object)
        return report(object.takeError());
      level.object = std::move(*object);
    }
    if (options.emit == EmitKind::Obj)
      return write(StringRef(code[0].object.data(), code[0].object.size()));
    if (llvm::Error error = writeArtifact(*module, *plan, options, code, source))
      return report(std::move(error));
    options.progress("done", 1);
    return success();
  }

  MLIRContext &context;
  CompileOptions options;
  ModelFile source;
  OwningOpRef<ModuleOp> module;
};

} // namespace

LogicalResult compile(MLIRContext &context, const CompileOptions &options) { return Driver(context, options).run(); }

} // namespace braid
