// SPDX-License-Identifier: Apache-2.0
/// \file
/// Random steps that are affine in their state, from the operations of the dialect.
#include "RandomStep.h"

#include "mlir/IR/ImplicitLocOpBuilder.h"

#include <random>

using namespace mlir;
using namespace braid;

namespace {

class StepMaker {
public:
  // Value channels that decay leave no chunkwise form, so some steps have none of these.
  StepMaker(ImplicitLocOpBuilder &b, uint64_t seed, Block &block)
      : b(b), random(seed), hasColumnDecays(seed % 4 == 1) {
    for (BlockArgument arg : block.getArguments())
      add(arg, /*usesState=*/false);
  }

  void addOp() {
    switch (below(12)) {
    case 0:
      if (hasColumnDecays && below(2))
        return add(like<attn::DecayOp>(any(states), any(valueGates)));
      return add(like<attn::DecayOp>(any(states), below(2) ? any(keyGates) : any(scalarGates)));
    case 1:
    case 2:
      return add(like<attn::WriteOp>(any(states), any(keys), any(below(2) && !read.empty() ? read : values)));
    case 3:
    case 4:
    case 5:
      return add(attn::ReadOp::create(b, values[0].getType(), any(states), any(keys)), true);
    case 6: { // a key from keys
      switch (below(5)) {
      case 0: return add(like<attn::AddOp>(any(keys), any(keys)));
      case 1: return add(like<attn::MulOp>(any(keys), any(keys)));
      case 2: return add(like<attn::ScaleOp>(any(keys), any(scalars)));
      case 3: return add(like<attn::NegOp>(any(keys)));
      default: return add(map(attn::Function::Tanh, any(keys)));
      }
    }
    case 7:
      return add(attn::DotOp::create(b, scalars[0].getType(), any(keys), any(keys)));
    case 8:
      if (below(2))
        return add(like<attn::MulOp>(any(scalars), any(scalars)));
      return add(map(attn::Function::Sigmoid, any(scalars)));
    default: { // a value from values
      bool usesState = below(3) && !read.empty();
      Value x = any(usesState ? read : values);
      switch (below(5)) {
      case 0: return add(like<attn::AddOp>(x, any(values)), usesState);
      case 1: return add(like<attn::SubOp>(any(values), x), usesState);
      case 2: return add(like<attn::ScaleOp>(x, any(scalars)), usesState);
      case 3: return add(like<attn::NegOp>(x), usesState);
      default: return add(like<attn::MulOp>(any(values), x), usesState);
      }
    }
    }
  }

  void finish() {
    Value next = states.back();
    Value output = attn::ReadOp::create(b, values[0].getType(), any(states), any(keys));
    if (!read.empty())
      output = like<attn::AddOp>(output, read.back());
    attn::YieldOp::create(b, ValueRange{next, output});
  }

private:
  void add(Value value, bool usesState = false) {
    if (isa<attn::StateType>(value.getType()))
      states.push_back(value);
    else if (auto arg = dyn_cast<BlockArgument>(value); arg && arg.getArgNumber() >= 6)
      (isa<attn::KeyType>(value.getType())     ? keyGates
       : isa<attn::ValueType>(value.getType()) ? valueGates
                                               : scalarGates)
          .push_back(value);
    else if (isa<attn::ValueType>(value.getType()))
      (usesState ? read : values).push_back(value);
    else
      (isa<attn::KeyType>(value.getType()) ? keys : scalars).push_back(value);
  }
  /// An op whose result is of its first operand's type.
  template <typename Op, typename... Rest> Value like(Value first, Rest... rest) {
    return Op::create(b, first.getType(), first, rest...);
  }
  Value map(attn::Function function, Value x) { return attn::MapOp::create(b, x.getType(), function, x); }
  // Not std::uniform_int_distribution: its results differ between libraries.
  unsigned below(unsigned bound) { return random() % bound; }
  Value any(ArrayRef<Value> values) { return values[below(values.size())]; }

  ImplicitLocOpBuilder &b;
  std::mt19937_64 random;
  bool hasColumnDecays;
  SmallVector<Value> states, keys, values, scalars, read, keyGates, scalarGates, valueGates;
};

} // namespace

OwningOpRef<ModuleOp> makeRandomStep(MLIRContext &context, uint64_t seed, int ops) {
  OwningOpRef<ModuleOp> module = ModuleOp::create(UnknownLoc::get(&context));
  ImplicitLocOpBuilder b(UnknownLoc::get(&context), &context);
  b.setInsertionPointToEnd(module->getBody());
  DictionaryAttr none = b.getDictionaryAttr({}), log = b.getDictionaryAttr(b.getNamedAttr("log", b.getUnitAttr())),
                 shared = b.getDictionaryAttr(b.getNamedAttr("shared", b.getUnitAttr()));
  auto step = attn::RecurrenceOp::create(b, "random", b.getStrArrayAttr({"S", "q", "k", "v", "u", "b", "g", "h", "f"}),
                                         b.getArrayAttr({none, shared, none, none, none, none, log, log, log}));
  Type key = attn::KeyType::get(&context), value = attn::ValueType::get(&context),
       scalar = attn::ScalarType::get(&context);
  Type types[] = {attn::StateType::get(&context), key, key, value, value, scalar, key, scalar, value};
  Block &block = step.getBody().emplaceBlock();
  block.addArguments(types, SmallVector<Location>(std::size(types), b.getLoc()));
  b.setInsertionPointToEnd(&block);
  StepMaker maker(b, seed, block);
  for (int i = 0; i < ops; ++i)
    maker.addOp();
  maker.finish();
  return module;
}
