// SPDX-License-Identifier: Apache-2.0
/// \file
/// The graph of a decoder.
#include "models/architectures/Decoder.h"

using namespace mlir;
using namespace braid::formats;
using namespace braid::graph;
namespace braid::models {

Value attention(Graph &graph, const DecoderConfig &config, const DecoderNames &names, Value x) {
  int64_t dim = config.headDim, width = config.heads * dim, kvWidth = config.kvHeads * dim;
  auto tensor = [&](StringRef stem) { return (stem + names.weightSuffix).str(); };
  Value q, gate;
  if (config.outputGate) {
    q = graph.linear(x, tensor(names.q), width, {{2 * dim, 0, dim}});
    gate = graph.linear(x, tensor(names.q), width, {{2 * dim, dim, dim}});
  } else {
    q = graph.linearWithBias(x, names.q, width, config.qkvBias);
  }
  Value k = graph.linearWithBias(x, names.k, kvWidth, config.qkvBias);
  Value v = graph.linearWithBias(x, names.v, kvWidth, config.qkvBias);
  if (config.qkNorm) {
    q = graph.rmsNorm(q, tensor(names.qNorm), config.epsilon, config.heads, config.normView);
    k = graph.rmsNorm(k, tensor(names.kNorm), config.epsilon, config.kvHeads, config.normView);
  }
  if (!config.frequencies.empty()) {
    Value table = graph.ropeTable(config.frequencies, config.ropeFactor);
    q = graph.rope(q, table, config.heads, config.ropeInterleaved);
    k = graph.rope(k, table, config.kvHeads, config.ropeInterleaved);
  }
  Value o = graph.attend(q, k, v, config.heads, config.kvHeads, config.attentionScale, config.windows[graph.layer()]);
  if (gate)
    o = graph.mul(o, graph.activate(Activation::Sigmoid, gate));
  return graph.linearWithBias(o, names.o, config.hidden, config.outBias);
}

Value gatedMlp(Graph &graph, Value x, Activation activation, StringRef gate, StringRef up, StringRef down,
               int64_t intermediate, Bias bias) {
  int64_t hidden = graph.features(x);
  Value g = graph.linearWithBias(x, gate, intermediate, bias);
  Value u = graph.linearWithBias(x, up, intermediate, bias);
  return graph.linearWithBias(graph.mul(graph.activate(activation, g), u), down, hidden, bias);
}

llvm::Expected<OwningOpRef<ModuleOp>> buildDecoder(MLIRContext &context, const ModelFile &file,
                                                   const DecoderConfig &config, const DecoderNames &names,
                                                   const ImportOptions &options) {
  Graph graph(context, file, options);
  auto norm = [&](Value x, StringRef stem) {
    return graph.rmsNorm(x, (stem + names.weightSuffix).str(), config.epsilon, 1, config.normView);
  };
  auto addTo = [&](Value x, Value y) { return graph.add(x, graph.scale(y, config.residualScale)); };
  auto layer = [&](Value x) {
    Value n = norm(x, names.attnNorm);
    x = addTo(x, config.mixer ? config.mixer(graph, n) : attention(graph, config, names, n));
    n = norm(x, names.mlpNorm);
    Value y = config.feedForward ? config.feedForward(graph, n)
                                 : gatedMlp(graph, n, config.activation, names.gate, names.up, names.down,
                                            config.intermediate, config.mlpBias);
    return addTo(x, y);
  };
  ModelFrame frame;
  frame.name = config.name;
  frame.vocab = config.vocab;
  frame.hidden = config.hidden;
  frame.layers = config.layers;
  frame.context = config.context;
  frame.embed = (names.embed + names.weightSuffix).str();
  frame.head = (names.head + names.weightSuffix).str();
  frame.tiedHead = config.tiedHead;
  frame.headBias = config.headBias;
  frame.embedScale = config.embedScale;
  frame.logitScale = config.logitScale;
  // Old checkpoints store the rotary frequencies, which the config gives as well.
  SmallVector<StringRef> ignored{"rotary_emb.inv_freq", "rope_freqs.weight"};
  llvm::append_range(ignored, config.ignored);
  return graph.build(frame, layer, [&](Value x) { return norm(x, names.finalNorm); }, ignored);
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
