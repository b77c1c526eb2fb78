// SPDX-License-Identifier: Apache-2.0
/// \file
/// Walking rows by tiles, addressing them, and keeping the code generator from spilling them.
#include "compiler/targets/cpu/kernels/TileRows.h"

using namespace mlir;
namespace braid::cpu {

void forRowTiles(Emit &emit, llvm::ArrayRef<int> sizes, Value rows, llvm::function_ref<void(Value, int)> body) {
  int largest = sizes.front();
  Value full = emit.mul(emit.div(rows, emit.i64(largest)), emit.i64(largest));
  emit.loop(emit.i64(0), full, emit.i64(largest), [&](Value first) { body(first, largest); });
  // The rest is below `largest`: each smaller size runs while it fits, at most largest / size times.
  Value done = full;
  int bound = largest - 1;
  for (int size : sizes.drop_front()) {
    Value count = emit.div(emit.sub(rows, done), emit.i64(size));
    Value end = emit.add(done, emit.mul(count, emit.i64(size)));
    if (bound >= 2 * size)
      emit.loop(done, end, emit.i64(size), [&](Value first) { body(first, size); });
    else
      emit.ifThen(emit.less(done, end), [&] { body(done, size); });
    bound = std::min(bound, size - 1);
    done = end;
  }
}

/// An empty piece of assembly that touches memory, and through which `values` pass in vector registers.
static SmallVector<Value> opaque(Emit &e, ArrayRef<Value> values) {
  std::string constraints;
  for (size_t i = 0; i < values.size(); ++i)
    constraints += "=x,";
  for (size_t i = 0; i < values.size(); ++i)
    constraints += std::to_string(i) + ",";
  SmallVector<Type> types(ValueRange(values).getTypes());
  Type result;
  if (types.size() == 1)
    result = types[0];
  else if (!types.empty())
    result = LLVM::LLVMStructType::getLiteral(e.getContext(), types);
  auto op = LLVM::InlineAsmOp::create(e, result ? TypeRange(result) : TypeRange(), values, /*asm_string=*/"",
                                      constraints + "~{memory}", /*has_side_effects=*/true, /*is_align_stack=*/false,
                                      LLVM::TailCallKind::None, LLVM::AsmDialectAttr{}, ArrayAttr{});
  if (types.size() == 1)
    return {op.getRes()};
  SmallVector<Value> results;
  for (size_t i = 0; i < types.size(); ++i)
    results.push_back(LLVM::ExtractValueOp::create(e, op.getRes(), int64_t(i)));
  return results;
}

void loadFence(Emit &e) { opaque(e, {}); }

void sumFence(Emit &e, const Isa &isa, MutableArrayRef<Value> sums) {
  if (isa.avx512) {
    llvm::copy(opaque(e, sums), sums.begin());
    return;
  }
  // Registers of AVX2 hold half a vector.
  SmallVector<Value> halves;
  SmallVector<int64_t> low = llvm::to_vector(llvm::seq<int64_t>(0, 8)), high = llvm::to_vector(llvm::seq<int64_t>(8, 16)),
                       both = llvm::to_vector(llvm::seq<int64_t>(0, 16));
  for (Value sum : sums)
    for (ArrayRef<int64_t> half : {ArrayRef(low), ArrayRef(high)})
      halves.push_back(vector::ShuffleOp::create(e, sum, sum, half));
  halves = opaque(e, halves);
  for (auto [i, sum] : llvm::enumerate(sums))
    sum = vector::ShuffleOp::create(e, halves[2 * i], halves[2 * i + 1], both);
}

SmallVector<Value> RowPointers::bases(Emit &emit) const {
  SmallVector<Value> result;
  for (int row = 0; row < rows; row += kReach)
    result.push_back(row ? emit.at(start, emit.mul(stride, emit.i64(row))) : start);
  return result;
}
Value RowPointers::row(Emit &emit, ValueRange bases, int row) const {
  int rest = row % kReach;
  Value base = bases[row / kReach];
  return rest ? emit.at(base, rest == 3 ? stride3 : emit.mul(stride, emit.i64(rest))) : base;
}

} // namespace braid::cpu
