// SPDX-License-Identifier: Apache-2.0
/// \file
/// Proves what a recurrent step allows, and says so.
#include "passes/derive/Normal.h"
#include "passes/derive/Passes.h"

#include <mutex>

using namespace mlir;
namespace braid::derive {
#define GEN_PASS_DEF_DERIVENORMALFORMPASS
#include "passes/derive/Passes.h.inc"

namespace {

struct DeriveNormalForm : impl::DeriveNormalFormPassBase<DeriveNormalForm> {
  using Base::Base;

  void runOnOperation() override {
    NormalForm form = normalize(getOperation());
    if (form.reasonAt)
      emitRemark(*form.reasonAt) << form.reason;
    Builder b(&getContext());
    SmallVector<Attribute> forms = {b.getStringAttr("step")};
    if (form.hasScan())
      forms.push_back(b.getStringAttr("scan"));
    if (form.hasChunk())
      forms.append({b.getStringAttr("chunk"), b.getStringAttr("combine")});
    getOperation()->setAttr("forms", b.getArrayAttr(forms));
    getOperation()->setAttr("class", b.getStringAttr(form.classification));
    if (!print)
      return;
    static std::mutex mutex; // variants are visited in parallel
    std::lock_guard lock(mutex);
    form.print(llvm::outs());
  }
};

} // namespace
} // namespace braid::derive
