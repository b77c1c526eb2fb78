// SPDX-License-Identifier: Apache-2.0
/// \file
/// Plans the .weights payload.
#include "compiler/targets/cpu/WeightPlan.h"

#include "llvm/Support/xxhash.h"

using namespace mlir;
using namespace braid::graph;
namespace braid::cpu {

uint64_t WeightPlan::hash() const {
  std::string text;
  llvm::raw_string_ostream stream(text);
  for (const PackItem &item : items) {
    const WeightLayout &layout = item.layout;
    stream << int(item.form) << ' ' << int(layout.codes) << ' ' << layout.k << ' ' << layout.group << ' '
           << int(layout.scale) << ' ' << layout.min << ' ' << layout.zero << ' ' << item.offset << ' ' << item.bytes;
    for (const WeightSource &source : item.sources) {
      stream << ' ' << source.name.size() << ':' << source.name << " [";
      llvm::interleaveComma(source.shape, stream);
      stream << "][";
      llvm::interleaveComma(source.rows, stream);
      stream << ']' << source.transposed << ' ' << (source.function ? int(*source.function) : -1);
      for (float value : source.values)
        stream << ' ' << llvm::bit_cast<uint32_t>(value);
    }
    stream << '\n';
  }
  return llvm::xxh3_64bits(text);
}

WeightSource::WeightSource(WeightOp op)
    : name(op.getName().str()), shape(op.getWeight().getType().getShape()), transposed(op.getTransposed()),
      function(op.getFunction()) {
  if (std::optional<ArrayRef<int64_t>> part = op.getRows())
    rows.assign(part->begin(), part->end());
  if (std::optional<ArrayRef<float>> numbers = op.getValues())
    values.assign(numbers->begin(), numbers->end());
}

namespace {

class Planner {
public:
  Planner(const KernelMap &kernels) : kernels(kernels) {}

  LogicalResult run(func::FuncOp main) {
    for (auto call : main.getBody().front().getOps<func::CallOp>()) {
      auto source = [&](unsigned argument) -> FailureOr<WeightSource> {
        auto weight = call.getOperand(argument).getDefiningOp<WeightOp>();
        if (!weight)
          return call.emitError() << "expected its weights to be braid.weight ops";
        return WeightSource(weight);
      };
      auto kernel = kernels.find(call.getCalleeAttr().getAttr());
      if (failed(kernel != kernels.end() ? planMainKernel(call, kernel->second, source) : planLayer(call, source)))
        return failure();
    }
    return success();
  }
  WeightPlan plan;

private:
  using SourceOf = llvm::function_ref<FailureOr<WeightSource>(unsigned argument)>;

  LogicalResult planMainKernel(func::CallOp call, const Kernel &kernel, SourceOf source) {
    SmallVector<int64_t> offsets;
    for (const WeightGroup &group : kernel.weights) {
      FailureOr<PackItem> item = makeItem(group, source);
      if (failed(item))
        return failure();
      // A tied head reads the bytes of the embedding.
      auto same = llvm::find_if(plan.items, [&](const PackItem &other) { return other.holdsSame(*item); });
      offsets.push_back(same != plan.items.end() ? same->offset : add(*item));
    }
    plan.groups[call] = offsets;
    return success();
  }

  LogicalResult planLayer(func::CallOp call, SourceOf source) {
    auto layer = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(call, call.getCalleeAttr());
    if (!layer || layer.isDeclaration())
      return call.emitError() << "expected a call of a kernel or of a layer's function";
    int64_t base = plan.bytes;
    plan.layerBase[call] = base;
    for (auto inner : layer.getBody().front().getOps<func::CallOp>()) {
      auto kernel = kernels.find(inner.getCalleeAttr().getAttr());
      if (kernel == kernels.end())
        return inner.emitError() << "expected a layer to call kernels only";
      auto sourceInLayer = [&](unsigned argument) -> FailureOr<WeightSource> {
        auto outer = dyn_cast<BlockArgument>(inner.getOperand(argument));
        if (outer)
          return source(outer.getArgNumber());
        return inner.emitError() << "expected a layer's weights to be its arguments";
      };
      SmallVector<int64_t> offsets;
      for (const WeightGroup &group : kernel->second.weights) {
        FailureOr<PackItem> item = makeItem(group, sourceInLayer);
        if (failed(item))
          return failure();
        offsets.push_back(add(*item) - base);
      }
      // The same for every call of this layer kind, as sizes follow from types.
      plan.groups[inner] = offsets;
    }
    return success();
  }

  FailureOr<PackItem> makeItem(const WeightGroup &group, SourceOf source) {
    PackItem item{group.form, group.layout, {}, 0, group.bytes};
    for (unsigned argument : group.arguments) {
      FailureOr<WeightSource> found = source(argument);
      if (failed(found))
        return failure();
      item.sources.push_back(std::move(*found));
    }
    return item;
  }

  int64_t add(PackItem item) {
    item.offset = plan.bytes;
    plan.bytes = llvm::alignTo(plan.bytes + item.bytes, 64);
    plan.items.push_back(item);
    return item.offset;
  }

  const KernelMap &kernels;
};

} // namespace

FailureOr<WeightPlan> planWeights(func::FuncOp main, const KernelMap &kernels) {
  Planner planner(kernels);
  if (failed(planner.run(main)))
    return failure();
  return std::move(planner.plan);
}

} // namespace braid::cpu
