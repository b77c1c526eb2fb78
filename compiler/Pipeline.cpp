// SPDX-License-Identifier: Apache-2.0
/// \file
/// The recipe: one function a phase, one line a pass, with its reason.
#include "compiler/Pipeline.h"

#include "dialects/attn/Attn.h"
#include "passes/derive/Passes.h"
#include "passes/fuse/Passes.h"
#include "passes/lower/Passes.h"
#include "passes/simplify/Passes.h"

#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
namespace braid {

static void simplifyPhase(OpPassManager &manager, const PipelineOptions &) {
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());                           // weights named twice (a tied head) are one resource
  manager.addPass(simplify::createMergeLayerKindsPass());     // compile each kind of layer once
}

static void fusePhase(OpPassManager &manager, const PipelineOptions &options) {
  OpPassManager &function = manager.nest<func::FuncOp>();
  if (!options.reference) {
    function.addPass(fuse::createPushScalesPass());           // multipliers off the inputs of maps, which more maps share
    function.addPass(fuse::createFuseLinearsPass());          // first: anchors of the kernels that others join
    function.addPass(fuse::createFuseNormPass());
    function.addPass(fuse::createFuseScalePass());            // before gates and residuals, which come after factors
    function.addPass(fuse::createFuseGatePass());             // before residuals: an MLP adds after its second map
    function.addPass(fuse::createFuseRouterPass());           // behind factors, which are of its logits
    function.addPass(fuse::createFuseResidualPass());
    function.addPass(fuse::createFuseAttentionPass());
    function.addPass(fuse::createFuseLatentAttentionPass());
    function.addPass(fuse::createFuseRecurrencePass());       // before rows, which take what it leaves
    function.addPass(fuse::createFuseContractionsPass());     // before rows: what computes inputs of one kernel is one
    function.addPass(fuse::createFuseRowsPass());             // last: what is left between the others
  }
  function.addPass(fuse::createFormKernelsPass());            // what no kernel took runs alone
}

static void derivePhase(OpPassManager &manager, const PipelineOptions &options) {
  if (!options.reference)
    manager.nest<attn::SoftmaxOp>().addPass(derive::createDeriveBlockMaskPass()); // skip blocks that nobody sees
  manager.addPass(createCanonicalizerPass());
}

static void lowerPhase(OpPassManager &manager, const PipelineOptions &options) {
  manager.addPass(lower::createOutlineKernelsPass());         // equal kernels of different layers are one
  lower::PlanMemoryPassOptions memory;
  memory.maxTokens = options.maxTokens;
  manager.addPass(lower::createPlanMemoryPass(memory));
}

namespace {
struct Phase {
  StringRef name;
  void (*add)(OpPassManager &, const PipelineOptions &);
};
const Phase all[] = {{"simplify", simplifyPhase}, {"fuse", fusePhase}, {"derive", derivePhase}, {"lower", lowerPhase}};
} // namespace

ArrayRef<StringRef> phases() {
  static const StringRef names[] = {all[0].name, all[1].name, all[2].name, all[3].name};
  return names;
}

bool addPhase(OpPassManager &manager, StringRef phase, const PipelineOptions &options) {
  for (const Phase &entry : all)
    if (entry.name == phase) {
      entry.add(manager, options);
      return true;
    }
  return false;
}

void registerPipelines() {
  for (const Phase &phase : all)
    PassPipelineRegistration<>("braid-phase-" + phase.name.str(), "The " + phase.name.str() + " phase",
                               [&phase](OpPassManager &manager) { phase.add(manager, PipelineOptions()); });
}

} // namespace braid
