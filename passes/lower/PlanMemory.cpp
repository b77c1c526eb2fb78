// SPDX-License-Identifier: Apache-2.0
/// \file
/// The static memory plan of activations.
#include "passes/lower/Passes.h"

using namespace mlir;
namespace braid::lower {
#define GEN_PASS_DEF_PLANMEMORYPASS
#include "passes/lower/Passes.h.inc"

namespace {

constexpr int64_t kAlignment = 64;

/// A value's life in op numbers, and its place.
struct Place {
  Value value;
  int64_t first, last, bytes, offset = -1;
};

struct PlanMemory : impl::PlanMemoryPassBase<PlanMemory> {
  using Base::Base;

  void runOnOperation() override {
    if (maxTokens <= 0) {
      getOperation().emitError() << "expected max-tokens of at least 1, got " << int64_t(maxTokens);
      return signalPassFailure();
    }
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (!function->hasAttr("braid.kernel") && !function.isDeclaration()) {
        if (failed(checkForm(function)))
          return signalPassFailure();
        plan(function);
      }
  }

  /// The plan covers straight lines of calls and views; anything else that makes a tensor would have no place.
  static LogicalResult checkForm(func::FuncOp function) {
    if (!function.getBody().hasOneBlock())
      return function.emitOpError() << "expected one block, got " << function.getBody().getBlocks().size();
    WalkResult result = function.walk([&](Operation *op) -> WalkResult {
      bool isPlanned = isa<graph::TailOp, func::CallOp>(op) && op->getParentOp() == function;
      if (isPlanned || llvm::none_of(op->getResultTypes(), [](Type type) { return isa<RankedTensorType>(type); }))
        return WalkResult::advance();
      return op->emitOpError() << "has no place in memory: expected tensors from calls and tails in the function's body";
    });
    return result.wasInterrupted() ? failure() : checkReturned(function.getBody().front().getTerminator());
  }

  /// A returned tensor is written by one call, at one place of the caller.
  static LogicalResult checkReturned(Operation *end) {
    llvm::DenseSet<Value> written;
    for (auto [i, value] : llvm::enumerate(end->getOperands()))
      if (isa<RankedTensorType>(value.getType()) &&
          !(value.getDefiningOp<func::CallOp>() && written.insert(value).second))
        return end->emitOpError() << "expected operand " << i << " to be a call's result that is returned once";
    return success();
  }

  void plan(func::FuncOp function) {
    Block &block = function.getBody().front();
    llvm::DenseMap<Operation *, int64_t> number;
    for (auto [i, op] : llvm::enumerate(block))
      number[&op] = i;
    Operation *end = block.getTerminator();
    SmallVector<Place> places;
    for (auto call : block.getOps<func::CallOp>())
      for (Value result : call.getResults()) {
        auto type = dyn_cast<RankedTensorType>(result.getType());
        // A returned value is written where the caller wants it.
        if (!type || llvm::is_contained(end->getOperands(), result))
          continue;
        places.push_back({result, number[call], lastUse(result, block, number), bytes(type)});
      }
    assign(places);
    annotate(function, places);
  }

  /// The last op of the block that reads the value, through views of it.
  static int64_t lastUse(Value value, Block &block, llvm::DenseMap<Operation *, int64_t> &number) {
    int64_t last = number[value.getDefiningOp()];
    for (Operation *user : value.getUsers()) {
      last = std::max(last, number[block.findAncestorOpInBlock(*user)]);
      if (auto view = dyn_cast<graph::TailOp>(user))
        last = std::max(last, lastUse(view.getResult(), block, number));
    }
    return last;
  }

  int64_t bytes(RankedTensorType type) {
    int64_t elements = 1;
    for (int64_t size : type.getShape())
      elements *= ShapedType::isDynamic(size) ? int64_t(maxTokens) : size;
    return llvm::alignTo(elements * llvm::divideCeil(type.getElementTypeBitWidth(), 8), kAlignment);
  }

  /// First fit, largest values first: the lowest offset where no value with an overlapping life lies.
  static void assign(SmallVectorImpl<Place> &places) {
    SmallVector<Place *> order = llvm::map_to_vector(places, [](Place &place) { return &place; });
    llvm::sort(order, [](Place *a, Place *b) { return std::tuple(-a->bytes, a->first, a) < std::tuple(-b->bytes, b->first, b); });
    SmallVector<Place *> placed;
    for (Place *place : order) {
      llvm::sort(placed, [](Place *a, Place *b) { return a->offset < b->offset; });
      int64_t offset = 0;
      for (Place *other : placed) {
        bool livesMeet = other->first <= place->last && place->first <= other->last;
        if (livesMeet && other->offset < offset + place->bytes && offset < other->offset + other->bytes)
          offset = other->offset + other->bytes;
      }
      place->offset = offset;
      placed.push_back(place);
    }
  }

  void annotate(func::FuncOp function, ArrayRef<Place> places) {
    OpBuilder builder(&getContext());
    llvm::DenseMap<Value, int64_t> offsets;
    int64_t frame = 0;
    for (const Place &place : places) {
      offsets[place.value] = place.offset;
      frame = std::max(frame, place.offset + place.bytes);
    }
    for (auto call : function.getBody().front().getOps<func::CallOp>()) {
      SmallVector<int64_t> results;
      for (Value result : call.getResults())
        if (isa<RankedTensorType>(result.getType()))
          results.push_back(offsets.contains(result) ? offsets[result] : -1);
      call->setAttr("braid.places", builder.getDenseI64ArrayAttr(results));
    }
    function->setAttr("braid.frame", builder.getI64IntegerAttr(frame));
  }
};

} // namespace
} // namespace braid::lower
