// SPDX-License-Identifier: Apache-2.0
/// \file
/// Any kernel by its naive meaning: the reference path, and what no emitter recognises.
#include "compiler/targets/cpu/Kernel.h"

#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace braid::graph;
namespace braid::cpu {

namespace {

/// Memory at `pointer` as a row-major memref; `dynamic` gives the sizes that the type leaves open, in order.
Value asMemref(Emit &emit, MemRefType type, Value pointer, ArrayRef<Value> dynamic) {
  LLVMTypeConverter converter(emit.getContext());
  Type descriptorType = converter.convertType(type);
  Value descriptor = LLVM::PoisonOp::create(emit, descriptorType);
  auto insert = [&](Value value, ArrayRef<int64_t> position) {
    descriptor = LLVM::InsertValueOp::create(emit, descriptor, value, position);
  };
  insert(pointer, 0);
  insert(pointer, 1);
  insert(emit.i64(0), 2);
  Value stride = emit.i64(1);
  size_t open = dynamic.size();
  for (int64_t i = type.getRank(); i-- > 0;) {
    Value size = type.isDynamicDim(i) ? dynamic[--open] : emit.i64(type.getDimSize(i));
    insert(size, {3, i});
    insert(stride, {4, i});
    stride = emit.mul(stride, size);
  }
  return UnrealizedConversionCastOp::create(emit, type, descriptor).getResult(0);
}

Value asTensor(Emit &emit, RankedTensorType type, Value pointer, ArrayRef<Value> dynamic) {
  auto memref = MemRefType::get(type.getShape(), type.getElementType());
  Value memory = asMemref(emit, memref, pointer, dynamic);
  return bufferization::ToTensorOp::create(emit, type, memory, /*restrict=*/true, /*writable=*/false);
}

/// Whether a value needs a place of its own: other ops of the body read it, or nobody does.
bool isIntermediate(Value value) {
  auto isInside = [](Operation *user) { return !user->hasTrait<OpTrait::IsTerminator>(); };
  return isa<RankedTensorType>(value.getType()) && (value.use_empty() || llvm::any_of(value.getUsers(), isInside));
}

/// Bytes of a row of a tensor of tokens in the scratch memory.
int64_t rowBytes(RankedTensorType type) {
  int64_t elements = 1;
  for (int64_t size : type.getShape())
    elements *= ShapedType::isDynamic(size) ? 1 : size;
  return llvm::alignTo(elements * ((type.getElementTypeBitWidth() + 7) / 8), 64);
}

/// Emits the body of the kernel's function with its arguments bound to memory, and all that its ops compute as well: to
/// the results' places, or to scratch memory. So no op is left to allocate.
class GenericBody {
public:
  GenericBody(Emit &emit, func::FuncOp function) : emit(emit), function(function) {}

  /// params: call, rows, scratch, then one for each argument, then one for each tensor result.
  void run(ValueRange params) {
    rows = params[1];
    Value scratch = params[2];
    size_t next = 3;
    for (BlockArgument argument : function.getArguments())
      bind(argument, params[next++]);
    for (Operation &op : function.getBody().front().without_terminator()) {
      visit(&op);
      for (Value result : op.getResults())
        if (isIntermediate(result))
          scratch = spill(result, scratch);
    }
    for (Value result : function.getBody().front().getTerminator()->getOperands())
      if (auto type = dyn_cast<RankedTensorType>(result.getType())) {
        write(map.lookup(result), params[next++]);
      }
  }

private:
  /// Makes a value be computed at `pointer`, or copies it there.
  void write(Value tensor, Value pointer) {
    auto type = cast<RankedTensorType>(tensor.getType());
    auto memref = MemRefType::get(type.getShape(), type.getElementType());
    // A loop that fills a new tensor fills the place at once: other ops' new tensors are found by a pass.
    Value start = tensor;
    while (auto loop = start.getDefiningOp<scf::ForOp>())
      start = loop.getInitArgs()[cast<OpResult>(start).getResultNumber()];
    if (auto empty = start.getDefiningOp<tensor::EmptyOp>(); empty && start != tensor) {
      OpBuilder::InsertionGuard guard(emit);
      emit.setInsertionPoint(empty);
      Value memory = asMemref(emit, memref, pointer, rows);
      Value place = bufferization::ToTensorOp::create(emit, type, memory, /*restrict=*/true, /*writable=*/true);
      empty.getResult().replaceAllUsesWith(place);
    }
    auto copy = bufferization::MaterializeInDestinationOp::create(emit, tensor, asMemref(emit, memref, pointer, rows));
    copy.setRestrict(true);
    copy.setWritable(true);
  }

  /// Gives a value a place in the scratch memory, and what is left of that.
  Value spill(Value value, Value scratch) {
    auto type = cast<RankedTensorType>(value.getType());
    write(map.lookup(value), scratch);
    map.map(value, asTensor(emit, type, scratch, rows));
    Value bytes = emit.mul(rows, emit.i64(rowBytes(type)));
    return emit.at(scratch, bytes);
  }

  void bind(BlockArgument argument, Value param) {
    Type type = argument.getType();
    if (auto tensor = dyn_cast<RankedTensorType>(type))
      map.map(argument, asTensor(emit, tensor, param, rows));
    else if (type.isIndex())
      map.map(argument, arith::IndexCastOp::create(emit, emit.getIndexType(), param).getResult());
    else
      pointers[argument] = param; // weights and states: seen through unpack and rows only
  }

  void visit(Operation *op) {
    auto meaning = dyn_cast<NaiveMeaning>(op);
    if (!meaning) {
      if (!visitElementwise(op))
        emit.clone(*op, map);
      return;
    }
    // A copy whose operands are the values here gives its meaning, then goes.
    for (Value operand : op->getOperands())
      if (pointers.contains(operand) && !map.contains(operand)) {
        Value handle = UnrealizedConversionCastOp::create(emit, operand.getType(), pointers[operand]).getResult(0);
        map.map(operand, handle);
        pointers[handle] = pointers.lookup(operand);
      }
    Operation *copy = emit.clone(*op, map);
    SmallVector<Value> values = cast<NaiveMeaning>(copy).naiveMeaning(emit);
    for (auto [result, copied, value] : llvm::zip(op->getResults(), copy->getResults(), values)) {
      map.map(result, value);
      copied.replaceAllUsesWith(value);
      if (pointers.contains(value))
        pointers[result] = pointers.lookup(value);
    }
    copy->erase();
  }

  /// The same op on scalars, once for each element, into a new tensor.
  bool visitElementwise(Operation *op) {
    auto isTokens = [](Type type) { return isa<RankedTensorType>(type); };
    if (!OpTrait::hasElementwiseMappableTraits(op) || op->getNumResults() != 1 ||
        !llvm::all_of(op->getOperandTypes(), isTokens) || !isTokens(op->getResultTypes()[0]))
      return false;
    auto type = cast<RankedTensorType>(op->getResultTypes()[0]);
    auto operands = llvm::map_to_vector(op->getOperands(), [&](Value operand) { return map.lookup(operand); });
    SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(emit, emit.getLoc(), operands[0]);
    Value empty = tensor::EmptyOp::create(emit, sizes, type.getElementType());
    SmallVector<AffineMap> maps(operands.size() + 1, emit.getMultiDimIdentityMap(type.getRank()));
    SmallVector<utils::IteratorType> loops(type.getRank(), utils::IteratorType::parallel);
    auto generic = linalg::GenericOp::create(
        emit, type, operands, empty, maps, loops, [&](OpBuilder &inner, Location location, ValueRange values) {
          OperationState state(location, op->getName(), values.drop_back(), type.getElementType(), op->getAttrs());
          linalg::YieldOp::create(inner, location, inner.create(state)->getResults());
        });
    map.map(op->getResult(0), generic.getResult(0));
    return true;
  }

  Emit &emit;
  func::FuncOp function;
  IRMapping map;
  Value rows;

public:
  llvm::DenseMap<Value, Value> pointers;
};

/// unpack and rows of a handle become memory.
void resolveHandles(Emit &emit, LLVM::LLVMFuncOp function) {
  SmallVector<Operation *> ops;
  function.walk([&](Operation *op) {
    if (isa<UnpackOp, RowsOp>(op))
      ops.push_back(op);
  });
  OpBuilder::InsertionGuard guard(emit);
  for (Operation *op : ops) {
    emit.setInsertionPoint(op);
    auto handle = op->getOperand(0).getDefiningOp<UnrealizedConversionCastOp>();
    Value pointer = handle.getOperand(0), memory;
    if (auto unpack = dyn_cast<UnpackOp>(op)) {
      memory = asTensor(emit, cast<RankedTensorType>(unpack.getTensor().getType()), pointer, {});
    } else {
      Value data = emit.load(emit.ptr(), pointer, 8);
      Value rows = emit.load(emit.getI64Type(), emit.at(pointer, 8), 8);
      memory = asMemref(emit, cast<MemRefType>(op->getResult(0).getType()), data, rows);
    }
    op->getResult(0).replaceAllUsesWith(memory);
    op->erase();
    if (handle->use_empty())
      handle->erase();
  }
}

} // namespace

Kernel selectGeneric(func::FuncOp function) {
  Kernel kernel;
  kernel.function = function;
  llvm::DenseMap<unsigned, unsigned> groupOf;
  for (BlockArgument argument : function.getArguments())
    if (auto type = dyn_cast<WeightType>(argument.getType())) {
      int64_t elements = 1;
      for (int64_t size : type.getShape())
        elements *= size;
      groupOf[argument.getArgNumber()] = kernel.weights.size();
      kernel.weights.push_back({WeightGroup::Form::Plain, {}, {argument.getArgNumber()}, elements * 4});
    }
  SmallVector<RankedTensorType> intermediates;
  for (Operation &op : function.getBody().front().without_terminator())
    for (Value result : op.getResults())
      if (isIntermediate(result))
        intermediates.push_back(cast<RankedTensorType>(result.getType()));
  kernel.scratchBytes = [intermediates](int64_t rows) {
    int64_t bytes = 0;
    for (RankedTensorType type : intermediates)
      bytes += rows * rowBytes(type);
    return bytes;
  };
  kernel.define = [function](Emit &emit, const Isa &) {
    SmallVector<Type> params = {emit.ptr(), emit.getI64Type(), emit.ptr()};
    auto scalarOf = [&](Type type) { return type.isIndex() ? Type(emit.getI64Type()) : emit.ptr(); };
    for (Type type : const_cast<func::FuncOp &>(function).getArgumentTypes())
      params.push_back(scalarOf(type));
    for (Type type : const_cast<func::FuncOp &>(function).getResultTypes())
      if (isa<RankedTensorType>(type))
        params.push_back(emit.ptr());
    auto name = const_cast<func::FuncOp &>(function).getName();
    auto defined = emit.function(name, params, [&](ValueRange values) { GenericBody(emit, function).run(values); });
    resolveHandles(emit, defined);
    return defined;
  };
  kernel.call = [groupOf](Emit &emit, LLVM::LLVMFuncOp callee, const CallSite &site) {
    SmallVector<Value> operands = {site.call, site.rows, site.scratch};
    for (auto [i, argument] : llvm::enumerate(site.arguments))
      operands.push_back(groupOf.contains(i) ? site.weights[groupOf.lookup(i)] : argument);
    llvm::append_range(operands, site.outputs);
    emit.call(callee, operands);
  };
  return kernel;
}

} // namespace braid::cpu
