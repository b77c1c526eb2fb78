// SPDX-License-Identifier: Apache-2.0
/// \file
/// Fields and layers of the Llama line.
#include "models/architectures/Decoder.h"

#include "models/architectures/GgufStack.h"

using namespace mlir;
using namespace braid::formats;
using namespace braid::graph;
namespace braid::models {

static Decoder readHuggingFace(Fields &fields) {
  Decoder decoder;
  decoder.stack = readStack(fields);
  decoder.heads = readHeads(fields, decoder.stack.hidden);
  decoder.rope = readRope(fields, decoder.heads.headDim, decoder.stack.context);
  decoder.inner = readSize(fields, "intermediate_size");
  decoder.activation = readActivation(fields);
  decoder.windows.assign(decoder.stack.layers, 0);
  return decoder;
}

static llvm::Expected<Decoder> readGguf(Fields &fields, const ModelFile &file) {
  Decoder decoder;
  Stack &stack = decoder.stack = readGgufStack(fields, file);
  decoder.heads = readHeads(fields, stack.hidden, ggufHeads);
  decoder.inner = readSize(fields, "feed_forward_length");
  int64_t rotating = fields.integerOr("rope.dimension_count", decoder.heads.headDim, 2, decoder.heads.headDim);
  llvm::Expected<Rope> rope = readGgufRope(fields, file, rotating, stack.context);
  if (!rope)
    return rope.takeError();
  decoder.rope = std::move(*rope);
  decoder.windows.assign(stack.layers, fields.integerOr("attention.sliding_window", 0, 0, 1 << 30));
  if (fields.integerOr("expert_count", 0, 0, 1 << 20))
    fields.fault("expert_count", "expected no experts: this architecture has an MLP in each layer");
  if (stack.draftLayers)
    fields.fault("nextn_predict_layers", "expected 0");
  fields.ignore({"tensor_data_layout", "expert_used_count"});
  decoder.qkvBias = hasTensor(file, ".attn_q.bias");
  decoder.outBias = hasTensor(file, ".attn_output.bias");
  decoder.mlpBias = hasTensor(file, ".ffn_gate.bias");
  stack.headBias = file.tensors.find("output.bias");
  return decoder;
}

llvm::Expected<Decoder> readDecoder(Fields &fields, const ModelFile &file) {
  if (file.kind == ModelKind::Gguf)
    return readGguf(fields, file);
  return readHuggingFace(fields);
}

int64_t readWindow(Fields &fields, const ModelFile &file) {
  return fields.integerOr("sliding_window", file.config.contains("sliding_window") ? 0 : 4096, 1, 1 << 30);
}

void readQwenWindows(Fields &fields, const ModelFile &file, Decoder &decoder) {
  bool on = fields.booleanOr("use_sliding_window", false);
  int64_t window = readWindow(fields, file);
  int64_t full = fields.integerOr("max_window_layers", 28, 0, 4096);
  std::vector<std::string> types = fields.strings("layer_types");
  if (!types.empty() && int64_t(types.size()) != decoder.stack.layers)
    fields.fault("layer_types", "expected " + Twine(decoder.stack.layers) + " entries, got " + Twine(types.size()));
  for (int64_t i = 0; i < decoder.stack.layers; ++i) {
    bool sliding = on && i >= full;
    if (i < int64_t(types.size())) {
      if (types[i] != "full_attention" && types[i] != "sliding_attention")
        fields.fault("layer_types", "expected full_attention or sliding_attention, got '" + types[i] + "'");
      sliding = types[i] == "sliding_attention";
      if (sliding && !(on && window))
        fields.fault("layer_types",
                     "expected full_attention alone, as there is no sliding window, got '" + types[i] + "'");
    }
    decoder.windows[i] = sliding ? window : 0;
  }
}

llvm::Expected<OwningOpRef<ModuleOp>> buildDecoder(MLIRContext &context, const ModelFile &file, Fields &fields,
                                                   const Decoder &decoder, const ImportOptions &options) {
  const auto &[stack, heads, rope, inner, activation, qkvBias, outBias, mlpBias, headNorms, windows] = decoder;
  auto layer = [&](Graph &g, int64_t i, Value x) {
    std::string stem = "model.layers." + std::to_string(i) + ".";
    Attention spec{stem + "self_attn.", heads.heads, heads.kvHeads, heads.headDim, stack.hidden};
    if (headNorms) {
      spec.qNorm = "q_norm";
      spec.kNorm = "k_norm";
    }
    spec.epsilon = stack.epsilon;
    spec.bias = qkvBias;
    spec.outBias = outBias;
    spec.window = windows[i];
    spec.rope = &rope;
    x = g.add(x, attention(g, rmsNorm(g, x, stem + "input_layernorm", stack.epsilon), spec));
    Mlp feed = gatedMlp(stem + "mlp.", inner, activation);
    feed.bias = mlpBias;
    return g.add(x, mlp(g, rmsNorm(g, x, stem + "post_attention_layernorm", stack.epsilon), feed));
  };
  return buildStack(context, file, fields, stack, options, layer);
}

} // namespace braid::models
