// SPDX-License-Identifier: Apache-2.0
/// \file
/// Places for the buffers of a function, by the times in which they are used.
#include "compiler/targets/cpu/TensorRun.h"

#include "mlir/Dialect/Bufferization/Transforms/BufferViewFlowAnalysis.h"

using namespace mlir;
namespace braid::cpu {

namespace {
struct Place {
  memref::AllocOp alloc;
  int64_t begin, end; ///< numbers of the first and last op that use it
  int64_t bytes, offset;
};
} // namespace

int64_t planScratch(func::FuncOp function, Value frame, int64_t from) {
  // An op's number, and the last one within it: what is used anywhere in a loop is in use in all of it.
  llvm::DenseMap<Operation *, int64_t> first, last;
  int64_t count = 0;
  std::function<void(Block &)> number = [&](Block &block) {
    for (Operation &op : block) {
      first[&op] = count++;
      for (Region &region : op.getRegions())
        for (Block &inner : region)
          number(inner);
      last[&op] = count;
    }
  };
  number(function.getBody().front());

  BufferViewFlowAnalysis views(function);
  SmallVector<Place> places;
  function.walk([&](memref::AllocOp alloc) {
    Place place{alloc, first[alloc], last[alloc], 0, from};
    for (Value alias : views.resolve(alloc.getResult()))
      for (Operation *user : alias.getUsers())
        if (Operation *here = alloc->getBlock()->findAncestorOpInBlock(*user))
          place.end = std::max(place.end, last[here]);
    place.bytes = llvm::alignTo(alloc.getType().getNumElements() * 4, 64);
    places.push_back(place);
  });
  llvm::sort(places, [](const Place &x, const Place &y) { return x.bytes > y.bytes; });

  int64_t end = from;
  for (size_t i = 0; i < places.size(); ++i) {
    Place &place = places[i];
    SmallVector<std::pair<int64_t, int64_t>> taken;
    for (const Place &other : ArrayRef(places).take_front(i))
      if (other.begin <= place.end && place.begin <= other.end)
        taken.push_back({other.offset, other.offset + other.bytes});
    llvm::sort(taken);
    for (auto [start, stop] : taken) {
      if (start >= place.offset + place.bytes)
        break;
      place.offset = std::max(place.offset, stop);
    }
    end = std::max(end, place.offset + place.bytes);
    OpBuilder b(place.alloc);
    Value offset = arith::ConstantIndexOp::create(b, place.alloc.getLoc(), place.offset);
    Value view = memref::ViewOp::create(b, place.alloc.getLoc(), place.alloc.getType(), frame, offset, ValueRange{});
    place.alloc.replaceAllUsesWith(view);
  }
  for (Place &place : places)
    place.alloc.erase();
  return end;
}

} // namespace braid::cpu
