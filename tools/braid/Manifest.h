// SPDX-License-Identifier: Apache-2.0
/// \file
/// manifest.json of an artifact, read and checked.
#pragma once

#include "models/formats/Json.h"

#include <optional>
#include <string>
#include <vector>

namespace braid::tools {

struct Manifest {
  std::string name, library, weights; ///< the last two are names of files in the artifact's folder
  std::string source, quantization, activations, compiler;
  int64_t vocab = 0, context = 0, maxTokens = 0, parameters = 0, weightsBytes = 0;
  int64_t tokenWeightsBytes = 0; ///< that one token reads: of experts, those chosen; all where it is not told
  int64_t tokenParameters = 0; ///< those that each token of a prompt is multiplied by; all where it is not told
  std::vector<std::string> isas;
  std::vector<int64_t> eosTokens;
  std::optional<int64_t> bosToken;
  struct State {
    std::string name, kind;
    int64_t window = 0, bytesPerToken = 0, bytes = 0; ///< the last one: whatever the position
  };
  std::vector<State> states;
  formats::Json json; ///< all of it

  /// Bytes of the states that a sequence of so many positions needs; a window keeps no more than its size.
  double stateBytes(int64_t positions) const;
};

/// Reads `<directory>/manifest.json`. Errors say what an artifact is where `directory` is none, or name the field.
llvm::Expected<Manifest> readManifest(llvm::StringRef directory);

/// Whether the folder has a manifest.json and no config.json of a model.
bool looksLikeArtifact(llvm::StringRef directory);

} // namespace braid::tools
