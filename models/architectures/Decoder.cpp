// SPDX-License-Identifier: Apache-2.0
/// \file
/// The graph of a decoder.
#include "models/architectures/Decoder.h"

#include "models/formats/FormatError.h"
#include "llvm/ADT/StringSet.h"

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

namespace {

class DecoderBuilder {
public:
  DecoderBuilder(MLIRContext &context, const ModelFile &file, const DecoderConfig &config, const DecoderNames &names,
                 const ImportOptions &options)
      : b(UnknownLoc::get(&context), &context), file(file), config(config), names(names), options(options) {}

  llvm::Expected<OwningOpRef<ModuleOp>> build();

private:
  /// A weight of the layer being built: an argument of its function, and a name in main.
  Value weight(std::string name, ArrayRef<int64_t> shape);
  Value biasOf(StringRef stem, int64_t size, Bias rule);
  Value linear(Value x, StringRef stem, int64_t out, int64_t in, Bias rule);
  Value norm(Value x, StringRef stem, int64_t heads = 1);
  std::string layerName(StringRef stem, StringRef suffix) const;
  RankedTensorType tokens(int64_t features) {
    return RankedTensorType::get({ShapedType::kDynamic, features}, b.getF32Type());
  }
  KvType kvType(int64_t layer) {
    return KvType::get(b.getContext(), config.kvHeads, config.headDim, config.windows[layer], options.cache);
  }
  func::FuncOp buildLayer(int64_t layer);
  Value attention(Value x, Value table, Value position, Value &state);
  Value mlp(Value x);
  void buildMain(ArrayRef<func::FuncOp> layers);
  void fail(llvm::Error error) {
    if (failure)
      llvm::consumeError(std::move(error));
    else
      failure = std::move(error);
  }
  llvm::Error checkAllUsed();

  ImplicitLocOpBuilder b;
  const ModelFile &file;
  const DecoderConfig &config;
  const DecoderNames &names;
  const ImportOptions &options;
  llvm::Error failure = llvm::Error::success();

  // The function being built.
  int64_t layer = -1; // -1: main
  Block *entry = nullptr;
  std::vector<std::string> layerWeights;         // names of the trailing arguments, in order
  std::vector<std::vector<std::string>> weightsOf; // for each layer
  llvm::StringSet<> used;
};

std::string DecoderBuilder::layerName(StringRef stem, StringRef suffix) const {
  std::string name = stem.str();
  if (size_t at = name.find("{}"); at != std::string::npos)
    name.replace(at, 2, std::to_string(layer));
  return name + suffix.str();
}

Value DecoderBuilder::weight(std::string name, ArrayRef<int64_t> shape) {
  const Tensor *tensor = file.tensors.find(name);
  std::optional<Storage> storage = Storage::F32;
  auto join = [](ArrayRef<int64_t> dims) {
    return "[" + llvm::join(llvm::map_range(dims, [](int64_t d) { return std::to_string(d); }), ", ") + "]";
  };
  if (!tensor) {
    fail(tensorError(file.path, name, "expected a tensor of shape " + join(shape) + ", found none"));
  } else {
    used.insert(name);
    storage = storageOf(tensor->dtype);
    if (ArrayRef<int64_t>(tensor->shape) != shape)
      fail(tensorError(tensor->file, name, tensor->offset,
                       "expected shape " + join(shape) + ", got " + join(tensor->shape)));
    if (!storage)
      fail(tensorError(tensor->file, name, tensor->offset,
                       "expected a type that can be compiled (F32, F16, BF16, Q4_0 to Q8_0, Q4_K to Q6_K), got " +
                           dtypeName(tensor->dtype)));
  }
  // After a failure any storage does, but not every shape fits the blocks of the file's.
  auto type = WeightType::get(b.getContext(), shape, failure ? Storage::F32 : *storage);
  if (layer < 0)
    return WeightOp::create(b, type, name);
  layerWeights.push_back(name);
  return entry->addArgument(type, b.getLoc());
}

Value DecoderBuilder::biasOf(StringRef stem, int64_t size, Bias rule) {
  std::string name = layerName(stem, names.biasSuffix);
  bool wanted = rule == Bias::Required || (rule == Bias::AsInFile && file.tensors.find(name));
  return wanted ? weight(name, {size}) : Value(); // one too many is found when the file's tensors are checked
}

Value DecoderBuilder::linear(Value x, StringRef stem, int64_t out, int64_t in, Bias rule) {
  Value w = weight(layerName(stem, names.weightSuffix), {out, in});
  return LinearOp::create(b, tokens(out), x, w, biasOf(stem, out, rule));
}

Value DecoderBuilder::norm(Value x, StringRef stem, int64_t heads) {
  int64_t size = cast<RankedTensorType>(x.getType()).getDimSize(1);
  Value gain = weight(layerName(stem, names.weightSuffix), {size / heads});
  return RmsNormOp::create(b, x.getType(), x, gain, b.getF64FloatAttr(config.epsilon), b.getI64IntegerAttr(heads));
}

Value DecoderBuilder::attention(Value x, Value table, Value position, Value &state) {
  int64_t width = config.heads * config.headDim, kvWidth = config.kvHeads * config.headDim;
  Value n = norm(x, names.attnNorm);
  Value q = linear(n, names.q, width, config.hidden, config.qkvBias);
  Value k = linear(n, names.k, kvWidth, config.hidden, config.qkvBias);
  Value v = linear(n, names.v, kvWidth, config.hidden, config.qkvBias);
  if (config.qkNorm) {
    q = norm(q, names.qNorm, config.heads);
    k = norm(k, names.kNorm, config.kvHeads);
  }
  q = RopeOp::create(b, q.getType(), q, table, config.heads, config.ropeInterleaved);
  k = RopeOp::create(b, k.getType(), k, table, config.kvHeads, config.ropeInterleaved);
  int64_t window = config.windows[layer];
  SmallVector<int64_t> params;
  if (window)
    params.push_back(window);
  auto attend = AttendOp::create(b, tokens(width), state.getType(), window ? "sliding_window" : "causal",
                                 params, q, k, v, state, position, config.heads,
                                 llvm::APFloat(config.attentionScale));
  state = attend.getNext();
  return linear(attend.getResult(), names.o, config.hidden, width, config.outBias);
}

Value DecoderBuilder::mlp(Value x) {
  Value n = norm(x, names.mlpNorm);
  Value gate = linear(n, names.gate, config.intermediate, config.hidden, config.mlpBias);
  Value up = linear(n, names.up, config.intermediate, config.hidden, config.mlpBias);
  Value active = ActivateOp::create(b, gate.getType(), config.activation, gate);
  Value product = arith::MulFOp::create(b, active, up);
  return linear(product, names.down, config.hidden, config.intermediate, config.mlpBias);
}

func::FuncOp DecoderBuilder::buildLayer(int64_t index) {
  layer = index;
  layerWeights.clear();
  Type stream = tokens(config.hidden), table = tokens(2 * config.frequencies.size());
  auto function = func::FuncOp::create(b, "layer_" + std::to_string(index), b.getFunctionType({}, {}));
  function.setPrivate();
  OpBuilder::InsertionGuard guard(b);
  entry = function.addEntryBlock();
  b.setInsertionPointToStart(entry);
  Value x = entry->addArgument(stream, b.getLoc());
  Value angles = entry->addArgument(table, b.getLoc());
  Value position = entry->addArgument(b.getIndexType(), b.getLoc());
  Value state = entry->addArgument(kvType(index), b.getLoc());
  x = arith::AddFOp::create(b, x, attention(x, angles, position, state));
  x = arith::AddFOp::create(b, x, mlp(x));
  func::ReturnOp::create(b, ValueRange{x, state});
  function.setFunctionType(b.getFunctionType(entry->getArgumentTypes(), {stream, state.getType()}));
  weightsOf.push_back(layerWeights);
  return function;
}

void DecoderBuilder::buildMain(ArrayRef<func::FuncOp> layers) {
  layer = -1;
  SmallVector<Type> inputs = {RankedTensorType::get({ShapedType::kDynamic}, b.getI32Type()), b.getIndexType(),
                              b.getIndexType()};
  SmallVector<Type> states;
  for (int64_t i = 0; i < config.layers; ++i)
    states.push_back(kvType(i));
  llvm::append_range(inputs, states);
  SmallVector<Type> results = {tokens(config.vocab)};
  llvm::append_range(results, states);
  auto function = func::FuncOp::create(b, "main", b.getFunctionType(inputs, results));
  for (int64_t i = 0; i < config.layers; ++i)
    function.setArgAttr(3 + i, "braid.state", b.getStringAttr("layers." + std::to_string(i) + ".kv"));
  Block *block = function.addEntryBlock();
  b.setInsertionPointToStart(block);
  Value ids = block->getArgument(0), position = block->getArgument(1), count = block->getArgument(2);
  Value embedding = weight(layerName(names.embed, names.weightSuffix), {config.vocab, config.hidden});
  Value x = EmbedOp::create(b, tokens(config.hidden), ids, embedding, llvm::APFloat(1.0));
  Value angles = RopeTableOp::create(b, tokens(2 * config.frequencies.size()), ids, position, config.frequencies,
                                     llvm::APFloat(config.ropeFactor));
  SmallVector<Value> returned = {Value()};
  for (int64_t i = 0; i < config.layers; ++i) {
    func::FuncOp kind = layers[i];
    SmallVector<Value> arguments = {x, angles, position, block->getArgument(3 + i)};
    for (auto [name, type] : llvm::zip(weightsOf[i], kind.getArgumentTypes().drop_front(4)))
      arguments.push_back(WeightOp::create(b, cast<WeightType>(type), name));
    auto call = func::CallOp::create(b, kind, arguments);
    x = call.getResult(0);
    returned.push_back(call.getResult(1));
  }
  x = TailOp::create(b, x.getType(), x, count);
  x = norm(x, names.finalNorm);
  Value bias;
  if (config.tiedHead) {
    used.insert(layerName(names.head, names.weightSuffix)); // some files carry the tied head as a copy
  } else {
    embedding = weight(layerName(names.head, names.weightSuffix), {config.vocab, config.hidden});
    bias = biasOf(names.head, config.vocab, config.headBias);
  }
  returned[0] = LinearOp::create(b, tokens(config.vocab), x, embedding, bias);
  func::ReturnOp::create(b, returned);
}

llvm::Error DecoderBuilder::checkAllUsed() {
  for (const Tensor &tensor : file.tensors.tensors())
    // Old checkpoints store the rotary frequencies, which the config gives as well.
    if (!used.contains(tensor.name) && !StringRef(tensor.name).ends_with("rotary_emb.inv_freq") &&
        tensor.name != "rope_freqs.weight")
      return tensorError(tensor.file, tensor.name, tensor.offset,
                         "expected only tensors that this family has; this one would change the result");
  return llvm::Error::success();
}

llvm::Expected<OwningOpRef<ModuleOp>> DecoderBuilder::build() {
  llvm::cantFail(std::move(failure));
  failure = llvm::Error::success();
  OwningOpRef<ModuleOp> module = ModuleOp::create(b.getLoc());
  (*module)->setAttr("braid.name", b.getStringAttr(config.name));
  (*module)->setAttr("braid.context", b.getI64IntegerAttr(config.context));
  b.setInsertionPointToEnd(module->getBody());
  SmallVector<func::FuncOp> layers;
  for (int64_t i = 0; i < config.layers && !failure; ++i)
    layers.push_back(buildLayer(i));
  if (!failure)
    buildMain(layers);
  if (failure)
    return std::move(failure);
  if (llvm::Error error = checkAllUsed())
    return error;
  return module;
}

} // namespace

llvm::Expected<OwningOpRef<ModuleOp>> buildDecoder(MLIRContext &context, const ModelFile &file,
                                                   const DecoderConfig &config, const DecoderNames &names,
                                                   const ImportOptions &options) {
  context.loadDialect<BraidDialect, func::FuncDialect, arith::ArithDialect>();
  return DecoderBuilder(context, file, config, names, options).build();
}

llvm::Expected<OwningOpRef<ModuleOp>> buildDecoder(MLIRContext &context, const ModelFile &file, Fields &fields,
                                                   const DecoderConfig &config, const ImportOptions &options) {
  if (llvm::Error error = fields.takeError())
    return error;
  if (llvm::Error error = fields.rejectUnread())
    return error;
  return buildDecoder(context, file, config, huggingFaceNames, options);
}

} // namespace braid::models
