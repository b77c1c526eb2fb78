// SPDX-License-Identifier: Apache-2.0
/// \file
/// braid-lsp-server: editors' language server for .mlir files with Braid's dialects.
#include "compiler/Register.h"

#include "mlir/Tools/mlir-lsp-server/MlirLspServerMain.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  braid::registerAllDialects(registry);
  return mlir::failed(mlir::MlirLspServerMain(argc, argv, registry));
}
