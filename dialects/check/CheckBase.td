// SPDX-License-Identifier: Apache-2.0
// The check dialect: numerics inside tests.
#ifndef CHECK_BASE
#define CHECK_BASE

include "mlir/IR/OpBase.td"

def Check_Dialect : Dialect {
  let name = "check";
  let cppNamespace = "::braid::check";
  let summary = "Numeric assertions inside lit files.";
  let description = [{
    A test calls functions of the file in several forms and compares what they give; `braid-opt --braid-run-checks`
    runs the file's `check.test` functions and reports each comparison that fails with its line.
  }];
}
#endif
