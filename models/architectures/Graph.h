// SPDX-License-Identifier: Apache-2.0
/// \file
/// Builds the graph of a model: one function a layer, and `main`, which names the weights and calls them. A family says
/// what a layer does; what the function takes (position, rope table, states, weights) follows from what is asked for.
#pragma once

#include "dialects/Precompiled.h"
#include "dialects/braid/Braid.h"
#include "models/formats/ModelFile.h"
#include "llvm/ADT/StringSet.h"

namespace braid::models {

/// What an import may choose.
struct ImportOptions {
  graph::StateStorage cache = graph::StateStorage::F16; ///< rows of keys and values, or of latents
  graph::StateStorage state = graph::StateStorage::F32; ///< recurrent states: f32 or bf16
  bool biasedRouter = false; ///< Kimi Linear's experts are weighed by biased scores, as its released code does
};

/// A part of a tensor: see braid.weight.
struct View {
  llvm::SmallVector<int64_t, 3> rows = {}; ///< [block, begin, size]
  bool transposed = false;
  std::optional<graph::WeightFunction> function = {};
};

/// A tensor by its name in Hugging Face checkpoints, which families use, and by that in the file. Of a layer's tensors
/// what is behind `model.layers.<i>.` and `blk.<i>.`; both whole, or both without `.weight` or `.bias`.
struct FileName {
  llvm::StringRef name, inFile;
  bool applied = false; ///< the file has what the function of the family's view gives: its numbers are taken as they are
};

/// What is around the layers.
struct ModelFrame {
  std::string name; ///< of the model, any text
  int64_t vocab = 0, hidden = 0, layers = 0, context = 0;
  std::string embed, head; ///< names of these tensors
  bool tiedHead = false, headBias = false;
  double embedScale = 1, logitScale = 1;
};

class Graph {
public:
  using Value = mlir::Value;
  Graph(mlir::MLIRContext &context, const formats::ModelFile &file, const ImportOptions &options);

  /// From here on, names are those of Hugging Face checkpoints, and the file's by these lists; the first that has a name
  /// counts. A name in no list is the file's own. The lists must outlive this.
  void translate(llvm::ArrayRef<llvm::ArrayRef<FileName>> lists) { fileNames.assign(lists.begin(), lists.end()); }

  /// Builds the whole module. `layer` builds each layer between its input and what it returns, `last` what comes between
  /// the last layer and the head, as a norm does; tensors that neither used are an error, but for those whose names end
  /// in one of `ignored`.
  llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>> build(const ModelFrame &frame,
                                                         llvm::function_ref<Value(Value)> layer,
                                                         llvm::function_ref<Value(Value)> last,
                                                         llvm::ArrayRef<llvm::StringRef> ignored = {});

  // What follows is for the function that is being built. In names `{expert}` stands for
  // each matrix of a stack.

  int64_t layer() const { return layerIndex; }
  bool has(llvm::StringRef name) const { return file.tensors.find(nameOf(name)); }
  /// A tensor of the file, or a view of it. A wrong shape or type fails the build with a message that names it.
  Value weight(llvm::StringRef name, llvm::ArrayRef<int64_t> shape, const View &view = {});
  /// Numbers that no file has, the same weight for each layer kind.
  Value constants(llvm::StringRef name, llvm::ArrayRef<float> values);
  /// Marks a tensor as known though nothing reads it.
  void ignore(llvm::StringRef name) { used.insert(nameOf(name)); }
  /// Marks all tensors whose names start so as known: other parts of a model, such as its image tower.
  void ignoreAll(llvm::StringRef prefix) { ignoredPrefixes.push_back(nameOf(prefix)); }
  /// Fails the build; the first failure counts.
  void fail(llvm::Error error);

  Value position();
  /// Cosines and sines of each token, for these frequencies.
  Value ropeTable(llvm::ArrayRef<float> frequencies, double factor = 1);
  /// A state of this layer, by a name that no other one of the layer has; `setState` gives its next value.
  Value state(llvm::StringRef name, mlir::Type type);
  void setState(llvm::StringRef name, Value next);
  /// Tokens that an earlier layer gave to all after it.
  Value carried(llvm::StringRef name, int64_t features);
  void carry(llvm::StringRef name, Value tokens);

  // Ops, in short.
  mlir::RankedTensorType tokens(int64_t features);
  int64_t features(Value tokens);
  Value linear(Value x, llvm::StringRef weight, int64_t out, const View &view = {}, Value bias = {});
  Value l2Norm(Value x, int64_t heads, double epsilon, double scale = 1);
  Value activate(graph::Activation kind, Value x);
  Value add(Value x, Value y);
  Value mul(Value x, Value y);
  Value scale(Value x, double factor);
  Value gain(Value x, Value weight, bool tiled = false);
  Value bias(Value x, Value weight, bool tiled = false);
  Value broadcast(Value x, int64_t features);
  Value rope(Value x, Value table, int64_t heads, bool interleaved = false);
  /// With its own state of that name. `view` takes rows of a convolution that the file has as one.
  Value shortConv(Value x, llvm::StringRef state, llvm::StringRef weight, int64_t taps, const View &view = {},
                  Value bias = {});
  Value tokenShift(Value x, llvm::StringRef state);
  /// Attention over the keys and values of the state `kv`; a window of 0 is none.
  Value attend(Value q, Value k, Value v, int64_t heads, int64_t kvHeads, double scale, int64_t window = 0);
  /// The recurrence `variant` over the state `name`. For the number of inputs and their order see the variant; for
  /// `tiled` see braid.recur.
  Value recur(llvm::StringRef variant, llvm::ArrayRef<Value> inputs, llvm::StringRef name, int64_t heads, int64_t key,
              int64_t value, int64_t matrices = 1, int64_t columns = 0, bool tiled = false);

  mlir::ImplicitLocOpBuilder b;
  const formats::ModelFile &file;
  const ImportOptions &options;

private:
  struct Source {
    enum Kind { Stream, Position, Rope, State, Weight, Carried } kind;
    std::string name;           ///< of a state, tensor or carried value
    mlir::NamedAttrList op = {}; ///< attributes of the weight or rope_table that main makes
  };
  struct Function {
    mlir::func::FuncOp op;
    std::vector<Source> sources; ///< one an argument
    std::vector<std::pair<std::string, Value>> states, carried;
  };

  std::string nameOf(llvm::StringRef name, bool *applied = nullptr) const;
  Value argument(Source source, mlir::Type type);
  Value materialize(const Source &source, mlir::Type type);
  std::optional<graph::Storage> checkTensor(const std::string &name, int64_t rows, int64_t width,
                                            llvm::ArrayRef<int64_t> shape, bool isView);
  void buildLayer(int64_t index, int64_t hidden, llvm::function_ref<Value(Value)> body);
  void buildMain(const ModelFrame &frame, llvm::function_ref<Value(Value)> last);
  llvm::Error checkAllUsed(llvm::ArrayRef<llvm::StringRef> ignored);

  llvm::Error failure = llvm::Error::success();
  int64_t layerIndex = -1; ///< -1: main
  std::vector<Function> functions;
  Function *function = nullptr;
  llvm::StringSet<> used;
  llvm::SmallVector<llvm::ArrayRef<FileName>> fileNames;
  // Of a config without weights.
  graph::Storage assumedStorage = graph::Storage::BF16;
  int64_t parameters = 0;
  std::vector<std::string> ignoredPrefixes;
  // Of main.
  Value ids, mainPosition;
  llvm::StringMap<Value> mainValues; ///< carried values, rope tables by their attributes
};

} // namespace braid::models
