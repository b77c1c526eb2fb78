// SPDX-License-Identifier: Apache-2.0
/// \file Tells the kinds of models apart and gathers their parts.
#include "models/formats/ModelFile.h"
#include "models/formats/FormatError.h"
#include "models/formats/Safetensors.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"

using namespace llvm;

namespace braid::formats {

static constexpr size_t maxConfigBytes = 16 << 20;
static constexpr size_t maxTokenizerBytes = 256 << 20;

static Expected<Json> readObject(const ModelDirectory &directory, StringRef name) {
  Expected<std::shared_ptr<MappedFile>> file = directory.map(name);
  if (!file)
    return file.takeError();
  Expected<Json> json = parseJsonText((*file)->path(), (*file)->text(), maxConfigBytes);
  if (json && !json->is_object())
    return fileError((*file)->path(), "expected a JSON object, got " + shortText(*json));
  return json;
}

static Expected<std::string> readText(const ModelDirectory &directory, StringRef name) {
  Expected<std::shared_ptr<MappedFile>> file = directory.map(name);
  if (!file)
    return file.takeError();
  StringRef text = (*file)->text();
  if (text.size() > maxTokenizerBytes)
    return fileError((*file)->path(), "expected at most " + Twine(maxTokenizerBytes) + " bytes, got " +
                                          Twine(text.size()));
  if (!json::isUTF8(text))
    return fileError((*file)->path(), "expected text in UTF-8");
  return text.str();
}

static Expected<TokenizerFiles> readTokenizer(const ModelDirectory &directory) {
  TokenizerFiles files;
  Expected<std::string> text = readText(directory, "tokenizer.json");
  if (!text)
    return text.takeError();
  files.tokenizerJson = std::move(*text);
  Json config = Json::object();
  if (directory.has("tokenizer_config.json")) {
    Expected<Json> json = readObject(directory, "tokenizer_config.json");
    if (!json)
      return json.takeError();
    config = std::move(*json);
  }
  if (directory.has("chat_template.jinja")) {
    Expected<std::string> chatTemplate = readText(directory, "chat_template.jinja");
    if (!chatTemplate)
      return chatTemplate.takeError();
    config["chat_template"] = std::move(*chatTemplate);
  }
  files.tokenizerConfigJson = config.dump(2);
  return files;
}

Expected<TokenizerFiles> ModelFile::tokenizer() const {
  return kind == ModelKind::Gguf ? tokenizerFromGguf(*metadata) : readTokenizer(*directory);
}

static Error openDirectory(const ModelDirectory &directory, ModelFile &model) {
  Expected<Json> config = readObject(directory, "config.json");
  if (!config)
    return config.takeError();
  model.config = std::move(*config);
  if (directory.has("generation_config.json")) {
    Expected<Json> generation = readObject(directory, "generation_config.json");
    if (!generation)
      return generation.takeError();
    model.generationConfig = std::move(*generation);
  }
  Expected<TensorStore> tensors = readSafetensorsDirectory(directory);
  if (!tensors)
    return tensors.takeError();
  model.tensors = std::move(*tensors);
  return Error::success();
}

static Error openGguf(StringRef path, ModelFile &model) {
  Expected<Gguf> gguf = readGguf(path);
  if (!gguf)
    return gguf.takeError();
  Expected<Json> generation = generationConfigFromGguf(gguf->metadata);
  if (!generation)
    return generation.takeError();
  model.generationConfig = std::move(*generation);
  model.config = gguf->metadata.json();
  model.tensors = std::move(gguf->tensors);
  model.metadata = std::move(gguf->metadata);
  return Error::success();
}

Expected<ModelFile> openModel(StringRef path) {
  ModelFile model;
  model.path = path.str();
  model.generationConfig = Json::object();
  if (sys::fs::is_directory(path)) {
    Expected<ModelDirectory> directory = ModelDirectory::open(path);
    if (!directory)
      return directory.takeError();
    model.directory = std::move(*directory);
    model.configFile = model.path + "/config.json";
    if (Error error = openDirectory(*model.directory, model))
      return std::move(error);
    return model;
  }
  if (path.ends_with(".safetensors") || path.ends_with(".json"))
    return fileError(path, "expected a .gguf file, or the directory that a Hugging Face model's files lie in");
  model.kind = ModelKind::Gguf;
  model.configFile = model.path;
  if (Error error = openGguf(path, model))
    return std::move(error);
  return model;
}

Expected<ModelFile> openConfig(StringRef path) {
  ModelFile model;
  model.withoutWeights = true;
  model.path = path.str();
  model.generationConfig = Json::object();
  model.configFile = sys::fs::is_directory(path) ? model.path + "/config.json" : model.path;
  Expected<Json> config = parseJson(model.configFile, maxConfigBytes);
  if (!config)
    return config.takeError();
  if (!config->is_object())
    return fileError(model.configFile, "expected a JSON object");
  model.config = std::move(*config);
  return model;
}

} // namespace braid::formats
