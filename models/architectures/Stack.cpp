// SPDX-License-Identifier: Apache-2.0
/// \file
/// Embedding, layers, final norm and head.
#include "models/architectures/Stack.h"

using namespace mlir;
using namespace braid::formats;
using namespace braid::graph;
namespace braid::models {

int64_t readSize(Fields &fields, StringRef name, int64_t low) { return fields.integer(name, low, 1 << 22); }

int64_t readSizeOr(Fields &fields, StringRef name, int64_t absent, int64_t low) {
  return fields.integerOr(name, absent, low, 1 << 22);
}

void expectDivides(Fields &fields, StringRef name, int64_t divisor, int64_t number) {
  if (divisor <= 0 || number % divisor)
    fields.fault(name, "expected a divisor of " + Twine(number) + ", got " + Twine(divisor));
}

void ignoreUsualFields(Fields &fields) {
  fields.ignore({"architectures", "model_type", "torch_dtype", "dtype", "initializer_range", "use_cache",
                 "bos_token_id", "eos_token_id", "pad_token_id", "transformers_version", "attention_dropout",
                 "_name_or_path", "auto_map", "output_attentions",
                 "output_hidden_states", "return_dict", "chunk_size_feed_forward", "is_encoder_decoder", "id2label",
                 "label2id", "problem_type", "transformers.js_config", "_attn_implementation", "unsloth_version"});
}

/// The last component of the path: what a model is called if nothing else is said.
static std::string modelName(const ModelFile &file) {
  StringRef path = StringRef(file.path).rtrim('/');
  if (file.withoutWeights && path.ends_with(".json")) // a config is named after its folder
    path = path.rsplit('/').first;
  std::string name = path.rsplit('/').second.str();
  return name.empty() ? path.str() : name;
}

Stack readStack(Fields &fields, StringRef epsilon) {
  Stack stack;
  stack.vocab = readSize(fields, "vocab_size");
  stack.hidden = readSize(fields, "hidden_size");
  stack.layers = fields.integer("num_hidden_layers", 1, 4096);
  stack.context = fields.integerOr("max_position_embeddings", 1 << 20, 1, int64_t(1) << 30);
  stack.epsilon = fields.numberOr(epsilon, 1e-6, 0, 1);
  stack.tied = fields.booleanOr("tie_word_embeddings", false);
  ignoreUsualFields(fields);
  fields.ignore({"router_aux_loss_coef", "output_router_logits", "router_jitter_noise", "pretraining_tp"});
  return stack;
}

Heads readHeads(Fields &fields, int64_t hidden, const HeadNames &names) {
  Heads result;
  result.heads = fields.integer(names.heads, 1, 65536);
  result.kvHeads = fields.integerOr(names.kvHeads, result.heads, 1, 65536);
  result.headDim = fields.integerOr(names.keyDim, std::max<int64_t>(1, hidden / result.heads), 1, 65536);
  expectDivides(fields, names.kvHeads, result.kvHeads, result.heads);
  int64_t value = names.valueDim.empty() ? result.headDim
                                         : fields.integerOr(names.valueDim, result.headDim, 1, 65536);
  if (value != result.headDim)
    fields.fault(names.valueDim, "expected the key length, " + Twine(result.headDim) + ", got " + Twine(value));
  return result;
}

LatentAttention readLatent(Fields &fields, int64_t hidden) {
  LatentAttention spec;
  spec.hidden = hidden;
  spec.heads = fields.integer("num_attention_heads", 1, 65536);
  spec.rank = readSize(fields, "kv_lora_rank");
  spec.queryRank = readSizeOr(fields, "q_lora_rank", 0, 0);
  spec.nope = readSize(fields, "qk_nope_head_dim");
  spec.rope = readSize(fields, "qk_rope_head_dim");
  spec.value = readSize(fields, "v_head_dim");
  spec.scale = 1 / std::sqrt(double(spec.nope + spec.rope));
  fields.ignore({"num_key_value_heads", "head_dim"}); // of what attention would be without latents
  return spec;
}

Activation readActivation(Fields &fields, StringRef name) {
  static const Activation kinds[] = {Activation::Silu,     Activation::Silu,     Activation::Gelu, Activation::GeluTanh,
                                     Activation::GeluTanh, Activation::Relu,     Activation::Relu2};
  return kinds[fields.choiceOr(name, 0, {"silu", "swish", "gelu", "gelu_pytorch_tanh", "gelu_new", "relu", "relu2"})];
}

llvm::Expected<OwningOpRef<ModuleOp>> buildStack(MLIRContext &context, const ModelFile &file, Fields &fields,
                                                 const Stack &stack, const ImportOptions &options,
                                                 llvm::function_ref<Value(Graph &, int64_t, Value)> layer,
                                                 llvm::function_ref<Value(Graph &, Value)> last) {
  if (llvm::Error error = fields.takeError())
    return error;
  if (llvm::Error error = fields.rejectUnread())
    return error;
  Graph g(context, file, options);
  g.translate(stack.fileNames);
  for (int64_t i = 0; i < stack.draftLayers; ++i)
    g.ignoreAll("model.layers." + std::to_string(stack.layers + i) + ".");
  ModelFrame frame;
  frame.name = stack.name.empty() ? modelName(file) : stack.name;
  frame.vocab = stack.vocab;
  frame.hidden = stack.hidden;
  frame.layers = stack.layers;
  frame.context = stack.context;
  frame.embed = stack.embed + ".weight";
  frame.head = stack.head + ".weight";
  frame.tiedHead = stack.tied;
  frame.headBias = stack.headBias;
  frame.embedScale = stack.embedScale;
  frame.logitScale = stack.logitScale;
  auto finalNorm = [&](Value x) {
    return last ? last(g, x) : rmsNorm(g, x, Part(stack.finalNorm, stack.normView), stack.epsilon);
  };
  return g.build(frame, [&](Value x) { return layer(g, g.layer(), x); }, finalNorm,
                 {"rotary_emb.inv_freq", "rope_freqs.weight"});
}

} // namespace braid::models
