// SPDX-License-Identifier: Apache-2.0
/// \file
/// braid-opt: runs passes on .mlir files, for tests and for compiler developers.
#include "compiler/Register.h"

#include "mlir/Tools/mlir-opt/MlirOptMain.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  braid::registerAllDialects(registry);
  braid::registerAllPasses();
  return mlir::asMainReturnCode(mlir::MlirOptMain(argc, argv, "Braid optimizer driver\n", registry));
}
