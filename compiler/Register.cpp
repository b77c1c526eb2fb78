// SPDX-License-Identifier: Apache-2.0
/// \file
/// Registration.
#include "compiler/Register.h"

#include "compiler/Pipeline.h"
#include "dialects/attn/Attn.h"
#include "dialects/braid/Braid.h"
#include "dialects/check/Check.h"
#include "passes/derive/Passes.h"
#include "passes/fuse/Passes.h"
#include "passes/lower/Passes.h"
#include "passes/reference/Passes.h"
#include "passes/simplify/Passes.h"

#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Arith/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Bufferization/Transforms/FuncBufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/Linalg/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/SCF/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Tensor/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
namespace braid {

void registerAllDialects(DialectRegistry &registry) {
  registry.insert<graph::BraidDialect, attn::AttnDialect, check::CheckDialect, arith::ArithDialect,
                  bufferization::BufferizationDialect, cf::ControlFlowDialect, func::FuncDialect,
                  linalg::LinalgDialect, LLVM::LLVMDialect, math::MathDialect, memref::MemRefDialect, scf::SCFDialect,
                  tensor::TensorDialect, vector::VectorDialect>();
  arith::registerBufferizableOpInterfaceExternalModels(registry);
  bufferization::func_ext::registerBufferizableOpInterfaceExternalModels(registry);
  linalg::registerBufferizableOpInterfaceExternalModels(registry);
  scf::registerBufferizableOpInterfaceExternalModels(registry);
  tensor::registerBufferizableOpInterfaceExternalModels(registry);
}

void registerAllPasses() {
  simplify::registerBraidSimplifyPasses();
  fuse::registerBraidFusePasses();
  derive::registerBraidDerivePasses();
  lower::registerBraidLowerPasses();
  reference::registerBraidReferencePasses();
  registerPipelines();
  mlir::registerTransformsPasses();
  mlir::registerConversionPasses();
  mlir::registerLinalgPasses();
  bufferization::registerBufferizationPasses();
}

} // namespace braid
