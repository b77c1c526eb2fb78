// SPDX-License-Identifier: Apache-2.0
/// \file
/// Steps as they are written: a graph of one braid.recur becomes the kernel that models have for it.
#include "compiler/targets/cpu/StepRun.h"

#include "compiler/targets/cpu/Kernel.h"
#include "runtime/include/braid_abi.h"

#include "mlir/IR/Verifier.h"

using namespace mlir;
using namespace braid::derive;
namespace braid::cpu {

namespace {

int64_t widthOf(Type type, int64_t K, int64_t V) {
  return isa<attn::KeyType>(type) ? K : isa<attn::ValueType>(type) ? V : 1;
}

/// Defines in `module` a function of one braid.recur, whose arguments are the inputs of `op` and its states.
func::FuncOp emitGraph(ModuleOp module, attn::RecurrenceOp op, int64_t K, int64_t V, int64_t heads, int64_t ratio) {
  ImplicitLocOpBuilder b(op.getLoc(), module.getContext());
  b.setInsertionPointToEnd(module.getBody());
  SmallVector<Type> types;
  int64_t columns = 0;
  for (BlockArgument arg : op.getBody().getArguments()) {
    const unsigned index = arg.getArgNumber();
    columns += isa<attn::ColumnType>(arg.getType());
    if (index < op.getStateCount())
      continue;
    int64_t size = (op.hasArgFact(index, "shared") ? heads / ratio : heads) * widthOf(arg.getType(), K, V);
    if (op.hasArgFact(index, "constant"))
      types.push_back(graph::WeightType::get(b.getContext(), {size}, graph::Storage::F32));
    else
      types.push_back(RankedTensorType::get({ShapedType::kDynamic, size}, b.getF32Type()));
  }
  types.push_back(graph::RecurrentType::get(b.getContext(), heads, K, V, op.getStateCount() - columns, columns,
                                             graph::StateStorage::F32));
  Type result = RankedTensorType::get({ShapedType::kDynamic, heads * V}, b.getF32Type());
  auto function = func::FuncOp::create(b, "step", b.getFunctionType(types, result));
  Block &block = *function.addEntryBlock();
  b.setInsertionPointToStart(&block);
  auto recur = graph::RecurOp::create(b, TypeRange{result, types.back()}, FlatSymbolRefAttr::get(op.getSymNameAttr()),
                                      block.getArguments().drop_back(), block.getArguments().back());
  func::ReturnOp::create(b, recur.getResult());
  return function;
}

} // namespace

llvm::Expected<CompiledStep> CompiledStep::create(MLIRContext &context, const Isa &isa, attn::RecurrenceOp op,
                                                  int64_t K, int64_t V, int64_t heads, int64_t ratio) {
  CompiledStep result;
  result.op = op;
  result.K = K;
  result.V = V;
  result.heads = heads;
  const unsigned count = op.getBody().getNumArguments(), states = op.getStateCount();
  bool hasTokens = false;
  for (unsigned index = states; index < count; ++index)
    hasTokens |= !op.hasArgFact(index, "constant");
  if (!hasTokens)
    return llvm::createStringError("@" + op.getSymName() + ": expected an input that is not 'constant'");

  OwningOpRef<ModuleOp> graph = ModuleOp::create(op.getLoc()), module = ModuleOp::create(op.getLoc());
  graph->push_back(op->clone());
  Kernel kernel = selectGeneric(emitGraph(*graph, op, K, V, heads, ratio));
  if (failed(verify(*graph)))
    return llvm::createStringError("@" + op.getSymName() + ": the graph does not verify");
  Emit e(*module);
  Operation *variant = e.clone(*op); // its meaning is looked up by name
  LLVM::LLVMFuncOp step = kernel.define(e, isa);
  variant->erase();
  emitSlotFunction(e, "entry", step);
  llvm::Expected<std::unique_ptr<Jit>> jit = Jit::compile(*module, isa);
  if (!jit)
    return jit.takeError();
  result.jit = std::move(*jit);
  result.entry = result.jit->get<SlotFunction>("entry");
  return result;
}

int64_t CompiledStep::stateSize() const {
  int64_t size = 0;
  for (BlockArgument arg : op.getBody().getArguments().take_front(op.getStateCount()))
    size += heads * K * (isa<attn::ColumnType>(arg.getType()) ? 1 : V);
  return size;
}

void CompiledStep::call(int64_t tokens, ArrayRef<const float *> args, float *states, float *out) const {
  const braid_state state{reinterpret_cast<uint8_t *>(states), heads};
  SmallVector<const void *> slots{nullptr, slotOf(tokens), nullptr}; // neither call block nor frame
  llvm::append_range(slots, args);
  slots.append({&state, out});
  entry(slots.data());
}

void CompiledStep::run(const SingleProblem &problem, ArrayRef<int64_t> calls, SingleSolution &solution) const {
  const unsigned count = op.getBody().getNumArguments(), stateCount = op.getStateCount();
  const int64_t head = stateSize() / heads; // numbers of one
  std::vector<float> states(stateSize());
  /// Visits each number of each state: of the problem, and where it is here.
  auto forNumbers = [&](llvm::function_ref<void(unsigned, int64_t, float &)> body) {
    int64_t offset = 0;
    for (unsigned index = 0; index < stateCount; ++index) {
      const int64_t size = int64_t(problem.args[index].size()) / heads;
      for (int64_t i = 0; i < size * heads; ++i)
        body(index, i, states[i / size * head + offset + i % size]);
      offset += size;
    }
  };
  forNumbers([&](unsigned index, int64_t i, float &x) { x = problem.args[index][i]; });
  solution.output.assign(problem.tokens * heads * V, std::numeric_limits<float>::quiet_NaN());
  int64_t token = 0;
  for (int64_t tokens : calls) {
    SmallVector<const float *> pointers;
    for (unsigned index = stateCount; index < count; ++index) {
      const std::vector<float> &numbers = problem.args[index];
      bool isConstant = op.hasArgFact(index, "constant");
      pointers.push_back(numbers.data() + (isConstant ? 0 : int64_t(numbers.size()) / problem.tokens * token));
    }
    call(tokens, pointers, states.data(), solution.output.data() + token * heads * V);
    token += tokens;
  }
  solution.states.resize(stateCount);
  for (unsigned index = 0; index < stateCount; ++index)
    solution.states[index].resize(problem.args[index].size());
  forNumbers([&](unsigned index, int64_t i, float &x) { solution.states[index][i] = x; });
}

} // namespace braid::cpu
