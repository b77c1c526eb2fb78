// SPDX-License-Identifier: Apache-2.0
/// \file
/// Hugging Face configs of the Llama line.
#include "models/architectures/Decoder.h"

#include <cmath>

using namespace braid::formats;
namespace braid::models {

const DecoderNames huggingFaceNames = {
    "model.embed_tokens", "model.norm", "lm_head", "model.layers.{}.input_layernorm",
    "model.layers.{}.self_attn.q_proj", "model.layers.{}.self_attn.k_proj", "model.layers.{}.self_attn.v_proj",
    "model.layers.{}.self_attn.o_proj", "model.layers.{}.self_attn.q_norm", "model.layers.{}.self_attn.k_norm",
    "model.layers.{}.post_attention_layernorm", "model.layers.{}.mlp.gate_proj", "model.layers.{}.mlp.up_proj",
    "model.layers.{}.mlp.down_proj"};

std::vector<float> ropeFrequencies(double theta, int64_t dims) {
  std::vector<float> frequencies(dims / 2);
  for (int64_t i = 0; i < dims / 2; ++i)
    frequencies[i] = 1.0f / std::pow(float(theta), float(2 * i) / float(dims));
  return frequencies;
}

/// Llama 3's scaling: long wavelengths are stretched, short ones kept, those between blended.
static void scaleLlama3(Fields &scaling, std::vector<float> &frequencies) {
  double factor = scaling.number("factor", 1e-6);
  double low = scaling.number("low_freq_factor", 1e-6), high = scaling.number("high_freq_factor", 1e-6);
  double original = scaling.integer("original_max_position_embeddings", 1, int64_t(1) << 30);
  for (float &frequency : frequencies) {
    double wavelength = 2 * M_PI / frequency;
    if (wavelength > original / low) {
      frequency = frequency / factor;
    } else if (wavelength > original / high) {
      double smooth = (original / wavelength - low) / (high - low);
      frequency = (1 - smooth) * frequency / factor + smooth * frequency;
    }
  }
}

void scaleYarn(const Yarn &yarn, double theta, int64_t dims, std::vector<float> &frequencies) {
  auto correction = [&](double rotations) {
    return dims * std::log(yarn.original / (rotations * 2 * M_PI)) / (2 * std::log(theta));
  };
  double low = correction(yarn.fast), high = correction(yarn.slow);
  if (yarn.truncate) {
    low = std::floor(low);
    high = std::ceil(high);
  }
  low = std::clamp(low, 0.0, double(dims - 1));
  high = std::clamp(high, 0.0, double(dims - 1));
  if (low == high)
    high += 0.001;
  for (auto [i, frequency] : llvm::enumerate(frequencies)) {
    double ramp = std::clamp((double(i) - low) / (high - low), 0.0, 1.0);
    frequency = frequency * ((1 - ramp) + ramp / yarn.factor);
  }
}

double yarnTemperature(double factor, double scale) { return factor <= 1 ? 1.0 : 0.1 * scale * std::log(factor) + 1; }

static void readYarn(Fields &scaling, double theta, int64_t dims, DecoderConfig &config) {
  Yarn yarn;
  yarn.factor = scaling.number("factor", 1e-6);
  yarn.original = scaling.integerOr("original_max_position_embeddings", config.context, 1, int64_t(1) << 30);
  yarn.fast = scaling.numberOr("beta_fast", 32, 1e-6);
  yarn.slow = scaling.numberOr("beta_slow", 1, 1e-6);
  yarn.truncate = scaling.booleanOr("truncate", true);
  scaleYarn(yarn, theta, dims, config.frequencies);
  auto attention = [&](double scale) { return yarnTemperature(yarn.factor, scale); };
  if (scaling.has("attention_factor")) {
    config.ropeFactor = scaling.number("attention_factor", 0);
    scaling.ignore({"mscale", "mscale_all_dim"});
  } else if (scaling.has("mscale") && scaling.has("mscale_all_dim")) {
    config.ropeFactor = attention(scaling.number("mscale", 0)) / attention(scaling.number("mscale_all_dim", 0));
  } else {
    config.ropeFactor = attention(1);
    scaling.ignore({"mscale", "mscale_all_dim"});
  }
}

void readRope(Fields &fields, int64_t dims, DecoderConfig &config) {
  // transformers 5 writes `rope_parameters`, before it was `rope_theta` and `rope_scaling`.
  std::optional<Fields> scaling = fields.object("rope_parameters");
  if (!scaling)
    scaling = fields.object("rope_scaling");
  double theta = fields.numberOr("rope_theta", 10000, 1);
  if (scaling)
    theta = scaling->numberOr("rope_theta", theta, 1);
  config.frequencies = ropeFrequencies(theta, dims);
  if (!scaling)
    return;
  llvm::StringRef key = scaling->has("rope_type") ? "rope_type" : "type";
  switch (scaling->choiceOr(key, 0, {"default", "linear", "llama3", "yarn"})) {
  case 1: {
    double factor = scaling->number("factor", 1e-6);
    for (float &frequency : config.frequencies)
      frequency = frequency / factor;
    break;
  }
  case 2:
    scaleLlama3(*scaling, config.frequencies);
    break;
  case 3:
    readYarn(*scaling, theta, dims, config);
    break;
  }
  scaling->ignore({"rope_type", "type"});
}

void ignoreUsualFields(Fields &fields) {
  fields.ignore({"architectures", "model_type", "torch_dtype", "dtype", "initializer_range", "use_cache",
                 "bos_token_id", "eos_token_id", "pad_token_id", "transformers_version", "attention_dropout",
                 "_name_or_path", "auto_map", "output_attentions",
                 "output_hidden_states", "return_dict", "chunk_size_feed_forward", "is_encoder_decoder", "id2label",
                 "label2id", "problem_type", "transformers.js_config", "_attn_implementation", "unsloth_version"});
}

std::string modelName(const ModelFile &file) {
  llvm::StringRef path = llvm::StringRef(file.path).rtrim('/');
  if (file.withoutWeights && path.ends_with(".json")) // a config is named after its folder
    path = path.rsplit('/').first;
  std::string name = path.rsplit('/').second.str();
  return name.empty() ? path.str() : name;
}

DecoderConfig readHuggingFaceConfig(Fields &fields, const ModelFile &file) {
  DecoderConfig config;
  config.path = file.configFile;
  config.name = modelName(file);
  constexpr int64_t kMaxSize = 1 << 22;
  config.vocab = fields.integer("vocab_size", 1, kMaxSize);
  config.hidden = fields.integer("hidden_size", 1, kMaxSize);
  config.layers = fields.integer("num_hidden_layers", 1, 4096);
  config.heads = fields.integer("num_attention_heads", 1, 65536);
  config.kvHeads = fields.integerOr("num_key_value_heads", config.heads, 1, 65536);
  config.headDim = fields.integerOr("head_dim", std::max<int64_t>(1, config.hidden / config.heads), 1, 65536);
  config.intermediate = fields.integer("intermediate_size", 1, kMaxSize);
  config.context = fields.integerOr("max_position_embeddings", 2048, 1, int64_t(1) << 30);
  config.epsilon = fields.numberOr("rms_norm_eps", 1e-6, 0, 1);
  config.attentionScale = 1 / std::sqrt(double(config.headDim));
  config.tiedHead = fields.booleanOr("tie_word_embeddings", false);
  config.qkvBias = config.outBias = config.mlpBias = config.headBias = Bias::None;
  static const graph::Activation kinds[] = {graph::Activation::Silu, graph::Activation::Silu, graph::Activation::Gelu,
                                            graph::Activation::GeluTanh, graph::Activation::GeluTanh,
                                            graph::Activation::Relu};
  config.activation =
      kinds[fields.choiceOr("hidden_act", 0, {"silu", "swish", "gelu", "gelu_pytorch_tanh", "gelu_new", "relu"})];
  config.windows.assign(config.layers, 0);
  if (config.kvHeads && config.heads % config.kvHeads)
    fields.fault("num_key_value_heads", "expected a divisor of " + llvm::Twine(config.heads) + " heads, got " +
                                            llvm::Twine(config.kvHeads));
  if (config.headDim % 2)
    fields.fault("head_dim", "expected an even size, as rope rotates pairs, got " + llvm::Twine(config.headDim));
  readRope(fields, config.headDim, config);
  ignoreUsualFields(fields);
  return config;
}

int64_t readWindow(Fields &fields, const ModelFile &file) {
  return fields.integerOr("sliding_window", file.config.contains("sliding_window") ? 0 : 4096, 1, 1 << 30);
}

void readQwenWindows(Fields &fields, const ModelFile &file, DecoderConfig &config) {
  bool on = fields.booleanOr("use_sliding_window", false);
  int64_t window = readWindow(fields, file);
  int64_t full = fields.integerOr("max_window_layers", 28, 0, 4096);
  std::vector<std::string> types = fields.strings("layer_types");
  if (!types.empty() && int64_t(types.size()) != config.layers)
    fields.fault("layer_types", "expected " + llvm::Twine(config.layers) + " entries, got " + llvm::Twine(types.size()));
  for (int64_t i = 0; i < config.layers; ++i) {
    bool sliding = on && i >= full;
    if (i < int64_t(types.size())) {
      if (types[i] != "full_attention" && types[i] != "sliding_attention")
        fields.fault("layer_types", "expected full_attention or sliding_attention, got '" + types[i] + "'");
      sliding = types[i] == "sliding_attention";
      if (sliding && !(on && window))
        fields.fault("layer_types",
                     "expected full_attention alone, as there is no sliding window, got '" + types[i] + "'");
    }
    config.windows[i] = sliding ? window : 0;
  }
}

} // namespace braid::models
