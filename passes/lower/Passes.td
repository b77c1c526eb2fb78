// SPDX-License-Identifier: Apache-2.0
// lower: kernels become functions, values become places in memory.
include "mlir/Pass/PassBase.td"

def OutlineKernelsPass : Pass<"braid-outline-kernels", "::mlir::ModuleOp"> {
  let summary = "Makes each kernel a function, equal kernels one";
  let description = [{
    A kernel's function is private and carries `braid.kernel`. Its name tells what it does: the ops of its body.
  }];
  let dependentDialects = ["::mlir::func::FuncDialect"];
}

def PlanMemoryPass : Pass<"braid-plan-memory", "::mlir::ModuleOp"> {
  let summary = "Gives every activation a fixed place in the arena";
  let description = [{
    Each call gets `braid.places`, the byte offset of each tensor result in its function's frame (-1: the caller's
    place, for values that the function returns), and each function gets `braid.frame`, the frame's size: values whose
    lives do not overlap share memory. Sizes are for `max-tokens` tokens; places are 64-byte aligned.
  }];
  let options = [Option<"maxTokens", "max-tokens", "int64_t", "512", "Most tokens of one call">];
}
