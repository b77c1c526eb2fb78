// SPDX-License-Identifier: Apache-2.0
/// \file
/// GGUF metadata of the Llama line.
#include "models/architectures/Decoder.h"

#include "models/formats/Dequantize.h"
#include "models/formats/FormatError.h"

#include <cmath>

using namespace braid::formats;
namespace braid::models {

const DecoderNames ggufNames = {"token_embd",        "output_norm",        "output",            "blk.{}.attn_norm",
                                "blk.{}.attn_q",     "blk.{}.attn_k",      "blk.{}.attn_v",     "blk.{}.attn_output",
                                "blk.{}.attn_q_norm", "blk.{}.attn_k_norm", "blk.{}.ffn_norm",   "blk.{}.ffn_gate",
                                "blk.{}.ffn_up",     "blk.{}.ffn_down"};

/// Llama 3's frequency divisors are a tensor in GGUF files.
static llvm::Error applyRopeFactors(const ModelFile &file, DecoderConfig &config) {
  const Tensor *factors = file.tensors.find("rope_freqs.weight");
  if (!factors)
    return llvm::Error::success();
  if (factors->dtype != DType::F32 || factors->shape.size() != 1 ||
      factors->shape[0] != int64_t(config.frequencies.size()))
    return tensorError(file.path, factors->name,
                       "expected " + llvm::Twine(config.frequencies.size()) + " numbers of type F32");
  std::vector<float> values(config.frequencies.size());
  if (llvm::Error error = dequantizeRows(*factors, 0, factors->rowCount(), values))
    return error;
  for (auto [frequency, value] : llvm::zip(config.frequencies, values)) {
    if (!(value > 0))
      return tensorError(file.path, factors->name, "expected positive numbers");
    frequency /= value;
  }
  return llvm::Error::success();
}

llvm::Expected<DecoderConfig> readGgufConfig(const ModelFile &file, llvm::StringRef architecture) {
  Fields fields(file.configFile, file.config);
  auto key = [&](llvm::StringRef name) { return (architecture + "." + name).str(); };
  DecoderConfig config;
  config.path = file.configFile;
  config.name = fields.stringOr("general.name", architecture);
  constexpr int64_t kMaxSize = 1 << 22;
  config.hidden = fields.integer(key("embedding_length"), 1, kMaxSize);
  config.layers = fields.integer(key("block_count"), 1, 4096);
  config.heads = fields.integer(key("attention.head_count"), 1, 65536);
  config.kvHeads = fields.integerOr(key("attention.head_count_kv"), config.heads, 1, 65536);
  config.headDim = fields.integerOr(key("attention.key_length"), std::max<int64_t>(1, config.hidden / config.heads), 1, 65536);
  int64_t valueDim = fields.integerOr(key("attention.value_length"), config.headDim, 1, 65536);
  config.intermediate = fields.integer(key("feed_forward_length"), 1, kMaxSize);
  config.context = fields.integerOr(key("context_length"), 2048, 1, int64_t(1) << 30);
  config.epsilon = fields.number(key("attention.layer_norm_rms_epsilon"), 0, 1);
  config.attentionScale = 1 / std::sqrt(double(config.headDim));
  double theta = fields.numberOr(key("rope.freq_base"), 10000, 1);
  int64_t ropeDims = fields.integerOr(key("rope.dimension_count"), config.headDim, 2, 65536);
  int64_t window = fields.integerOr(key("attention.sliding_window"), 0, 0, 1 << 30);
  std::string scaling = fields.stringOr(key("rope.scaling.type"), "none");
  double factor = fields.numberOr(key("rope.scaling.factor"), 1, 1e-6);
  if (fields.has(key("expert_count")) && fields.integer(key("expert_count"), 0, 1 << 20) > 0)
    fields.fault(key("expert_count"), "expected no experts: mixtures of experts are not supported yet");
  if (ropeDims > config.headDim || ropeDims % 2)
    fields.fault(key("rope.dimension_count"), "expected an even number of at most " + llvm::Twine(config.headDim));
  if (valueDim != config.headDim)
    fields.fault(key("attention.value_length"), "expected the key length, " + llvm::Twine(config.headDim));
  if (config.kvHeads && config.heads % config.kvHeads)
    fields.fault(key("attention.head_count_kv"), "expected a divisor of " + llvm::Twine(config.heads) + " heads");
  if (scaling != "none" && scaling != "linear")
    fields.fault(key("rope.scaling.type"), "expected none or linear, got '" + printable(scaling) + "'");
  // What other tools count or remember; none of it changes a result.
  fields.ignore({key("vocab_size"), key("rope.scaling.finetuned"), key("rope.scaling.original_context_length"),
                 key("tensor_data_layout"), key("expert_used_count")});
  for (const std::string &name : fields.unreadFields())
    if (llvm::StringRef(name).starts_with(architecture.str() + "."))
      fields.fault(name, "expected only fields that are understood");
  if (llvm::Error error = fields.takeError())
    return error;
  config.frequencies = ropeFrequencies(theta, ropeDims);
  if (scaling == "linear")
    for (float &frequency : config.frequencies)
      frequency = frequency / factor;
  if (llvm::Error error = applyRopeFactors(file, config))
    return error;
  config.windows.assign(config.layers, window);

  const Tensor *table = file.tensors.find("token_embd.weight");
  if (!table || table->shape.size() != 2)
    return fileError(file.path, "expected a tensor 'token_embd.weight' of two dimensions");
  config.vocab = table->shape[0];
  config.tiedHead = !file.tensors.find("output.weight");
  return config;
}

} // namespace braid::models
