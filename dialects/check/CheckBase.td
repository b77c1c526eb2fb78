// SPDX-License-Identifier: Apache-2.0
// The check dialect: numerics inside tests.
#ifndef CHECK_BASE
#define CHECK_BASE

include "mlir/IR/OpBase.td"
include "mlir/IR/SymbolInterfaces.td"

def Check_Dialect : Dialect {
  let name = "check";
  let cppNamespace = "::braid::check";
  let summary = "Numeric assertions inside lit files.";
  let description = [{
    A test is a function of a few ops and what must hold of it. `braid-check file.mlir` compiles the function by its
    naive meaning, and in every form on every ISA level of the machine; runs all of them on the same inputs, weights and
    states; and reports the first number that differs, with the line of the check.
  }];
}
#endif
