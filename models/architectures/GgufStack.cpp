// SPDX-License-Identifier: Apache-2.0
/// \file
/// GGUF metadata that families share.
#include "models/architectures/GgufStack.h"

#include "models/formats/Dequantize.h"
#include "models/formats/FormatError.h"

using namespace mlir;
using namespace braid::formats;
using namespace braid::graph;
namespace braid::models {

Fields ggufFields(const ModelFile &file) {
  Fields all(file.configFile, file.config);
  std::string start = all.string("general.architecture") + ".";
  for (const auto &item : file.config.items())
    if (!StringRef(item.key()).starts_with(start))
      all.ignore({item.key()});
  return all.within(start);
}

Fields fieldsOf(const ModelFile &file) {
  return file.kind == ModelKind::Gguf ? ggufFields(file) : Fields(file.configFile, file.config);
}

Stack readGgufStack(Fields &fields, const ModelFile &file, ArrayRef<FileName> names) {
  Stack stack;
  if (auto name = file.config.find("general.name"); name != file.config.end() && name->is_string())
    stack.name = name->get<std::string>();
  const Tensor *table = file.tensors.find("token_embd.weight");
  stack.vocab = readSizeOr(fields, "vocab_size", 1);
  if (table && table->shape.size() == 2) // another shape is an error when it is read
    stack.vocab = table->shape[0];
  stack.tied = !file.tensors.find("output.weight");
  stack.hidden = readSize(fields, "embedding_length");
  int64_t blocks = fields.integer("block_count", 1, 4096);
  stack.draftLayers = fields.integerOr("nextn_predict_layers", 0, 0, blocks - 1);
  stack.layers = blocks - stack.draftLayers;
  for (int64_t i = stack.layers; i < blocks; ++i) // or a layer would be left out
    if (std::string block = "blk." + std::to_string(i) + "."; file.tensors.find(block + "attn_norm.weight") &&
                                                              !file.tensors.find(block + "nextn.eh_proj.weight"))
      fields.fault("nextn_predict_layers", "expected blocks with a tensor 'nextn.eh_proj.weight', '" + block +
                                               "' has none");
  stack.context = fields.integerOr("context_length", 1 << 20, 1, int64_t(1) << 30);
  stack.epsilon = fields.number("attention.layer_norm_rms_epsilon", 0, 1);
  stack.fileNames = {names, ggufTensorNames};
  return stack;
}

bool hasTensor(const ModelFile &file, StringRef end) {
  return llvm::any_of(file.tensors.tensors(), [&](const Tensor &t) { return StringRef(t.name).ends_with(end); });
}

std::vector<int64_t> readGgufKvHeads(Fields &fields, int64_t layers) {
  std::vector<int64_t> counts = fields.integers("attention.head_count_kv", 0, 65536);
  if (int64_t(counts.size()) != layers)
    fields.fault("attention.head_count_kv", "expected " + Twine(layers) + " numbers, one a layer, got " +
                                                Twine(counts.size()));
  counts.resize(layers);
  return counts;
}

LatentAttention readGgufLatent(Fields &fields, int64_t hidden) {
  LatentAttention spec;
  spec.hidden = hidden;
  spec.heads = fields.integer("attention.head_count", 1, 65536);
  spec.rank = readSize(fields, "attention.kv_lora_rank");
  spec.queryRank = readSizeOr(fields, "attention.q_lora_rank", 0, 0);
  spec.rope = readSize(fields, "rope.dimension_count");
  // Where kv_b is one matrix, the lengths are those of its heads; else those of the latents, which say nothing new.
  bool split = fields.has("attention.key_length_mla");
  StringRef keys = split ? "attention.key_length_mla" : "attention.key_length";
  spec.value = readSize(fields, split ? "attention.value_length_mla" : "attention.value_length");
  int64_t key = readSize(fields, keys);
  if (key <= spec.rope)
    fields.fault(keys, "expected more than the " + Twine(spec.rope) + " features that rotate, got " + Twine(key));
  spec.nope = std::max<int64_t>(1, key - spec.rope);
  fields.ignore({"attention.key_length", "attention.value_length", "attention.head_count_kv"});
  return spec;
}

Experts readGgufExperts(Fields &fields, RouterScoring scoring, bool renormalize) {
  Experts spec;
  spec.count = fields.integer("expert_count", 1, maxExperts);
  spec.chosen = fields.integer("expert_used_count", 1, std::max<int64_t>(1, spec.count));
  spec.inner = readSize(fields, "expert_feed_forward_length");
  spec.groups = fields.integerOr("expert_group_count", 1, 1, spec.count);
  spec.chosenGroups = fields.integerOr("expert_group_used_count", spec.groups, 1, spec.groups);
  switch (int64_t function = fields.integerOr("expert_gating_func", 0, 0, 64)) {
  case 0: spec.scoring = scoring; break;
  case 1: spec.scoring = RouterScoring::Softmax; break;
  case 2: spec.scoring = RouterScoring::Sigmoid; break;
  default: fields.fault("expert_gating_func", "expected 1 (softmax) or 2 (sigmoid), got " + Twine(function));
  }
  spec.groupsByPair = spec.groups > 1 && spec.scoring == RouterScoring::Sigmoid;
  checkGroups(fields, spec, "expert_group_count", "expert_group_used_count");
  spec.renormalize = fields.booleanOr("expert_weights_norm", renormalize);
  spec.epsilon = spec.renormalize ? 1e-20 : 0;
  // Writers leave 0 for "no scale".
  if (double scale = fields.numberOr("expert_weights_scale", 0, 0, 1e6))
    spec.scale = scale;
  return spec;
}

MoeLayers readGgufPlainExperts(Fields &fields) {
  Experts spec = readGgufExperts(fields, RouterScoring::Softmax, /*renormalize=*/true);
  if (spec.scoring != RouterScoring::Softmax)
    fields.fault("expert_gating_func", "expected 1 (softmax), got 2");
  if (spec.groups > 1)
    fields.fault("expert_group_count", "expected 1, got " + Twine(spec.groups));
  if (spec.scale != 1)
    fields.fault("expert_weights_scale", "expected 1");
  MoeLayers moe;
  moe.count = spec.count;
  moe.chosen = spec.chosen;
  moe.inner = spec.inner;
  moe.renormalize = spec.renormalize;
  return moe;
}

MoeLayers readGgufQwenExperts(Fields &fields, const ModelFile &file, int64_t layers) {
  MoeLayers moe = readGgufPlainExperts(fields);
  for (int64_t i = 0; i < layers; ++i)
    moe.isSparse.push_back(file.tensors.find("blk." + std::to_string(i) + ".ffn_gate_inp.weight"));
  moe.dense = readSizeOr(fields, "feed_forward_length", 0, 0);
  if (!moe.dense && llvm::is_contained(moe.isSparse, false))
    fields.fault("feed_forward_length", "expected a width, as a layer has no experts");
  return moe;
}

} // namespace braid::models
