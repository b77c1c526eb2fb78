// SPDX-License-Identifier: Apache-2.0
/// \file
/// Functions on tensors: buffers in a frame, matrix products as vector code, the rest as loops that LLVM vectorises.
#include "compiler/targets/cpu/TensorRun.h"
#include "compiler/targets/cpu/kernels/VectorMath.h"

#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
namespace braid::cpu {

namespace {

/// Defines `@entry(frame, count)`: the body of `function` on tensors in the frame.
func::FuncOp emitEntry(ModuleOp module, func::FuncOp function, CompiledTensors &result) {
  ImplicitLocOpBuilder b(function.getLoc(), module.getContext());
  b.setInsertionPointToEnd(module.getBody());
  // The frame's size is set when it is known.
  Type frameType = MemRefType::get({1}, b.getI8Type());
  auto entry = func::FuncOp::create(b, "entry", b.getFunctionType({frameType, b.getIndexType()}, {}));
  Block &block = *entry.addEntryBlock();
  b.setInsertionPointToStart(&block);
  auto place = [&](RankedTensorType type, SmallVectorImpl<int64_t> &offsets) -> Value {
    offsets.push_back(result.frameBytes);
    Value offset = arith::ConstantIndexOp::create(b, result.frameBytes);
    result.frameBytes += llvm::alignTo(type.getNumElements() * 4, 64);
    auto buffer = MemRefType::get(type.getShape(), type.getElementType());
    return memref::ViewOp::create(b, buffer, block.getArgument(0), offset, ValueRange{});
  };
  IRMapping mapping;
  for (BlockArgument arg : function.getArguments())
    if (auto type = dyn_cast<RankedTensorType>(arg.getType()))
      mapping.map(arg, bufferization::ToTensorOp::create(b, type, place(type, result.arguments), /*restrict=*/true));
    else
      mapping.map(arg, block.getArgument(1));
  for (Operation &op : function.getBody().front().without_terminator())
    b.clone(op, mapping);
  for (Value value : function.getBody().front().getTerminator()->getOperands()) {
    auto type = cast<RankedTensorType>(value.getType());
    result.resultSizes.push_back(type.getNumElements());
    auto store = bufferization::MaterializeInDestinationOp::create(b, TypeRange(), mapping.lookupOrDefault(value),
                                                                   place(type, result.results));
    store.setRestrict(true);
    store.setWritable(true);
  }
  func::ReturnOp::create(b);
  return entry;
}

void addGenerics(OpPassManager &manager) {
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
  manager.addPass(createConvertElementwiseToLinalgPass());
}

/// One sweep over memory for a chain of elementwise ops; but none of them is done again within a sum.
void fuseElementwise(ModuleOp module) {
  RewritePatternSet patterns(module.getContext());
  linalg::populateElementwiseOpsFusionPatterns(patterns, [](OpOperand *fused) {
    auto consumer = dyn_cast<linalg::LinalgOp>(fused->getOwner());
    return consumer && consumer.getNumReductionLoops() == 0 && fused->get().hasOneUse();
  });
  (void)applyPatternsGreedily(module, std::move(patterns));
}

void addBuffers(OpPassManager &manager) {
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
  manager.addPass(bufferization::createEmptyTensorEliminationPass()); // results go to their place at once
  manager.addPass(bufferization::createOneShotBufferizePass());
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
}

void addLoops(OpPassManager &manager) {
  manager.addPass(createConvertLinalgToLoopsPass());
  manager.addPass(createLowerAffinePass());
  manager.addPass(createConvertVectorToSCFPass());
  manager.addPass(memref::createExpandStridedMetadataPass());
  manager.addPass(createLowerAffinePass());
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
  manager.addPass(createSCFToControlFlowPass());
  manager.addPass(createConvertVectorToLLVMPass());
  manager.addPass(createConvertMathToLLVMPass());
  manager.addPass(createConvertMathToLibmPass());
  manager.addPass(createFinalizeMemRefToLLVMConversionPass());
  manager.addPass(createArithToLLVMConversionPass());
  manager.addPass(createConvertIndexToLLVMPass());
  manager.addPass(createConvertControlFlowToLLVMPass());
  ConvertFuncToLLVMPassOptions options;
  options.useBarePtrCallConv = true;
  manager.addPass(createConvertFuncToLLVMPass(options));
  manager.addPass(createReconcileUnrealizedCastsPass());
}

/// memref.copy of parts would call a library.
void expandCopiesAndExps(ModuleOp module) {
  SmallVector<Operation *> ops;
  module.walk([&](Operation *op) {
    if (isa<memref::CopyOp>(op) || (isa<math::ExpOp>(op) && op->getResult(0).getType().isF32()))
      ops.push_back(op);
  });
  for (Operation *op : ops) {
    if (auto copy = dyn_cast<memref::CopyOp>(op)) {
      OpBuilder b(op);
      if (copy.getSource() != copy.getTarget())
        linalg::CopyOp::create(b, op->getLoc(), copy.getSource(), copy.getTarget());
    } else {
      Emit e(module);
      e.setInsertionPoint(op);
      op->getResult(0).replaceAllUsesWith(emitExp(e, op->getOperand(0)));
    }
    op->erase();
  }
}

LogicalResult run(ModuleOp module, void (*add)(OpPassManager &)) {
  PassManager manager(module.getContext());
  add(manager);
  return manager.run(module);
}

} // namespace

llvm::Expected<CompiledTensors> CompiledTensors::create(func::FuncOp function, const Isa &isa) {
  CompiledTensors result;
  OwningOpRef<ModuleOp> module = ModuleOp::create(function.getLoc());
  func::FuncOp entry = emitEntry(*module, function, result);
  bool isLowered = succeeded(run(*module, addGenerics));
  if (isLowered)
    fuseElementwise(*module);
  if (!isLowered || failed(run(*module, addBuffers)))
    return llvm::createStringError("'" + function.getName() + "' can't be put into buffers");
  entry = *module->getOps<func::FuncOp>().begin();
  BlockArgument frame = entry.getArgument(0);
  result.frameBytes = planScratch(entry, frame, result.frameBytes);
  frame.setType(MemRefType::get({result.frameBytes}, IntegerType::get(module->getContext(), 8)));
  entry.setType(FunctionType::get(module->getContext(), entry.getBody().front().getArgumentTypes(), {}));
  vectorizeProducts(entry, isa.avx512 ? 16 : 8);
  expandCopiesAndExps(*module);
  if (failed(run(*module, addLoops)))
    return llvm::createStringError("'" + function.getName() + "' can't be lowered");
  registerBuiltinDialectTranslation(*module->getContext());
  registerLLVMDialectTranslation(*module->getContext());
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> code = translateModuleToLLVMIR(*module, context);
  if (!code)
    return llvm::createStringError("'" + function.getName() + "' can't be translated");
  auto object = emitLlvmModule(*code, isa, /*hasScalarLoops=*/true);
  if (!object)
    return object.takeError();
  auto jit = Jit::create(*object);
  if (!jit)
    return jit.takeError();
  auto entryPoint = (*jit)->find("entry");
  if (!entryPoint)
    return entryPoint.takeError();
  result.jit = std::move(*jit);
  result.entry = reinterpret_cast<void (*)(void *, int64_t)>(*entryPoint);
  return result;
}

} // namespace braid::cpu
