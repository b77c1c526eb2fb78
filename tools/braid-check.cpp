// SPDX-License-Identifier: Apache-2.0
/// \file
/// braid-check: runs the numeric checks of .mlir files, in every form, on every ISA level of the machine.
///   braid-check FILE...
#include "compiler/Register.h"
#include "compiler/numerics/Numerics.h"

#include "mlir/Parser/Parser.h"
#include "mlir/Support/FileUtilities.h"
#include "llvm/Support/SourceMgr.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  braid::registerAllDialects(registry);
  mlir::MLIRContext context(registry);
  context.loadAllAvailableDialects();
  int failures = argc < 2;
  if (failures)
    llvm::errs() << "usage: braid-check file.mlir ...\n";
  for (int i = 1; i < argc; ++i) {
    llvm::SourceMgr sources;
    mlir::SourceMgrDiagnosticHandler handler(sources, &context);
    mlir::OwningOpRef<mlir::ModuleOp> file = mlir::parseSourceFile<mlir::ModuleOp>(argv[i], sources, &context);
    failures += !file || mlir::failed(braid::numerics::runChecks(*file, llvm::outs()));
  }
  return failures != 0;
}
