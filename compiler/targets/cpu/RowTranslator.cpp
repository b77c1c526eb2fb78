// SPDX-License-Identifier: Apache-2.0
/// \file
/// From row-local ops to row programs, op by op.
#include "compiler/targets/cpu/RowTranslator.h"

using namespace mlir;
using namespace braid::graph;
namespace braid::cpu {

bool RowTranslator::addArgument(BlockArgument argument) {
  if (auto weight = dyn_cast<WeightType>(argument.getType())) {
    bool isDense = !packedLayout(weight.getStorage(), weight.getShape().back()).isQuantized();
    indexOf[argument] = weights.size();
    weights.push_back(argument.getArgNumber());
    program.weights.push_back({weight.getShape()[0], weight.getShape().size() == 1 ? 0 : weight.getShape()[1]});
    return weight.getShape().size() == 1 || isDense;
  }
  if (auto tail = dyn_cast<TailType>(argument.getType())) {
    indexOf[argument] = states.size();
    states.push_back(argument.getArgNumber());
    program.states.push_back({-1, tail.getRows()}); // the op that reads it tells of what
    return true;
  }
  if (!addInput(argument))
    return false;
  tensors.back() = argument.getArgNumber();
  return true;
}

bool RowTranslator::addInput(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (!type || type.getRank() != 2 || !type.getElementType().isF32() || type.getDimSize(1) <= 0)
    return false;
  indexOf[value] = tensors.size();
  tensors.push_back(-1);
  program.inputs.push_back(type.getDimSize(1));
  return true;
}

bool RowTranslator::translateAll(ArrayRef<Operation *> ops) {
  llvm::SetVector<BlockArgument> arguments;
  for (Operation *op : ops)
    for (Value operand : op->getOperands())
      if (auto argument = dyn_cast<BlockArgument>(operand))
        arguments.insert(argument);
  return llvm::all_of(arguments, [&](BlockArgument argument) { return addArgument(argument); }) &&
         llvm::all_of(ops, [&](Operation *op) { return translate(*op); });
}

bool RowTranslator::isComplete() const {
  std::vector<RowProgram> parts = program.components();
  for (int state = 0; state < int(program.states.size()); ++state)
    if (llvm::none_of(parts, [&](const RowProgram &part) { return part.readsState(state); }))
      return false;
  return !program.outputs.empty();
}

SmallVector<WeightGroup> RowTranslator::weightGroups() const {
  SmallVector<WeightGroup> groups;
  for (auto [argument, weight] : llvm::zip(weights, program.weights)) {
    WeightLayout panels{Codes::F32, weight.taps};
    if (weight.taps)
      groups.push_back({WeightGroup::Form::Panels, panels, {argument}, panels.bytes(weight.count)});
    else
      groups.push_back({WeightGroup::Form::Plain, {}, {argument}, weight.count * 4});
  }
  return groups;
}

RowId RowTranslator::node(Value value) {
  auto [entry, isNew] = nodes.try_emplace(value, 0);
  if (isNew)
    entry->second = program.input(indexOf.lookup(value));
  return entry->second;
}

static int64_t widthOf(Value value) { return cast<RankedTensorType>(value.getType()).getDimSize(1); }

/// 1 / sqrt(sum over the head / count + epsilon), for each feature.
RowId RowTranslator::inverseLength(RowId squares, int64_t heads, double count, double epsilon) {
  RowId sum = program.reduce(squares, heads);
  if (count != 1)
    sum = withNumber(RowOp::Div, sum, count);
  RowId inverse = program.unary(RowOp::Rsqrt, withNumber(RowOp::Add, sum, epsilon));
  return program.spread(inverse, program.nodes[squares].width);
}

RowId RowTranslator::rmsNorm(RmsNormOp op) {
  RowId x = node(op.getInput());
  int64_t width = widthOf(op.getInput()), heads = op.getHeads();
  RowId inverse = inverseLength(binary(RowOp::Mul, x, x), heads, double(width / heads),
                                op.getEpsilon().convertToDouble());
  return binary(RowOp::Mul, binary(RowOp::Mul, x, inverse), weight(op.getGain(), width, /*tiled=*/true));
}

RowId RowTranslator::l2Norm(L2NormOp op) {
  RowId x = node(op.getInput());
  RowId inverse = inverseLength(binary(RowOp::Mul, x, x), op.getHeads(), 1, op.getEpsilon().convertToDouble());
  RowId unit = binary(RowOp::Mul, x, inverse);
  double scale = op.getScale().convertToDouble();
  return scale == 1 ? unit : withNumber(RowOp::Mul, unit, scale);
}

RowId RowTranslator::layerNorm(LayerNormOp op) {
  RowId x = node(op.getInput());
  int64_t width = widthOf(op.getInput()), heads = op.getHeads();
  RowId mean = withNumber(RowOp::Div, program.reduce(x, heads), double(width / heads));
  RowId centred = binary(RowOp::Sub, x, program.spread(mean, width));
  RowId inverse = inverseLength(binary(RowOp::Mul, centred, centred), heads, double(width / heads),
                                op.getEpsilon().convertToDouble());
  RowId y = binary(RowOp::Mul, binary(RowOp::Mul, centred, inverse), weight(op.getGain(), width, /*tiled=*/true));
  return op.getBias() ? binary(RowOp::Add, y, weight(op.getBias(), width, /*tiled=*/true)) : y;
}

/// The state behind an op that looks back; nothing where the rows before are not in memory.
std::optional<int> RowTranslator::stream(Value input, Value state) {
  int number = indexOf.lookup(state);
  if (!isa<BlockArgument>(input) || !isa<BlockArgument>(state) || program.states[number].input >= 0)
    return std::nullopt;
  program.states[number].input = indexOf.lookup(input);
  return number;
}

std::optional<RowId> RowTranslator::shortConv(ShortConvOp op) {
  std::optional<int> state = stream(op.getInput(), op.getState());
  if (!state)
    return std::nullopt;
  const int64_t taps = op.getWeight().getType().getShape()[1];
  std::optional<RowId> sum;
  if (op.getBias())
    sum = weight(op.getBias(), widthOf(op.getInput()), /*tiled=*/false);
  for (int64_t i = 0; i < taps; ++i) {
    RowId tap = program.tap(indexOf.lookup(op.getWeight()), i);
    RowId product = binary(RowOp::Mul, tap, program.earlier(*state, taps - 1 - i));
    sum = sum ? binary(RowOp::Add, *sum, product) : product;
  }
  return sum;
}

std::optional<RowId> RowTranslator::tokenShift(TokenShiftOp op) {
  std::optional<int> state = stream(op.getInput(), op.getState());
  return state ? std::optional<RowId>(program.earlier(*state, 1)) : std::nullopt;
}

std::optional<RowId> RowTranslator::rope(RopeOp op) {
  if (!isa<BlockArgument>(op.getTable()))
    return std::nullopt;
  return program.rope(node(op.getInput()), indexOf.lookup(op.getTable()), op.getHeads(), op.getInterleaved());
}

std::optional<RowId> RowTranslator::elementwise(Operation &op) {
  using R = std::optional<RowOp>;
  R two = llvm::TypeSwitch<Operation *, R>(&op)
              .Case<arith::AddFOp>([](auto) { return RowOp::Add; })
              .Case<arith::SubFOp>([](auto) { return RowOp::Sub; })
              .Case<arith::MulFOp>([](auto) { return RowOp::Mul; })
              .Case<arith::DivFOp>([](auto) { return RowOp::Div; })
              .Case<arith::MaximumFOp>([](auto) { return RowOp::Max; })
              .Case<arith::MinimumFOp>([](auto) { return RowOp::Min; })
              .Default([](auto) { return std::nullopt; });
  if (two)
    return binary(*two, node(op.getOperand(0)), node(op.getOperand(1)));
  R one = llvm::TypeSwitch<Operation *, R>(&op)
              .Case<arith::NegFOp>([](auto) { return RowOp::Neg; })
              .Case<math::AbsFOp>([](auto) { return RowOp::Abs; })
              .Case<math::SqrtOp>([](auto) { return RowOp::Sqrt; })
              .Case<math::RsqrtOp>([](auto) { return RowOp::Rsqrt; })
              .Case<math::LogOp>([](auto) { return RowOp::Log; })
              .Default([](auto) { return std::nullopt; });
  if (one)
    return program.unary(*one, node(op.getOperand(0)));
  if (isa<math::ExpOp, math::TanhOp>(op))
    return program.apply(isa<math::ExpOp>(op) ? Nonlinearity::Exp : Nonlinearity::Tanh, node(op.getOperand(0)));
  return std::nullopt;
}

bool RowTranslator::translate(Operation &op) {
  using R = std::optional<RowId>;
  R result = llvm::TypeSwitch<Operation *, R>(&op)
      .Case([&](ActivateOp op) { return R(program.apply(nonlinearityOf(op.getKind()), node(op.getInput()))); })
      .Case([&](GainOp op) {
        RowId w = weight(op.getGain(), widthOf(op.getInput()), op.getTiled());
        return R(binary(RowOp::Mul, node(op.getInput()), w));
      })
      .Case([&](BiasOp op) {
        RowId w = weight(op.getBias(), widthOf(op.getInput()), op.getTiled());
        return R(binary(RowOp::Add, node(op.getInput()), w));
      })
      .Case([&](ScaleOp op) {
        return R(withNumber(RowOp::Mul, node(op.getInput()), op.getFactor().convertToDouble()));
      })
      .Case([&](BroadcastOp op) { return R(program.spread(node(op.getInput()), widthOf(op.getResult()))); })
      .Case([&](HeadSumOp op) {
        RowId x = node(op.getInput());
        bool isWhole = int64_t(op.getHeads()) == widthOf(op.getInput());
        return R(isWhole ? x : program.reduce(x, op.getHeads()));
      })
      .Case([&](RmsNormOp op) { return R(rmsNorm(op)); })
      .Case([&](L2NormOp op) { return R(l2Norm(op)); })
      .Case([&](LayerNormOp op) { return R(layerNorm(op)); })
      .Case([&](RopeOp op) { return rope(op); })
      .Case([&](ShortConvOp op) { return shortConv(op); })
      .Case([&](TokenShiftOp op) { return tokenShift(op); })
      .Default([&](Operation *op) { return elementwise(*op); });
  if (result)
    nodes[op.getResult(0)] = *result;
  return result.has_value();
}

} // namespace braid::cpu
