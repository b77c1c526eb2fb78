// SPDX-License-Identifier: Apache-2.0
/// \file
/// The frame of a chunk function: its arguments, and the loop over the heads of the group.
#include "passes/derive/ChunkEmitter.h"

using namespace mlir;
namespace braid::derive {

llvm::Error ChunkShape::check() const {
  if (K < 1 || V < 1 || ratio < 1)
    return llvm::createStringError("expected positive sizes of a chunk function");
  if (block < 4 || block % 4 || tokens < block || tokens % block || tokens > 1024)
    return llvm::createStringError(
        llvm::formatv("expected a chunk of at most 1024 tokens in blocks of a multiple of 4, got {0} in blocks of {1}",
                      tokens, block));
  return llvm::Error::success();
}

ChunkEmitter::ChunkEmitter(ModuleOp module, const NormalForm &form, const ChunkShape &shape)
    : form(form), shape(shape), b(attn::RecurrenceOp(form.op).getLoc(), module.getContext()), module(module),
      op(form.op) {}

void ChunkEmitter::begin(StringRef suffix, bool withStates, ArrayRef<RankedTensorType> results) {
  hasStates = withStates;
  const unsigned states = form.decays.size();
  auto ofGroup = [&](RankedTensorType type) {
    SmallVector<int64_t> sizes(type.getShape());
    if (shape.ratio > 1)
      sizes.insert(sizes.begin(), shape.ratio);
    return b.type(sizes);
  };
  SmallVector<Type> arguments, all;
  SmallVector<DictionaryAttr> facts;
  for (BlockArgument arg : op.getBody().getArguments()) {
    unsigned index = arg.getArgNumber();
    if (index < states && !hasStates)
      continue;
    SmallVector<int64_t> sizes;
    if (index >= states && !op.hasArgFact(index, "constant"))
      sizes.push_back(shape.tokens);
    if (index < states || isa<attn::KeyType>(arg.getType()))
      sizes.push_back(shape.K);
    if (isa<attn::StateType, attn::ValueType>(arg.getType()))
      sizes.push_back(shape.V);
    bool isShared = op.hasArgFact(index, "shared");
    arguments.push_back(isShared ? b.type(sizes) : ofGroup(b.type(sizes)));
    bool isBounded = index >= states && op.getArgRange(index).second <= 0;
    facts.push_back(isBounded ? b.getDictionaryAttr(b.getNamedAttr("attn.log", b.getUnitAttr())) : DictionaryAttr());
  }
  arguments.push_back(b.getIndexType());
  facts.push_back({});
  for (RankedTensorType type : results)
    all.push_back(ofGroup(type));

  b.setInsertionPointToEnd(module.getBody());
  function = func::FuncOp::create(b, (op.getSymName() + "_" + suffix).str(), b.getFunctionType(arguments, all));
  function.setAllArgAttrs(facts);
  b.setInsertionPointToStart(function.addEntryBlock());
  tokens = function.getArguments().back();
  if (shape.ratio == 1)
    return;
  SmallVector<Value> carried;
  for (auto [index, type] : llvm::enumerate(all))
    carried.push_back(hasStates && index < states ? Value(function.getArgument(index))
                                                  : b.zeros(cast<RankedTensorType>(type).getShape()));
  heads = scf::ForOp::create(b, b.index(0), b.index(shape.ratio), b.index(1), carried);
  b.setInsertionPointToStart(heads.getBody());
  head = heads.getInductionVar();
}

func::FuncOp ChunkEmitter::end(ValueRange results) {
  if (heads) {
    SmallVector<Value> next;
    for (auto [result, whole] : llvm::zip(results, heads.getRegionIterArgs())) {
      SmallVector<int64_t> sizes(b.shapeOf(whole));
      SmallVector<OpFoldResult> offsets(sizes.size(), b.getIndexAttr(0));
      offsets[0] = head;
      sizes[0] = 1;
      next.push_back(b.insert(result, whole, offsets, sizes));
    }
    scf::YieldOp::create(b, next);
    b.setInsertionPointAfter(heads);
    results = heads.getResults();
  }
  func::ReturnOp::create(b, results);
  return function;
}

} // namespace braid::derive
