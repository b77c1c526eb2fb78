// SPDX-License-Identifier: Apache-2.0
/// \file
/// Recognises softmax attention over latent rows, behind row-local ops that compute its operands or alone.
#include "compiler/targets/cpu/RowTranslator.h"
#include "compiler/targets/cpu/SoftmaxRegions.h"
#include "compiler/targets/cpu/kernels/LatentAttention.h"

using namespace mlir;
using namespace braid::graph;
namespace braid::cpu {

static unsigned indexOf(Value argument) { return cast<BlockArgument>(argument).getArgNumber(); }

int64_t latentRowBytes(LatentType type) {
  LatentAttention spec;
  spec.rank = type.getRank();
  spec.rope = type.getRope();
  spec.variant.cache = cacheCodes(type.getStorage());
  return spec.rowBytes();
}

namespace {

/// The row-local ops before the attention, as a program whose outputs are operands of the attention.
struct Prologue {
  RowTranslator rows;
  SmallVector<Value> outputs;

  /// Fails where an op is none of a row program.
  bool run(Block &body, LatentAttendOp op) {
    SmallVector<Operation *> others;
    for (Operation &inner : body.without_terminator())
      if (&inner != op)
        others.push_back(&inner);
    if (!rows.translateAll(others))
      return false;
    for (Value operand : {op.getQNope(), op.getQRope(), op.getLatent(), op.getKRope()})
      if (operand.getDefiningOp()) {
        outputs.push_back(operand);
        rows.addOutput(operand);
      }
    return rows.states.empty();
  }

  static int64_t width(Value value) { return cast<RankedTensorType>(value.getType()).getDimSize(1); }
  /// Of the outputs, each from a cache line.
  int64_t scratchBytes(int64_t count) const {
    int64_t bytes = 0;
    for (Value output : outputs)
      bytes += llvm::alignTo(4 * count * width(output), 64);
    return bytes;
  }
};

} // namespace

std::optional<Kernel> selectLatentAttention(func::FuncOp function, const SelectOptions &) {
  Block &body = function.getBody().front();
  auto found = llvm::to_vector(body.getOps<LatentAttendOp>());
  if (found.size() != 1)
    return std::nullopt;
  LatentAttendOp op = found.front();
  Prologue prologue;
  if (!prologue.run(body, op) || body.getTerminator()->getOperand(0) != op.getResult())
    return std::nullopt;
  auto variant = SymbolTable::lookupNearestSymbolFrom<attn::SoftmaxOp>(op, op.getVariantAttr());
  if (!variant || !canEmitVariant(variant))
    return std::nullopt;
  LatentType state = op.getState().getType();
  WeightType values = op.getWUv().getType();

  LatentAttention spec;
  spec.name = function.getName().str();
  spec.heads = op.getHeads();
  spec.nope = op.getWUk().getType().getShape()[1];
  spec.value = values.getShape()[1];
  spec.rank = state.getRank();
  spec.rope = state.getRope();
  spec.scale = op.getScale().convertToDouble();
  spec.valueLayout = packedLayout(values.getStorage(), spec.rank);
  spec.variant.cache = cacheCodes(state.getStorage());
  bindVariant(spec.variant, variant, op.getParams());

  Kernel kernel;
  kernel.function = function;
  kernel.weights.push_back({WeightGroup::Form::Plain, {}, {indexOf(op.getWUk())}, spec.keyWeightBytes()});
  kernel.weights.push_back({WeightGroup::Form::Panels, spec.valueLayout, {indexOf(op.getWUv())},
                            spec.heads * spec.valueLayout.bytes(spec.value)});
  llvm::append_range(kernel.weights, prologue.rows.weightGroups());
  RowProgram program = prologue.rows.program;
  program.name = spec.name + "_prologue";
  kernel.scratchBytes = [=](int64_t rows) { return prologue.scratchBytes(rows) + spec.scratchBytes(rows); };
  kernel.define = [=](Emit &emit, const Isa &isa) { return emitLatentAttention(emit, isa, spec, program); };
  SmallVector<int> places; // of operands: an argument, or behind all of these an output of the prologue
  for (Value value : {op.getQNope(), op.getQRope(), op.getLatent(), op.getKRope()})
    places.push_back(value.getDefiningOp() ? -1 : int(indexOf(value)));
  unsigned rows = indexOf(op.getState());
  kernel.call = [=](Emit &emit, LLVM::LLVMFuncOp callee, const CallSite &site) {
    Value scratch = site.scratch;
    SmallVector<Value> computed;
    for (Value output : prologue.outputs) {
      computed.push_back(scratch);
      Value lines = emit.ceilDiv(emit.mul(site.rows, emit.i64(4 * Prologue::width(output))), 64);
      scratch = emit.at(scratch, emit.mul(lines, emit.i64(64)));
    }
    SmallVector<Value> operands = {site.call, site.rows};
    size_t next = 0;
    for (int place : places)
      operands.push_back(place < 0 ? computed[next++] : site.arguments[place]);
    operands.append({site.weights[0], site.weights[1], site.arguments[rows], scratch, site.outputs[0]});
    for (int tensor : prologue.rows.tensors)
      operands.push_back(site.arguments[tensor]);
    llvm::append_range(operands, ArrayRef(site.weights).drop_front(2));
    llvm::append_range(operands, computed);
    emit.call(callee, operands);
  };
  return kernel;
}

} // namespace braid::cpu
