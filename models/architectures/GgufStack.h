// SPDX-License-Identifier: Apache-2.0
/// \file
/// GGUF metadata as families of layers read it. Keys are those of the architecture, without its name.
#pragma once

#include "models/architectures/GgufNames.h"
#include "models/architectures/Moe.h"

namespace braid::models {

/// The metadata under `<general.architecture>.`; of other keys none counts as unread.
formats::Fields ggufFields(const formats::ModelFile &file);

/// The same, or all fields of a directory's config.json.
formats::Fields fieldsOf(const formats::ModelFile &file);

/// What is around the layers, with the names that architectures share behind those of `names`.
Stack readGgufStack(formats::Fields &fields, const formats::ModelFile &file, llvm::ArrayRef<FileName> names = {});

constexpr HeadNames ggufHeads = {"attention.head_count", "attention.head_count_kv", "attention.key_length",
                                 "attention.value_length"};

/// Whether a tensor's name ends so: of GGUF files the tensors say which maps have a bias.
bool hasTensor(const formats::ModelFile &file, llvm::StringRef end);

/// attention.head_count_kv of each layer, 0 where a layer has no keys and values.
std::vector<int64_t> readGgufKvHeads(formats::Fields &fields, int64_t layers);

/// rope.*: of `dims` features, with rope_freqs.weight where the file has it. `temperature` gets what YaRN multiplies the
/// scores of latent attention by. Faults are noted in `fields`; an error is one of the tensor.
llvm::Expected<Rope> readGgufRope(formats::Fields &fields, const formats::ModelFile &file, int64_t dims,
                                  int64_t context, double *temperature = nullptr);

/// attention.kv_lora_rank and what else latent attention has. Without `rotation`.
LatentAttention readGgufLatent(formats::Fields &fields, int64_t hidden);

/// expert_*: how many there are, and how the router chooses. `renormalize` where the file does not say.
Experts readGgufExperts(formats::Fields &fields, graph::RouterScoring scoring, bool renormalize);

/// Experts of one group that a softmax weighs, without a scale: all but the layers' kinds and widths.
MoeLayers readGgufPlainExperts(formats::Fields &fields);

/// The experts of the Qwen line, in the layers whose router the file has.
MoeLayers readGgufQwenExperts(formats::Fields &fields, const formats::ModelFile &file, int64_t layers);

} // namespace braid::models
