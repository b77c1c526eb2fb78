// SPDX-License-Identifier: Apache-2.0
/// \file
/// Writes the chunkwise forms of a module's recurrences.
#include "passes/derive/Chunk.h"
#include "passes/derive/Passes.h"

using namespace mlir;
namespace braid::derive {
#define GEN_PASS_DEF_DERIVECHUNKPASS
#include "passes/derive/Passes.h.inc"

namespace {

struct DeriveChunk : impl::DeriveChunkPassBase<DeriveChunk> {
  using Base::Base;

  void runOnOperation() override {
    ChunkShape shape{keyWidth, valueWidth, ratio, tokens, block};
    SmallVector<attn::RecurrenceOp> steps(getOperation().getOps<attn::RecurrenceOp>());
    for (attn::RecurrenceOp step : steps) {
      NormalForm form = normalize(step);
      if (!form.hasChunk())
        continue;
      for (auto derive : {deriveChunk, deriveTransition, deriveCombine}) {
        llvm::Expected<func::FuncOp> function = derive(getOperation(), form, shape);
        if (!function) {
          step.emitError() << llvm::toString(function.takeError());
          return signalPassFailure();
        }
        if (!combine)
          break;
      }
    }
  }
};

} // namespace
} // namespace braid::derive
