// SPDX-License-Identifier: Apache-2.0
/// \file
/// Layer functions and the step.
#include "compiler/targets/cpu/Host.h"

#include "dialects/attn/Attn.h"
#include "runtime/include/braid_abi.h"

using namespace mlir;
using namespace braid::graph;
namespace braid::cpu {

static int64_t frameOf(func::FuncOp function) {
  auto frame = function->getAttrOfType<IntegerAttr>("braid.frame");
  return frame ? frame.getInt() : 0;
}

ArenaPlan planArena(ModuleOp program, const KernelMap &kernels, int64_t maxTokens) {
  ArenaPlan plan;
  int64_t layers = 0, scratch = 0;
  for (auto function : program.getOps<func::FuncOp>())
    if (function.getName() == "main")
      plan.layerFrames = frameOf(function);
    else
      layers = std::max(layers, frameOf(function));
  for (auto &[name, kernel] : kernels)
    scratch = std::max(scratch, kernel.scratchBytes(maxTokens));
  plan.scratch = llvm::alignTo(plan.layerFrames + layers, 64);
  plan.bytes = llvm::alignTo(plan.scratch + scratch, 64);
  return plan;
}

/// The argument of the function around it that a state is: states are updated in place. An op gives all the states that it
/// takes, in their order; what a function gives is found in its body.
static BlockArgument stateArgument(Value state) {
  while (Operation *op = state.getDefiningOp()) {
    auto result = cast<OpResult>(state);
    if (auto call = dyn_cast<func::CallOp>(op)) {
      auto callee = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(call, call.getCalleeAttr());
      Value returned = callee.getBody().front().getTerminator()->getOperand(result.getResultNumber());
      state = call.getOperand(stateArgument(returned).getArgNumber());
      continue;
    }
    auto isState = [](Value value) { return isa<SessionState>(value.getType()); };
    auto before = llvm::count_if(op->getResults().take_front(result.getResultNumber()), isState);
    state = *std::next(llvm::make_filter_range(op->getOperands(), isState).begin(), before);
  }
  return cast<BlockArgument>(state);
}

namespace {

/// Emits the calls of one function's body. Values become pointers (tensors, states) or i64 (index).
class BodyEmitter {
public:
  BodyEmitter(Emit &emit, const KernelMap &kernels, const llvm::StringMap<LLVM::LLVMFuncOp> &defined,
              const WeightPlan &weights, Value call, Value frame, Value weightBase, Value scratch)
      : emit(emit), kernels(kernels), defined(defined), plan(weights), call(call), frame(frame),
        weightBase(weightBase), scratch(scratch) {}

  llvm::DenseMap<Value, Value> values; // tensor, state or index -> pointer or i64
  llvm::DenseMap<Value, Value> rows;   // tensor -> i64
  llvm::DenseMap<Value, Value> places; // returned tensor -> pointer
  Value layerFrame;                    // main: where layers' frames start

  LogicalResult run(Block &block) {
    for (Operation &op : block.without_terminator())
      if (failed(visit(op)))
        return failure();
    for (Value result : block.getTerminator()->getOperands())
      if (isa<RankedTensorType>(result.getType()) && !result.getDefiningOp<func::CallOp>())
        return block.getTerminator()->emitError()
               << "expected each returned tensor to be computed by a kernel of this function";
    return success();
  }

private:
  LogicalResult visit(Operation &op) {
    if (isa<WeightOp>(op))
      return success(); // its users' calls know where it lies
    if (auto constant = dyn_cast<arith::ConstantIndexOp>(op)) {
      values[constant] = emit.i64(constant.value());
      return success();
    }
    if (auto tail = dyn_cast<TailOp>(op)) {
      Value input = tail.getInput(), count = values[tail.getCount()];
      int64_t bytes = cast<RankedTensorType>(input.getType()).getDimSize(1) * 4;
      Value first = emit.sub(rows[input], count);
      values[tail] = emit.at(values[input], emit.mul(first, emit.i64(bytes)));
      rows[tail] = count;
      return success();
    }
    auto call = dyn_cast<func::CallOp>(op);
    if (!call)
      return op.emitError() << "the CPU target can't compile this op outside a kernel";
    auto kernel = kernels.find(call.getCalleeAttr().getAttr());
    return kernel != kernels.end() ? callKernel(call, kernel->second) : callLayer(call);
  }

  /// Rows of the first tensor operand; the call's results have as many.
  Value rowsOf(func::CallOp op) {
    for (Value operand : op.getOperands())
      if (isa<RankedTensorType>(operand.getType()))
        return rows[operand];
    return emit.field(call, Emit::Field::Count);
  }

  SmallVector<Value> placeResults(func::CallOp op, Value count) {
    SmallVector<Value> pointers;
    ArrayRef<int64_t> offsets = op->getAttrOfType<DenseI64ArrayAttr>("braid.places").asArrayRef();
    for (Value result : op.getResults()) {
      if (!isa<RankedTensorType>(result.getType()))
        continue;
      int64_t offset = offsets[pointers.size()];
      Value pointer = offset < 0 ? places[result] : emit.at(frame, offset);
      pointers.push_back(pointer);
      values[result] = pointer;
      rows[result] = count;
    }
    return pointers;
  }

  /// States that a function gives are some of those that it takes.
  void forwardStates(func::CallOp op) {
    auto callee = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(op, op.getCalleeAttr());
    Operation *returned = callee.getBody().front().getTerminator();
    for (auto [result, value] : llvm::zip(op.getResults(), returned->getOperands()))
      if (isa<SessionState>(result.getType()))
        values[result] = values.lookup(op.getOperand(stateArgument(value).getArgNumber()));
  }

  LogicalResult callKernel(func::CallOp op, const Kernel &kernel) {
    CallSite site;
    site.call = call;
    site.rows = rowsOf(op);
    site.scratch = scratch;
    for (Value operand : op.getOperands())
      site.arguments.push_back(values.lookup(operand));
    for (int64_t offset : plan.groups.find(op)->second)
      site.weights.push_back(emit.at(weightBase, offset));
    site.outputs = placeResults(op, site.rows);
    kernel.call(emit, defined.lookup(op.getCallee()), site);
    forwardStates(op);
    return success();
  }

  LogicalResult callLayer(func::CallOp op) {
    Value count = rowsOf(op);
    SmallVector<Value> operands = {call, count, layerFrame, emit.at(weightBase, plan.layerBase.lookup(op)), scratch};
    for (Value operand : op.getOperands())
      if (!isa<WeightType>(operand.getType()))
        operands.push_back(values[operand]);
    llvm::append_range(operands, placeResults(op, count));
    emit.call(defined.lookup(op.getCallee()), operands);
    forwardStates(op);
    return success();
  }

  Emit &emit;
  const KernelMap &kernels;
  const llvm::StringMap<LLVM::LLVMFuncOp> &defined;
  const WeightPlan &plan;
  Value call, frame, weightBase, scratch;
};

/// `void layer(ptr call, i64 rows, ptr frame, ptr weights, ptr scratch, arguments but weights ..., tensor results ...)`
FailureOr<LLVM::LLVMFuncOp> emitLayer(Emit &emit, func::FuncOp layer, const KernelMap &kernels,
                                      const llvm::StringMap<LLVM::LLVMFuncOp> &defined, const WeightPlan &plan) {
  SmallVector<Type> params = {emit.ptr(), emit.getI64Type(), emit.ptr(), emit.ptr(), emit.ptr()};
  Block &body = layer.getBody().front();
  for (BlockArgument argument : body.getArguments())
    if (!isa<WeightType>(argument.getType()))
      params.push_back(argument.getType().isIndex() ? Type(emit.getI64Type()) : emit.ptr());
  SmallVector<Value> returned;
  for (Value result : body.getTerminator()->getOperands())
    if (isa<RankedTensorType>(result.getType())) {
      params.push_back(emit.ptr());
      returned.push_back(result);
    }
  LogicalResult status = success();
  auto function = emit.function(("layer." + layer.getName()).str(), params, [&](ValueRange values) {
    BodyEmitter emitter(emit, kernels, defined, plan, values[0], values[2], values[3], values[4]);
    size_t next = 5;
    for (BlockArgument argument : body.getArguments())
      if (!isa<WeightType>(argument.getType())) {
        emitter.values[argument] = values[next++];
        emitter.rows[argument] = values[1];
      }
    for (Value result : returned)
      emitter.places[result] = values[next++];
    status = emitter.run(body);
  });
  if (failed(status))
    return failure();
  return function;
}

} // namespace

FailureOr<llvm::StringMap<LLVM::LLVMFuncOp>> emitLayers(Emit &emit, const Isa &isa, ModuleOp program,
                                                        const KernelMap &kernels, const WeightPlan &weights) {
  // Naive meanings of attention look variants up by name.
  SmallVector<Operation *> variants;
  for (Operation &op : *program.getBody())
    if (llvm::isa<attn::SoftmaxOp, attn::RecurrenceOp>(op))
      variants.push_back(emit.clone(op));
  llvm::StringMap<LLVM::LLVMFuncOp> defined;
  for (auto &[name, kernel] : kernels)
    defined[name] = kernel.define(emit, isa);
  for (Operation *variant : variants)
    variant->erase();
  for (auto function : program.getOps<func::FuncOp>()) {
    if (function->hasAttr("braid.kernel") || function.getName() == "main" || function.isDeclaration())
      continue;
    FailureOr<LLVM::LLVMFuncOp> layer = emitLayer(emit, function, kernels, defined, weights);
    if (failed(layer))
      return failure();
    defined[function.getName()] = *layer;
  }
  return defined;
}

LogicalResult emitStep(Emit &emit, const Isa &isa, ModuleOp program, const KernelMap &kernels,
                       const WeightPlan &weights, const ArenaPlan &arena, StringRef stepName) {
  FailureOr<llvm::StringMap<LLVM::LLVMFuncOp>> layers = emitLayers(emit, isa, program, kernels, weights);
  if (failed(layers))
    return failure();
  const llvm::StringMap<LLVM::LLVMFuncOp> &defined = *layers;

  auto main = program.lookupSymbol<func::FuncOp>("main");
  Block &body = main.getBody().front();
  LogicalResult status = success();
  auto step = emit.function(stepName, {emit.ptr()}, [&](ValueRange params) {
    Value call = params[0], memory = emit.field(call, Emit::Field::Arena);
    BodyEmitter emitter(emit, kernels, defined, weights, call, memory, emit.field(call, Emit::Field::Weights),
                        emit.at(memory, arena.scratch));
    emitter.layerFrame = emit.at(memory, arena.layerFrames);
    Value tokens = body.getArgument(0);
    emitter.values[tokens] = emit.field(call, Emit::Field::Tokens);
    emitter.rows[tokens] = emit.field(call, Emit::Field::Count);
    emitter.values[body.getArgument(1)] = emit.field(call, Emit::Field::Position);
    emitter.values[body.getArgument(2)] = emit.field(call, Emit::Field::LogitRows);
    Value states = emit.field(call, Emit::Field::States);
    for (auto [i, argument] : llvm::enumerate(body.getArguments().drop_front(3)))
      emitter.values[argument] = emit.at(states, int64_t(i * sizeof(braid_state)));
    emitter.places[body.getTerminator()->getOperand(0)] = emit.field(call, Emit::Field::Logits);
    status = emitter.run(body);
  }, /*exported=*/true);
  step.setVisibility_(LLVM::Visibility::Hidden);
  return status;
}

} // namespace braid::cpu
