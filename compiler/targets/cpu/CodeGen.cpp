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
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
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

/// Naive meanings come on tensors: memory for them, then loops.
static void addLoweringOfTensors(OpPassManager &manager) {
  manager.addPass(createConvertElementwiseToLinalgPass());
  manager.addPass(bufferization::createEmptyTensorEliminationPass()); // results go to their place at once
  manager.addPass(bufferization::createOneShotBufferizePass());
  manager.addPass(createConvertLinalgToLoopsPass());
  manager.addPass(createLowerAffinePass());
  arith::ArithExpandOpsPassOptions expand;
  expand.includeBf16 = true; // a libcall otherwise, where the CPU has no conversion
  manager.addPass(arith::createArithExpandOpsPass(expand));
  manager.addPass(memref::createExpandStridedMetadataPass());
  manager.addPass(createLowerAffinePass());
}

void addLoweringToLlvm(OpPassManager &manager, bool hasTensors) {
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
  if (hasTensors)
    addLoweringOfTensors(manager);
  manager.addPass(createSCFToControlFlowPass());
  manager.addPass(createConvertVectorToLLVMPass());
  manager.addPass(createConvertMathToLLVMPass());
  if (hasTensors) {
    manager.addPass(createConvertMathToLibmPass());
    manager.addPass(createFinalizeMemRefToLLVMConversionPass());
  }
  manager.addPass(createArithToLLVMConversionPass());
  manager.addPass(createConvertIndexToLLVMPass());
  manager.addPass(createConvertControlFlowToLLVMPass());
  manager.addPass(createConvertFuncToLLVMPass());
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

/// Kernels come tiled, unrolled and vectorised as they shall be: what is left to do is to clean up. The default O2
/// pipeline gives the same speed for three times the compile time. In functions of hundreds of scalar loops it takes seven
/// times as long, as each loop that changes makes it look at all of them again, for code that is between 15 % slower and
/// 25 % faster.
static std::string pipelineFor(bool hasScalarLoops) {
  const StringRef vectorize = hasScalarLoops ? "loop-vectorize," : "", hoist = hasScalarLoops ? ",loop-mssa(licm)" : "";
  return ("function(sroa,early-cse,instcombine<no-verify-fixpoint>,simplifycfg,loop-mssa(loop-rotate,licm)," +
          vectorize + "early-cse<memssa>,instcombine<no-verify-fixpoint>,simplifycfg" + hoist + "),globaldce")
      .str();
}

llvm::Expected<SmallVector<char, 0>> emitLlvmModule(llvm::Module &code, const Isa &isa, bool hasScalarLoops) {
  std::string problem;
  std::unique_ptr<llvm::TargetMachine> machine = createTargetMachine(isa, problem);
  if (!machine)
    return llvm::createStringError("no code generator for " + isa.name + ": " + problem);
  code.setDataLayout(machine->createDataLayout());
  code.setTargetTriple(machine->getTargetTriple());
  for (llvm::Function &function : code)
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
  llvm::PassBuilder builder(machine.get());
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);
  llvm::ModulePassManager cleanUp;
  llvm::cantFail(builder.parsePassPipeline(cleanUp, pipelineFor(hasScalarLoops)));
  cleanUp.run(code, modules);

  SmallVector<char, 0> object;
  llvm::raw_svector_ostream stream(object);
  llvm::legacy::PassManager emitter;
  if (machine->addPassesToEmitFile(emitter, stream, nullptr, llvm::CodeGenFileType::ObjectFile))
    return llvm::createStringError("the code generator for " + isa.name + " writes no object files");
  emitter.run(code);
  return object;
}

LogicalResult lowerToLlvm(ModuleOp module) {
  PassManager manager(module.getContext());
  (void)applyPassManagerCLOptions(manager); // fails where a program registers no such options
  bool hasTensors = module.walk([](bufferization::ToTensorOp) { return WalkResult::interrupt(); }).wasInterrupted();
  addLoweringToLlvm(manager, hasTensors);
  return manager.run(module);
}

FailureOr<ObjectJob> startObject(ModuleOp module, const Isa &isa) {
  if (failed(lowerToLlvm(module)))
    return failure();
  registerBuiltinDialectTranslation(*module.getContext());
  registerLLVMDialectTranslation(*module.getContext());
  auto context = std::make_unique<llvm::LLVMContext>();
  std::unique_ptr<llvm::Module> code = translateModuleToLLVMIR(module, *context);
  if (!code)
    return failure();
  return std::async(std::launch::async, [isa, context = std::move(context), code = std::move(code)]() mutable {
    llvm::Expected<SmallVector<char, 0>> object = emitLlvmModule(*code, isa);
    code.reset(); // before its context
    return object;
  });
}

FailureOr<SmallVector<char, 0>> emitObject(ModuleOp module, const Isa &isa) {
  FailureOr<ObjectJob> job = startObject(module, isa);
  if (failed(job))
    return failure();
  llvm::Expected<SmallVector<char, 0>> object = job->get();
  if (!object)
    return module.emitError() << llvm::toString(object.takeError());
  return std::move(*object);
}

} // namespace braid::cpu
