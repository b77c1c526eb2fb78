// SPDX-License-Identifier: Apache-2.0
/// \file
/// Weights and ops of a model's graph.
#include "models/architectures/Graph.h"
#include "models/formats/FormatError.h"

using namespace mlir;
using namespace braid::formats;
using namespace braid::graph;
namespace braid::models {

static std::optional<Storage> storageOf(DType dtype) {
  switch (dtype) {
  case DType::F32: return Storage::F32;
  case DType::F16: return Storage::F16;
  case DType::BF16: return Storage::BF16;
  case DType::Q4_0: return Storage::Q4_0;
  case DType::Q4_1: return Storage::Q4_1;
  case DType::Q5_0: return Storage::Q5_0;
  case DType::Q5_1: return Storage::Q5_1;
  case DType::Q8_0: return Storage::Q8_0;
  case DType::Q4_K: return Storage::Q4_K;
  case DType::Q5_K: return Storage::Q5_K;
  case DType::Q6_K: return Storage::Q6_K;
  default: return std::nullopt;
  }
}

static std::string join(ArrayRef<int64_t> dims) {
  return "[" + llvm::join(llvm::map_range(dims, [](int64_t d) { return std::to_string(d); }), ", ") + "]";
}

/// Checks that the file has `rows` rows of `width` numbers under that name. Sizes of 1 in between do not matter.
std::optional<Storage> Graph::checkTensor(const std::string &name, int64_t rows, int64_t width,
                                          ArrayRef<int64_t> shape, bool isView) {
  const Tensor *tensor = file.tensors.find(name);
  SmallVector<int64_t> stored(shape);
  if (isView)
    stored = shape.size() == 1 ? SmallVector<int64_t>{rows} : SmallVector<int64_t>{rows, width};
  bool isStack = shape.size() == 3 && (tensor ? tensor->shape.size() == 3 : !fileNames.empty());
  if (isStack) // matrix by matrix: as many of them, each as high
    stored = {shape[0], rows / shape[0], width};
  if (!tensor && file.withoutWeights) {
    if (used.insert(name).second)
      parameters += rows * width;
    return assumedStorage;
  }
  if (!tensor) {
    fail(tensorError(file.path, name, "expected a tensor of shape " + join(stored) + ", found none"));
    return std::nullopt;
  }
  used.insert(name);
  auto squeezed = [](ArrayRef<int64_t> dims) {
    SmallVector<int64_t> kept;
    llvm::copy_if(dims, std::back_inserter(kept), [](int64_t d) { return d != 1; });
    return kept;
  };
  bool fits = isView && !isStack ? tensor->rowCount() * tensor->rowElements() == rows * width &&
                                       (shape.size() == 1 || tensor->rowElements() == width)
                                 : squeezed(tensor->shape) == squeezed(stored);
  if (!fits)
    fail(tensorError(tensor->file, name, tensor->offset,
                     "expected shape " + join(stored) + ", got " + join(tensor->shape)));
  std::optional<Storage> storage = storageOf(tensor->dtype);
  if (!storage)
    fail(tensorError(tensor->file, name, tensor->offset,
                     "expected a type that can be compiled (F32, F16, BF16, Q4_0 to Q8_0, Q4_K to Q6_K), got " +
                         dtypeName(tensor->dtype)));
  return storage;
}

Value Graph::weight(StringRef text, ArrayRef<int64_t> shape, const View &view) {
  bool applied = false;
  std::string name = nameOf(text, &applied);
  size_t hole = name.find("{expert}");
  bool isStack = hole != std::string::npos && shape.size() == 3;
  int64_t rows = 1, width = shape.size() == 1 ? 1 : shape[shape.size() - (view.transposed ? 2 : 1)];
  for (int64_t dim : shape)
    rows *= dim;
  rows /= width;
  if (!view.rows.empty())
    rows = rows / view.rows[2] * view.rows[0];
  std::optional<Storage> storage;
  bool isView = !view.rows.empty() || view.transposed || shape.size() == 3;
  for (int64_t i = 0; i < (isStack ? shape[0] : 1); ++i) {
    std::string part = name;
    if (isStack)
      part.replace(hole, 8, std::to_string(i));
    std::optional<Storage> found = checkTensor(part, isStack ? rows / shape[0] : rows, width, shape, isView);
    if (storage && found && *storage != *found)
      fail(tensorError(file.path, part, "expected the type of the stack's first matrix, " +
                                            stringifyStorage(*storage).str() + ", got " + stringifyStorage(*found).str()));
    storage = found;
    if (failure)
      break;
  }
  if (isStack)
    name.replace(hole, 8, "{}");
  // After a failure any storage does, but not every shape fits the blocks of the file's. Nor do those of a transposed
  // matrix, which therefore is unpacked.
  bool isPlain = failure || *storage == Storage::F32 || *storage == Storage::F16 || *storage == Storage::BF16;
  auto type = WeightType::get(b.getContext(), shape, failure || (view.transposed && !isPlain) ? Storage::F32 : *storage);
  Source source{Source::Weight, name};
  source.op.append("name", b.getStringAttr(name));
  if (!view.rows.empty())
    source.op.append("rows", b.getDenseI64ArrayAttr(view.rows));
  if (view.transposed)
    source.op.append("transposed", b.getUnitAttr());
  if (view.function && !applied)
    source.op.append("function", WeightFunctionAttr::get(b.getContext(), *view.function));
  return argument(std::move(source), type);
}

Value Graph::constants(StringRef name, ArrayRef<float> values) {
  Source source{Source::Weight, nameOf(name)};
  source.op.append("name", b.getStringAttr(source.name));
  source.op.append("values", b.getDenseF32ArrayAttr(values));
  return argument(std::move(source), WeightType::get(b.getContext(), {int64_t(values.size())}, Storage::F32));
}

RankedTensorType Graph::tokens(int64_t features) {
  return RankedTensorType::get({ShapedType::kDynamic, features}, b.getF32Type());
}

int64_t Graph::features(Value tokens) { return cast<RankedTensorType>(tokens.getType()).getDimSize(1); }

Value Graph::linear(Value x, StringRef name, int64_t out, const View &view, Value bias) {
  return LinearOp::create(b, tokens(out), x, weight(name, {out, features(x)}, view), bias);
}

Value Graph::l2Norm(Value x, int64_t heads, double epsilon, double scale) {
  return L2NormOp::create(b, x.getType(), x, b.getF64FloatAttr(epsilon), b.getI64IntegerAttr(heads),
                          b.getF64FloatAttr(scale));
}

Value Graph::activate(Activation kind, Value x) { return ActivateOp::create(b, x.getType(), kind, x); }
Value Graph::add(Value x, Value y) { return arith::AddFOp::create(b, x, y); }
Value Graph::mul(Value x, Value y) { return arith::MulFOp::create(b, x, y); }
Value Graph::scale(Value x, double factor) {
  return factor == 1 ? x : ScaleOp::create(b, x.getType(), x, llvm::APFloat(factor)).getResult();
}
Value Graph::gain(Value x, Value weight, bool tiled) { return GainOp::create(b, x.getType(), x, weight, tiled); }
Value Graph::bias(Value x, Value weight, bool tiled) { return BiasOp::create(b, x.getType(), x, weight, tiled); }
Value Graph::broadcast(Value x, int64_t features) { return BroadcastOp::create(b, tokens(features), x); }
Value Graph::rope(Value x, Value table, int64_t heads, bool interleaved) {
  return RopeOp::create(b, x.getType(), x, table, heads, interleaved);
}

Value Graph::shortConv(Value x, StringRef name, StringRef weightName, int64_t taps, const View &view, Value bias) {
  Value before = state(name, TailType::get(b.getContext(), taps - 1, features(x)));
  auto conv = ShortConvOp::create(b, x.getType(), before.getType(), x, weight(weightName, {features(x), taps}, view),
                                  before, bias);
  setState(name, conv.getNext());
  return conv.getResult();
}

Value Graph::tokenShift(Value x, StringRef name) {
  Value before = state(name, TailType::get(b.getContext(), 1, features(x)));
  auto shift = TokenShiftOp::create(b, x.getType(), before.getType(), x, before);
  setState(name, shift.getNext());
  return shift.getResult();
}

Value Graph::attend(Value q, Value k, Value v, int64_t heads, int64_t kvHeads, double scale, int64_t window) {
  auto type = KvType::get(b.getContext(), kvHeads, features(k) / kvHeads, window, options.cache);
  SmallVector<int64_t> params;
  if (window)
    params.push_back(window);
  auto op = AttendOp::create(b, q.getType(), type, window ? "sliding_window" : "causal", params, q, k, v,
                             state("kv", type), position(), heads, llvm::APFloat(scale));
  setState("kv", op.getNext());
  return op.getResult();
}

Value Graph::recur(StringRef variant, ArrayRef<Value> inputs, StringRef name, int64_t heads, int64_t key, int64_t value,
                   int64_t matrices, int64_t columns, bool tiled) {
  auto type = RecurrentType::get(b.getContext(), heads, key, value, matrices, columns, options.state);
  auto op = RecurOp::create(b, tokens(heads * value), type, variant, inputs, state(name, type), tiled);
  setState(name, op.getNext());
  return op.getResult();
}

} // namespace braid::models
