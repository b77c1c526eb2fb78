// SPDX-License-Identifier: Apache-2.0
/// \file
/// What `braid inspect` finds, for people and as JSON.
#pragma once

#include "models/formats/ModelFile.h"

#include "llvm/Support/raw_ostream.h"

#include <string>
#include <vector>

namespace braid::tools {

struct Report {
  formats::Json values = formats::Json::object();                ///< -o json prints these
  std::vector<std::pair<std::string, std::string>> lines; ///< a person reads these: name and text
  std::vector<std::vector<std::string>> tensors;          ///< name, shape, type, bytes, where asked for

  /// The same name, value and text for both.
  void add(llvm::StringRef name, formats::Json value, llvm::StringRef text);
  /// A string that came from a file.
  void add(llvm::StringRef name, llvm::StringRef text);
  void print(llvm::raw_ostream &os, bool isJson) const;
};

/// A model file: Hugging Face directory or GGUF.
llvm::Expected<Report> inspectModel(llvm::StringRef path, bool withTensors);

/// A compiled model. Reads its files; runs none of its code.
llvm::Expected<Report> inspectArtifact(llvm::StringRef directory);

/// Adds kind, size and chat template of a tokenizer; a fault of it is reported, not returned.
void addTokenizer(Report &report, llvm::Expected<formats::TokenizerFiles> files);

} // namespace braid::tools
