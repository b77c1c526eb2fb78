// SPDX-License-Identifier: Apache-2.0
/// \file
/// The functions of a model's graph.
#include "models/architectures/Graph.h"

#include "models/architectures/GgufNames.h"
#include "models/formats/FormatError.h"

using namespace mlir;
using namespace braid::formats;
using namespace braid::graph;
namespace braid::models {

Graph::Graph(MLIRContext &context, const ModelFile &file, const ImportOptions &options)
    : b(UnknownLoc::get(&context), &context), file(file), options(options) {
  context.loadDialect<BraidDialect, func::FuncDialect, arith::ArithDialect>();
  llvm::cantFail(std::move(failure));
  failure = llvm::Error::success();
  for (const char *key : {"torch_dtype", "dtype"})
    if (auto found = file.config.find(key); found != file.config.end() && found->is_string())
      assumedStorage = *found == "float32" ? Storage::F32 : *found == "float16" ? Storage::F16 : Storage::BF16;
}

void Graph::fail(llvm::Error error) {
  if (failure)
    llvm::consumeError(std::move(error));
  else
    failure = std::move(error);
}

std::string Graph::nameOf(StringRef name, bool *applied) const {
  return fileNames.empty() ? name.str() : fileNameOf(name, fileNames, applied);
}

Value Graph::argument(Source source, Type type) {
  if (layerIndex < 0)
    return materialize(source, type);
  for (auto [i, known] : llvm::enumerate(function->sources))
    if (source.kind != Source::Weight && known.kind == source.kind && known.name == source.name)
      return function->op.getArgument(i);
  function->sources.push_back(std::move(source));
  return function->op.getBody().front().addArgument(type, b.getLoc());
}

/// What main has for an argument of a layer, or for its own use.
Value Graph::materialize(const Source &source, Type type) {
  switch (source.kind) {
  case Source::Position: return mainPosition;
  case Source::Carried: return mainValues.lookup("carried " + source.name);
  case Source::Weight:
  case Source::Rope: {
    Value &known = mainValues["rope " + source.name];
    if (source.kind == Source::Rope && known)
      return known;
    OperationState state(b.getLoc(), source.kind == Source::Rope ? RopeTableOp::getOperationName()
                                                                 : WeightOp::getOperationName());
    if (source.kind == Source::Rope)
      state.addOperands({ids, mainPosition});
    state.addTypes(type);
    state.addAttributes(source.op.getAttrs());
    Value made = b.create(state)->getResult(0);
    if (source.kind == Source::Rope)
      known = made;
    return made;
  }
  case Source::Stream:
  case Source::State: break;
  }
  llvm_unreachable("main gives streams and states itself");
}

Value Graph::position() { return argument({Source::Position, ""}, b.getIndexType()); }

Value Graph::ropeTable(ArrayRef<float> frequencies, double factor) {
  NamedAttrList attributes;
  attributes.append("frequencies", b.getDenseF32ArrayAttr(frequencies));
  attributes.append("factor", b.getF64FloatAttr(factor));
  std::string name;
  llvm::raw_string_ostream stream(name);
  attributes.getDictionary(b.getContext()).print(stream);
  return argument({Source::Rope, name, attributes}, tokens(2 * frequencies.size()));
}

Value Graph::state(StringRef name, Type type) { return argument({Source::State, name.str()}, type); }

void Graph::setState(StringRef name, Value next) { function->states.emplace_back(name.str(), next); }

Value Graph::carried(StringRef name, int64_t features) { return argument({Source::Carried, name.str()}, tokens(features)); }

void Graph::carry(StringRef name, Value tokens) { function->carried.emplace_back(name.str(), tokens); }

void Graph::buildLayer(int64_t index, int64_t hidden, llvm::function_ref<Value(Value)> body) {
  layerIndex = index;
  function = &functions.emplace_back();
  OpBuilder::InsertionGuard guard(b);
  function->op = func::FuncOp::create(b, "layer_" + std::to_string(index), b.getFunctionType({}, {}));
  function->op.setPrivate();
  Block *entry = function->op.addEntryBlock();
  b.setInsertionPointToStart(entry);
  SmallVector<Value> returned = {body(argument({Source::Stream, ""}, tokens(hidden)))};
  if (failure)
    return;
  for (auto &[name, value] : function->carried)
    returned.push_back(value);
  // Next states in the order of the states.
  for (const Source &source : function->sources)
    if (source.kind == Source::State)
      returned.push_back(llvm::find_if(function->states, [&](auto &next) { return next.first == source.name; })->second);
  func::ReturnOp::create(b, returned);
  function->op.setFunctionType(b.getFunctionType(entry->getArgumentTypes(), ValueRange(returned).getTypes()));
}

void Graph::buildMain(const ModelFrame &frame, llvm::function_ref<Value(Value)> last) {
  layerIndex = -1;
  SmallVector<Type> inputs = {RankedTensorType::get({ShapedType::kDynamic}, b.getI32Type()), b.getIndexType(),
                              b.getIndexType()};
  SmallVector<std::string> stateNames;
  for (auto [i, layer] : llvm::enumerate(functions))
    for (auto [source, argument] : llvm::zip(layer.sources, layer.op.getArguments()))
      if (source.kind == Source::State) {
        inputs.push_back(argument.getType());
        stateNames.push_back("layers." + std::to_string(i) + "." + source.name);
      }
  SmallVector<Type> results = {tokens(frame.vocab)};
  results.append(inputs.begin() + 3, inputs.end());
  auto main = func::FuncOp::create(b, "main", b.getFunctionType(inputs, results));
  for (auto [i, name] : llvm::enumerate(stateNames))
    main.setArgAttr(3 + i, "braid.state", b.getStringAttr(name));
  Block *block = main.addEntryBlock();
  b.setInsertionPointToStart(block);
  ids = block->getArgument(0);
  mainPosition = block->getArgument(1);
  Value embedding = weight(frame.embed, {frame.vocab, frame.hidden});
  Value x = EmbedOp::create(b, tokens(frame.hidden), ids, embedding, llvm::APFloat(frame.embedScale));
  SmallVector<Value> returned = {Value()};
  unsigned nextState = 3;
  for (Function &layer : functions) {
    SmallVector<Value> arguments;
    for (auto [source, argument] : llvm::zip(layer.sources, layer.op.getArguments()))
      arguments.push_back(source.kind == Source::Stream  ? x
                          : source.kind == Source::State ? Value(block->getArgument(nextState++))
                                                         : materialize(source, argument.getType()));
    auto call = func::CallOp::create(b, layer.op, arguments);
    x = call.getResult(0);
    for (auto [i, carried] : llvm::enumerate(layer.carried))
      mainValues["carried " + carried.first] = call.getResult(1 + i);
    llvm::append_range(returned, call.getResults().drop_front(1 + layer.carried.size()));
  }
  x = last(TailOp::create(b, x.getType(), x, block->getArgument(2)));
  Value bias;
  if (frame.tiedHead) {
    ignore(frame.head); // some files carry the tied head as a copy
  } else {
    embedding = weight(frame.head, {frame.vocab, frame.hidden});
    if (frame.headBias)
      bias = weight(StringRef(frame.head).rsplit('.').first.str() + ".bias", {frame.vocab});
  }
  returned[0] = LinearOp::create(b, tokens(frame.vocab), x, embedding, bias);
  if (frame.logitScale != 1)
    returned[0] = scale(returned[0], frame.logitScale);
  func::ReturnOp::create(b, returned);
}

llvm::Error Graph::checkAllUsed(ArrayRef<StringRef> ignored) {
  for (const Tensor &tensor : file.tensors.tensors()) {
    bool isIgnored = llvm::any_of(ignored, [&](StringRef end) { return StringRef(tensor.name).ends_with(end); }) ||
                     llvm::any_of(ignoredPrefixes, [&](StringRef start) { return StringRef(tensor.name).starts_with(start); });
    if (!used.contains(tensor.name) && !isIgnored)
      return tensorError(tensor.file, tensor.name, tensor.offset,
                         "expected only tensors that this family has; this one would change the result");
  }
  return llvm::Error::success();
}

llvm::Expected<OwningOpRef<ModuleOp>> Graph::build(const ModelFrame &frame, llvm::function_ref<Value(Value)> layer,
                                                   llvm::function_ref<Value(Value)> last, ArrayRef<StringRef> ignored) {
  OwningOpRef<ModuleOp> module = ModuleOp::create(b.getLoc());
  (*module)->setAttr("braid.name", b.getStringAttr(frame.name));
  (*module)->setAttr("braid.context", b.getI64IntegerAttr(frame.context));
  b.setInsertionPointToEnd(module->getBody());
  functions.reserve(frame.layers);
  for (int64_t i = 0; i < frame.layers && !failure; ++i)
    buildLayer(i, frame.hidden, layer);
  if (!failure)
    buildMain(frame, last);
  if (failure)
    return std::move(failure);
  if (llvm::Error error = checkAllUsed(ignored))
    return error;
  if (file.withoutWeights)
    (*module)->setAttr("braid.parameters", b.getI64IntegerAttr(parameters));
  return module;
}

} // namespace braid::models
