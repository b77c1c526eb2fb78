// SPDX-License-Identifier: Apache-2.0
/// \file
/// Compiles check files.
#include "compiler/numerics/Program.h"

#include "compiler/Pipeline.h"
#include "compiler/WeightPacker.h"
#include "dialects/attn/Attn.h"
#include "dialects/check/Check.h"

#include "mlir/IR/Verifier.h"

using namespace mlir;
using braid::graph::WeightOp;
using braid::graph::WeightType;
namespace braid::numerics {

FailureOr<Tests> Tests::create(ModuleOp file, ArrayRef<func::FuncOp> functions) {
  Tests tests;
  tests.program = file.clone();
  ModuleOp module = *tests.program;
  for (Operation &op : llvm::make_early_inc_range(*module.getBody()))
    if (isa<check::CheckDialect>(op.getDialect()))
      op.erase();
  if (Operation *main = module.lookupSymbol("main"))
    return main->emitError() << "expected no function 'main' in a file of checks: it is made here";
  if (failed(graph::importVariants(module)))
    return failure();

  SmallVector<Type> inputs, results;
  for (func::FuncOp function : functions) {
    llvm::copy_if(function.getArgumentTypes(), std::back_inserter(inputs), [](Type type) { return !isa<WeightType>(type); });
    llvm::append_range(results, function.getResultTypes());
  }
  ImplicitLocOpBuilder b(file.getLoc(), file.getContext());
  b.setInsertionPointToEnd(module.getBody());
  auto main = func::FuncOp::create(b, "main", b.getFunctionType(inputs, results));
  Block *body = main.addEntryBlock();
  b.setInsertionPointToStart(body);
  SmallVector<Value> returned;
  size_t next = 0;
  for (func::FuncOp function : functions) {
    SmallVector<Value> operands;
    for (auto [i, type] : llvm::enumerate(function.getArgumentTypes())) {
      auto weight = dyn_cast<WeightType>(type);
      if (!weight) {
        operands.push_back(body->getArgument(next++));
        continue;
      }
      std::string name = (function.getName() + "." + Twine(i)).str();
      if (llvm::Error error = tests.random.add(name, weight))
        return function.emitError() << llvm::toString(std::move(error));
      operands.push_back(WeightOp::create(b, weight, name));
    }
    auto call = func::CallOp::create(b, module.lookupSymbol<func::FuncOp>(function.getName()), operands);
    llvm::append_range(returned, call.getResults());
  }
  func::ReturnOp::create(b, returned);
  if (failed(verify(module)))
    return failure();
  return std::move(tests);
}

/// A step owns no memory.
static LogicalResult expectNoAllocation(ModuleOp code, StringRef form) {
  WalkResult result = code.walk([&](LLVM::CallOp call) {
    if (call.getCallee() != "malloc" && call.getCallee() != "aligned_alloc")
      return WalkResult::advance();
    emitError(UnknownLoc::get(code.getContext())) << form << ": expected code that allocates no memory, got a call of '"
        << *call.getCallee() << "' in '" << call->getParentOfType<LLVM::LLVMFuncOp>().getName() << "'";
    return WalkResult::interrupt();
  });
  return failure(result.wasInterrupted());
}

LogicalResult Program::plan(ModuleOp module, const formats::TensorStore &weights) {
  for (StringRef phase : phases()) {
    PassManager manager(module.getContext());
    (void)applyPassManagerCLOptions(manager);
    addPhase(manager, phase, {options.maxTokens, options.select.reference});
    if (failed(manager.run(module)))
      return failure();
  }
  FailureOr<cpu::CpuProgram> planned = cpu::planProgram(module, options);
  if (failed(planned))
    return failure();
  program = std::move(*planned);
  payload = std::make_unique<Buffer>(program.weights.bytes);
  arena = std::make_unique<Buffer>(program.arena.bytes);
  auto main = module.lookupSymbol<func::FuncOp>("main");
  for (auto call : main.getBody().front().getOps<func::CallOp>())
    weightBase[call.getCallee()] = program.weights.layerBase.lookup(call);
  if (auto hash = packWeights(program.weights, weights, payload->data(), [](double) {}); !hash)
    return module.emitError() << llvm::toString(hash.takeError());
  return success();
}

FailureOr<std::unique_ptr<Program>> Program::compile(const Tests &tests, const Form &form, int64_t maxTokens) {
  std::unique_ptr<Program> result(new Program);
  result->options.select = form.select;
  result->options.maxTokens = maxTokens;
  OwningOpRef<ModuleOp> module = tests.module().clone();
  if (failed(result->plan(*module, tests.weights())))
    return failure();
  cpu::Isa isa = *cpu::findIsa(form.isa);
  OwningOpRef<ModuleOp> kernels = ModuleOp::create(module->getLoc());
  cpu::Emit emit(*kernels);
  FailureOr<llvm::StringMap<LLVM::LLVMFuncOp>> layers =
      cpu::emitLayers(emit, isa, *module, result->program.kernels, result->program.weights);
  if (failed(layers))
    return failure();
  for (auto &entry : result->weightBase)
    cpu::emitSlotFunction(emit, ("check." + entry.first()).str(), layers->lookup(entry.first()));
  llvm::Expected<std::unique_ptr<cpu::Jit>> code = cpu::Jit::compile(*kernels, isa);
  if (!code)
    return module->emitError() << form.name() << ": " << llvm::toString(code.takeError());
  if (failed(expectNoAllocation(*kernels, form.name())))
    return failure();
  result->code = std::move(*code);
  return std::move(result);
}

void Program::call(StringRef function, const braid_call &call, ArrayRef<const void *> operands) {
  auto entry = code->get<cpu::SlotFunction>(("check." + function).str());
  braid_call filled = call;
  filled.arena = arena->data();
  filled.weights = payload->data();
  SmallVector<const void *> slots = {&filled, cpu::slotOf(call.count), arena->data() + program.arena.layerFrames,
                                     payload->data() + weightBase.lookup(function),
                                     arena->data() + program.arena.scratch};
  llvm::append_range(slots, operands);
  entry(slots.data());
}

} // namespace braid::numerics
