// SPDX-License-Identifier: Apache-2.0
/// \file
/// Object code for kernels, by LLVM's target machine.
#include "compiler/targets/cpu/CodeGen.h"

#include "runtime/include/braid_abi.h"

#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Host.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
namespace braid::cpu {

static Isa nativeIsa() {
  Isa isa{"native", llvm::sys::getHostCPUName().str(), "", 0, false, false, nullptr};
  llvm::StringMap<bool> features = llvm::sys::getHostCPUFeatures();
  for (auto &feature : features)
    isa.features += (isa.features.empty() ? "" : ",") + std::string(feature.second ? "+" : "-") + feature.first().str();
  auto has = [&](llvm::StringRef name) { return features.lookup(name); };
  if (has("avx2") && has("fma") && has("f16c"))
    isa.required |= BRAID_CPU_X86_64_V3;
  if (has("avx512f") && has("avx512bw") && has("avx512vl") && has("avx512dq")) {
    isa.required |= BRAID_CPU_X86_64_V4;
    isa.avx512 = true;
  }
  if (isa.avx512 && has("avx512vnni")) {
    isa.required |= BRAID_CPU_AVX512_VNNI;
    isa.vnni = true;
  }
  if (isa.avx512 && has("avx512bf16"))
    isa.required |= BRAID_CPU_AVX512_BF16;
  if (isa.avx512 && has("avx512vbmi"))
    isa.required |= BRAID_CPU_AVX512_VBMI;
  return isa;
}

std::optional<Isa> findIsa(llvm::StringRef name) {
  if (name == "x86-64-v3")
    return Isa{"x86-64-v3", "x86-64-v3", "", BRAID_CPU_X86_64_V3, false, false, nullptr};
  if (name == "x86-64-v4")
    return Isa{"x86-64-v4", "x86-64-v4", "-prefer-256-bit", BRAID_CPU_X86_64_V3 | BRAID_CPU_X86_64_V4, true, false, nullptr};
  if (name == "native")
    return nativeIsa();
  return std::nullopt;
}

void addLoweringToLlvm(OpPassManager &manager) {
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
  manager.addPass(createSCFToControlFlowPass());
  manager.addPass(createConvertVectorToLLVMPass());
  manager.addPass(createConvertMathToLLVMPass());
  manager.addPass(createArithToLLVMConversionPass());
  manager.addPass(createConvertIndexToLLVMPass());
  manager.addPass(createConvertControlFlowToLLVMPass());
  manager.addPass(createReconcileUnrealizedCastsPass());
}

static std::unique_ptr<llvm::TargetMachine> createTargetMachine(const Isa &isa, std::string &error) {
  static bool initialised = (llvm::InitializeNativeTarget(), llvm::InitializeNativeTargetAsmPrinter(), true);
  (void)initialised;
  llvm::Triple triple("x86_64-pc-linux-gnu");
  const llvm::Target *target = llvm::TargetRegistry::lookupTarget(triple, error);
  if (!target)
    return nullptr;
  llvm::TargetOptions options;
  options.AllowFPOpFusion = llvm::FPOpFusion::Standard;
  return std::unique_ptr<llvm::TargetMachine>(target->createTargetMachine(
      triple, isa.cpu, isa.features, options, llvm::Reloc::PIC_, std::nullopt, llvm::CodeGenOptLevel::Default));
}

FailureOr<SmallVector<char, 0>> emitObject(ModuleOp module, const Isa &isa) {
  std::string error;
  std::unique_ptr<llvm::TargetMachine> machine = createTargetMachine(isa, error);
  if (!machine)
    return module.emitError() << "no code generator for " << isa.name << ": " << error;

  PassManager manager(module.getContext());
  (void)applyPassManagerCLOptions(manager); // fails where a program registers no such options
  addLoweringToLlvm(manager);
  if (failed(manager.run(module)))
    return failure();

  registerBuiltinDialectTranslation(*module.getContext());
  registerLLVMDialectTranslation(*module.getContext());
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> code = translateModuleToLLVMIR(module, context);
  if (!code)
    return failure();
  code->setDataLayout(machine->createDataLayout());
  code->setTargetTriple(machine->getTargetTriple());
  for (llvm::Function &function : *code)
    if (!function.isDeclaration()) {
      function.addFnAttr("target-cpu", isa.cpu);
      if (!isa.features.empty())
        function.addFnAttr("target-features", isa.features);
      function.addFnAttr("prefer-vector-width", isa.avx512 ? "512" : "256");
      function.addFnAttr("no-trapping-math", "true");
    }

  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager components;
  llvm::ModuleAnalysisManager modules;
  llvm::PipelineTuningOptions tuning; // kernels come tiled, unrolled and vectorised as they shall be
  tuning.LoopUnrolling = tuning.LoopInterleaving = tuning.LoopVectorization = tuning.SLPVectorization = false;
  llvm::PassBuilder builder(machine.get(), tuning);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);
  builder.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O2).run(*code, modules);

  SmallVector<char, 0> object;
  llvm::raw_svector_ostream stream(object);
  llvm::legacy::PassManager emitter;
  if (machine->addPassesToEmitFile(emitter, stream, nullptr, llvm::CodeGenFileType::ObjectFile))
    return module.emitError() << "the code generator for " << isa.name << " writes no object files";
  emitter.run(*code);
  return object;
}

} // namespace braid::cpu
