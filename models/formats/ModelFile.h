// SPDX-License-Identifier: Apache-2.0
/// \file A model as it was distributed: a Hugging Face directory or a GGUF file, opened and checked.
#pragma once

#include "models/formats/Gguf.h"
#include "models/formats/GgufTokenizer.h"
#include "models/formats/Json.h"
#include "models/formats/TensorFile.h"
#include <optional>
#include <string>

namespace braid::formats {

enum class ModelKind { HuggingFace, Gguf };

class ModelFile {
public:
  ModelKind kind = ModelKind::HuggingFace;
  std::string path;       ///< As given.
  std::string configFile; ///< What messages about `config` should name: `<dir>/config.json`, or the GGUF file.
  TensorStore tensors;
  /// HuggingFace: config.json. Gguf: the metadata as one flat object ("llama.block_count": 30, ...).
  Json config;
  Json generationConfig; ///< An empty object when there is none.
  std::optional<GgufMetadata> metadata; ///< Gguf only.
  /// Only a config was given: every tensor that a family asks for is taken to be there, in the config's type.
  bool withoutWeights = false;

  /// The tokenizer's texts. Read (or, from GGUF, written) on each call, as not every use needs them. A
  /// `chat_template.jinja` beside tokenizer_config.json is put into the latter, as it overrules it.
  llvm::Expected<TokenizerFiles> tokenizer() const;

private:
  friend llvm::Expected<ModelFile> openModel(llvm::StringRef path);
  friend llvm::Expected<ModelFile> openConfig(llvm::StringRef path);
  std::optional<ModelDirectory> directory; // HuggingFace only
};

/// Opens a directory with config.json and safetensors, or a file that starts with GGUF's magic.
llvm::Expected<ModelFile> openModel(llvm::StringRef path);

/// Opens a config.json, or the one of a directory, without the tensors: for plans of models that are not at hand.
llvm::Expected<ModelFile> openConfig(llvm::StringRef path);

} // namespace braid::formats
