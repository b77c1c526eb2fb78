// SPDX-License-Identifier: Apache-2.0
/// \file
/// Recurrent attention: the variant's step, op by op, for each token and head.
#include "dialects/attn/Attn.h"
#include "dialects/braid/ops/Support.h"

using namespace mlir;
using namespace braid::graph;
namespace attn = braid::attn;

namespace {

/// Each value of the step has memory of its own: states [K][V], columns and keys [K], values [V], scalars [].
class Step {
public:
  Step(ImplicitLocOpBuilder &b, attn::RecurrenceOp variant, RecurrentType state) : b(b), variant(variant), state(state) {
    for (BlockArgument argument : variant.getBody().getArguments())
      allocate(argument);
    for (Operation &op : variant.getBody().front().without_terminator())
      allocate(op.getResult(0));
  }

  Value memory(Value value) { return places.lookup(value); }
  Value index(int64_t v) { return arith::ConstantIndexOp::create(b, v); }
  Value f32(double v) { return arith::ConstantOp::create(b, b.getF32FloatAttr(v)); }
  Value load(Value value, ValueRange at) {
    // A scalar is the same at every place.
    bool isScalar = isa<attn::ScalarType>(value.getType());
    return memref::LoadOp::create(b, memory(value), isScalar ? ValueRange() : at);
  }

  /// memory(value)[at] = element(at), for every place of the value.
  void fill(Value value, llvm::function_ref<Value(ValueRange)> element) {
    OpBuilder::InsertionGuard guard(b);
    SmallVector<Value> at;
    for (int64_t size : cast<MemRefType>(memory(value).getType()).getShape())
      at.push_back(enter(size));
    memref::StoreOp::create(b, element(at), memory(value), at);
  }

  void run(Operation *op) {
    llvm::TypeSwitch<Operation *>(op)
        .Case([&](attn::DecayOp o) {
          fill(o, [&](ValueRange at) {
            bool byColumns = isa<attn::ValueType>(o.getGate().getType());
            Value factor = math::ExpOp::create(b, load(o.getGate(), byColumns ? at.drop_front(1) : at.take_front(1)));
            return mul(load(o.getState(), at), factor);
          });
        })
        .Case([&](attn::ReadOp o) {
          fill(o, [&](ValueRange at) {
            return sumOverKey([&](Value k) {
              SmallVector<Value> place{k};
              llvm::append_range(place, at);
              return mul(load(o.getState(), place), load(o.getKey(), k));
            });
          });
        })
        .Case([&](attn::WriteOp o) {
          fill(o, [&](ValueRange at) {
            Value product = mul(load(o.getKey(), at.take_front(1)), load(o.getValue(), at.drop_front(1)));
            return Value(arith::AddFOp::create(b, load(o.getState(), at), product));
          });
        })
        .Case([&](attn::DotOp o) {
          bool isKey = isa<attn::KeyType>(o.getLhs().getType());
          fill(o, [&](ValueRange) {
            return sum(isKey ? state.getKey() : state.getValue(),
                       [&](Value i) { return mul(load(o.getLhs(), i), load(o.getRhs(), i)); });
          });
        })
        .Case([&](attn::ScaleOp o) {
          fill(o, [&](ValueRange at) { return mul(load(o.getInput(), at), load(o.getFactor(), {})); });
        })
        .Case([&](attn::ConstantOp o) {
          fill(o, [&](ValueRange) { return f32(o.getValue().convertToDouble()); });
        })
        .Case([&](attn::NegOp o) {
          fill(o, [&](ValueRange at) { return Value(arith::NegFOp::create(b, load(o.getInput(), at))); });
        })
        .Case([&](attn::MapOp o) {
          fill(o, [&](ValueRange at) { return apply(o.getFunction(), load(o.getInput(), at)); });
        })
        .Case([&](attn::AddOp o) { binary<arith::AddFOp>(o); })
        .Case([&](attn::SubOp o) { binary<arith::SubFOp>(o); })
        .Case([&](attn::MulOp o) { binary<arith::MulFOp>(o); });
  }

private:
  void allocate(Value value) {
    SmallVector<int64_t> shape;
    llvm::TypeSwitch<Type>(value.getType())
        .Case([&](attn::StateType) { shape = {state.getKey(), state.getValue()}; })
        .Case<attn::ColumnType, attn::KeyType>([&](Type) { shape = {state.getKey()}; })
        .Case([&](attn::ValueType) { shape = {state.getValue()}; });
    places[value] = memref::AllocaOp::create(b, MemRefType::get(shape, b.getF32Type()));
  }

  /// Enters a loop from 0 to `size`; gives its number.
  Value enter(int64_t size) {
    auto loop = scf::ForOp::create(b, index(0), index(size), index(1));
    b.setInsertionPoint(loop.getBody()->getTerminator());
    return loop.getInductionVar();
  }

  Value mul(Value x, Value y) { return arith::MulFOp::create(b, x, y); }
  Value sum(int64_t size, llvm::function_ref<Value(Value)> term) {
    auto loop = scf::ForOp::create(b, index(0), index(size), index(1), ValueRange{f32(0)});
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    Value next = arith::AddFOp::create(b, loop.getRegionIterArgs()[0], term(loop.getInductionVar()));
    scf::YieldOp::create(b, next);
    return loop.getResult(0);
  }
  Value sumOverKey(llvm::function_ref<Value(Value)> term) { return sum(state.getKey(), term); }

  template <typename Arith, typename Op> void binary(Op op) {
    fill(op, [&](ValueRange at) { return Value(Arith::create(b, load(op.getLhs(), at), load(op.getRhs(), at))); });
  }

  Value apply(attn::Function function, Value x) {
    auto exp = [&](Value y) -> Value { return math::ExpOp::create(b, y); };
    auto onePlus = [&](Value y) -> Value { return arith::AddFOp::create(b, f32(1), y); };
    auto divide = [&](Value y) -> Value { return arith::DivFOp::create(b, f32(1), y); };
    auto positive = [&](Value y) -> Value { return arith::MaximumFOp::create(b, y, f32(0)); };
    switch (function) {
    case attn::Function::Exp: return exp(x);
    case attn::Function::Log: return math::LogOp::create(b, x);
    case attn::Function::Sigmoid: return divide(onePlus(exp(arith::NegFOp::create(b, x))));
    case attn::Function::Softplus: { // max(x, 0) + log(1 + exp -|x|)
      Value small = exp(arith::NegFOp::create(b, math::AbsFOp::create(b, x)));
      return arith::AddFOp::create(b, positive(x), math::Log1pOp::create(b, small));
    }
    case attn::Function::Tanh: return math::TanhOp::create(b, x);
    case attn::Function::Relu: return positive(x);
    case attn::Function::Abs: return math::AbsFOp::create(b, x);
    case attn::Function::Sqrt: return math::SqrtOp::create(b, x);
    case attn::Function::Rsqrt: return divide(math::SqrtOp::create(b, x));
    case attn::Function::Reciprocal: return divide(x);
    }
    llvm_unreachable("unknown function");
  }

  ImplicitLocOpBuilder &b;
  attn::RecurrenceOp variant;
  RecurrentType state;
  llvm::DenseMap<Value, Value> places;
};

} // namespace

SmallVector<Value> RecurOp::naiveMeaning(ImplicitLocOpBuilder &b) {
  auto variant = SymbolTable::lookupNearestSymbolFrom<attn::RecurrenceOp>(*this, getVariantAttr());
  RecurrentType type = getState().getType();
  Block &body = variant.getBody().front();
  unsigned states = variant.getStateCount();
  Step step(b, variant, type);
  Value rows = RowsOp::create(b, type.getRowsType(), getState());
  SmallVector<Value> constants; // of each input that is a weight
  for (Value input : getInputs())
    constants.push_back(isa<WeightType>(input.getType()) ? unpack(b, input) : Value());

  // State number i of a head lies behind the ones before it.
  auto place = [&](unsigned index, ValueRange at) -> Value {
    int64_t offset = 0;
    for (BlockArgument before : body.getArguments().take_front(index))
      offset += type.getKey() * (isa<attn::ColumnType>(before.getType()) ? 1 : type.getValue());
    Value inside = at[0];
    if (at.size() == 2)
      inside = arith::AddIOp::create(b, arith::MulIOp::create(b, at[0], step.index(type.getValue())), at[1]);
    return arith::AddIOp::create(b, step.index(offset), inside);
  };
  auto numberOf = [&](unsigned input, Value token, Value head, ValueRange at) -> Value {
    int64_t width = at.empty() ? 1 : cast<MemRefType>(step.memory(body.getArgument(states + input)).getType()).getDimSize(0);
    Value source = constants[input] ? constants[input] : getInputs()[input];
    auto shape = cast<RankedTensorType>(source.getType()).getShape();
    int64_t size = 1;
    for (int64_t dim : shape)
      size *= ShapedType::isDynamic(dim) ? 1 : dim;
    Value group = getTiled() ? arith::RemUIOp::create(b, head, step.index(size / width)).getResult()
                             : arith::DivUIOp::create(b, head, step.index(type.getHeads() * width / size)).getResult();
    Value position = arith::MulIOp::create(b, group, step.index(width));
    if (!at.empty())
      position = arith::AddIOp::create(b, position, at[0]);
    if (!constants[input])
      return tensor::ExtractOp::create(b, source, ValueRange{token, position});
    if (shape.size() == 1)
      return tensor::ExtractOp::create(b, source, position);
    Value inner = step.index(shape[1]);
    return tensor::ExtractOp::create(
        b, source, ValueRange{arith::DivUIOp::create(b, position, inner), arith::RemUIOp::create(b, position, inner)});
  };

  Value count = tensor::DimOp::create(b, getInputs().front(), 0);
  for (Value input : getInputs())
    if (isa<RankedTensorType>(input.getType()))
      count = tensor::DimOp::create(b, input, 0);
  Value empty = emptyLike(b, *llvm::find_if(getInputs(), [](Value v) { return isa<RankedTensorType>(v.getType()); }),
                          features(getResult()));
  // A head after the other: its states are widened once, taken through all tokens, and rounded once.
  auto heads = scf::ForOp::create(b, step.index(0), step.index(type.getHeads()), step.index(1), ValueRange{empty});
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(heads.getBody());
  Value head = heads.getInductionVar();
  const Type element = cast<MemRefType>(rows.getType()).getElementType();
  for (unsigned i = 0; i < states; ++i)
    step.fill(body.getArgument(i), [&](ValueRange at) -> Value {
      Value x = memref::LoadOp::create(b, rows, ValueRange{head, place(i, at)});
      return element.isF32() ? x : arith::ExtFOp::create(b, b.getF32Type(), x).getResult();
    });
  auto tokens = scf::ForOp::create(b, step.index(0), count, step.index(1), heads.getRegionIterArgs());
  for (unsigned i = 0; i < states; ++i)
    step.fill(body.getArgument(i), [&](ValueRange at) -> Value {
      Value x = step.load(body.getArgument(i), at);
      Value stored = element.isF32() ? x : arith::TruncFOp::create(b, element, x).getResult();
      memref::StoreOp::create(b, stored, rows, ValueRange{head, place(i, at)});
      return x;
    });
  scf::YieldOp::create(b, tokens.getResults());

  b.setInsertionPointToStart(tokens.getBody());
  Value token = tokens.getInductionVar();
  for (BlockArgument argument : body.getArguments().drop_front(states))
    step.fill(argument, [&](ValueRange at) -> Value {
      return numberOf(argument.getArgNumber() - states, token, head, at);
    });
  for (Operation &op : body.without_terminator())
    step.run(&op);
  OperandRange yielded = variant.getYielded();
  for (unsigned i = 0; i < states; ++i)
    if (yielded[i] != body.getArgument(i))
      step.fill(body.getArgument(i), [&](ValueRange at) { return step.load(yielded[i], at); });
  Value width = step.index(type.getValue());
  auto features = scf::ForOp::create(b, step.index(0), width, step.index(1), tokens.getRegionIterArgs());
  scf::YieldOp::create(b, features.getResults());
  b.setInsertionPointToStart(features.getBody());
  Value v = features.getInductionVar();
  Value at = arith::AddIOp::create(b, arith::MulIOp::create(b, head, width), v);
  Value out = tensor::InsertOp::create(b, step.load(yielded.back(), v), features.getRegionIterArgs()[0], ValueRange{token, at});
  scf::YieldOp::create(b, out);
  return {heads.getResult(0), getState()};
}
