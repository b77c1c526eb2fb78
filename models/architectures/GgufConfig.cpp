// SPDX-License-Identifier: Apache-2.0
/// \file
/// GGUF metadata of the Llama line.
#include "models/architectures/Decoder.h"

#include "models/architectures/GgufStack.h"
#include "models/formats/FormatError.h"

#include <cmath>

using namespace braid::formats;
namespace braid::models {

const DecoderNames ggufNames = {"token_embd",        "output_norm",        "output",            "blk.{}.attn_norm",
                                "blk.{}.attn_q",     "blk.{}.attn_k",      "blk.{}.attn_v",     "blk.{}.attn_output",
                                "blk.{}.attn_q_norm", "blk.{}.attn_k_norm", "blk.{}.ffn_norm",   "blk.{}.ffn_gate",
                                "blk.{}.ffn_up",     "blk.{}.ffn_down"};

llvm::Expected<DecoderConfig> readGgufConfig(const ModelFile &file, llvm::StringRef architecture) {
  Fields fields = ggufFields(file);
  DecoderConfig config;
  Stack stack = readGgufStack(fields, file);
  Heads heads = readGgufHeads(fields, stack.hidden);
  config.path = file.configFile;
  config.name = stack.name.empty() ? architecture.str() : stack.name;
  config.hidden = stack.hidden;
  config.layers = stack.layers;
  config.context = stack.context;
  config.epsilon = stack.epsilon;
  config.heads = heads.heads;
  config.kvHeads = heads.kvHeads;
  config.headDim = heads.headDim;
  config.intermediate = readSize(fields, "feed_forward_length");
  config.attentionScale = 1 / std::sqrt(double(config.headDim));
  int64_t ropeDims = fields.integerOr("rope.dimension_count", config.headDim, 2, 65536);
  if (ropeDims > config.headDim)
    fields.fault("rope.dimension_count", "expected an even number of at most " + llvm::Twine(config.headDim));
  llvm::Expected<Rope> rope = readGgufRope(fields, file, ropeDims, config.context);
  config.windows.assign(config.layers, fields.integerOr("attention.sliding_window", 0, 0, 1 << 30));
  if (fields.integerOr("expert_count", 0, 0, 1 << 20))
    fields.fault("expert_count", "expected no experts: this architecture has an MLP in each layer");
  if (stack.draftLayers)
    fields.fault("nextn_predict_layers", "expected 0");
  fields.ignore({"tensor_data_layout", "expert_used_count"});
  llvm::Error fault = llvm::joinErrors(fields.takeError(), rope.takeError());
  if (fault || (fault = fields.rejectUnread()))
    return fault;
  config.frequencies = std::move(rope->frequencies);
  config.ropeFactor = rope->factor;
  const Tensor *table = file.tensors.find("token_embd.weight");
  if (!table || table->shape.size() != 2)
    return fileError(file.path, "expected a tensor 'token_embd.weight' of two dimensions");
  config.vocab = table->shape[0];
  config.tiedHead = !file.tensors.find("output.weight");
  return config;
}

} // namespace braid::models
