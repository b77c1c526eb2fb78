// SPDX-License-Identifier: Apache-2.0
/// \file
/// What is in a model file.
#include "tools/braid/Inspect.h"

#include "models/formats/FormatError.h"
#include "tools/braid/CommandLine.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"

using namespace braid::formats;

namespace braid::tools {

constexpr size_t maxConfigLines = 200;

static std::string stringField(const Json &object, const char *key) {
  auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

static std::string shapeText(const Tensor &tensor) {
  std::vector<std::string> sizes;
  for (int64_t size : tensor.shape)
    sizes.push_back(std::to_string(size));
  return "[" + llvm::join(sizes, ", ") + "]";
}

static void addTensors(Report &report, const TensorStore &store, bool isListed) {
  struct Sum {
    int64_t tensors = 0;
    uint64_t bytes = 0;
  };
  llvm::MapVector<DType, Sum> types;
  double parameters = 0;
  for (const Tensor &tensor : store.tensors()) {
    Sum &sum = types[tensor.dtype];
    ++sum.tensors;
    sum.bytes += tensor.data.size();
    parameters += double(tensor.rowCount()) * double(tensor.rowElements());
  }
  report.add("parameters", int64_t(parameters), parameterCount(parameters));
  report.add("size", store.totalBytes(), binarySize(double(store.totalBytes())));
  report.add("tensors", store.tensors().size(), grouped(int64_t(store.tensors().size())));
  Json values = Json::object();
  std::vector<std::string> texts;
  for (const auto &[type, sum] : types) {
    values[dtypeName(type).str()] = {{"tensors", sum.tensors}, {"bytes", sum.bytes}};
    texts.push_back((dtypeName(type) + " (" + llvm::Twine(sum.tensors) + " tensors, " + binarySize(double(sum.bytes)) +
                     ")")
                        .str());
  }
  report.add("types", values, llvm::join(texts, ", "));
  if (!isListed)
    return;
  Json &list = report.values["tensor_list"] = Json::array();
  for (const Tensor &tensor : store.tensors()) {
    std::string name = printable(tensor.name), type = dtypeName(tensor.dtype).str();
    list.push_back({{"name", name},
                    {"shape", std::vector<int64_t>(tensor.shape.begin(), tensor.shape.end())},
                    {"type", type},
                    {"bytes", tensor.data.size()},
                    {"file", printable(tensor.file)},
                    {"offset", tensor.offset}});
    report.tensors.push_back({name, shapeText(tensor), type, grouped(int64_t(tensor.data.size()))});
  }
}

/// The configuration, but for what is of no use to a reader: the tokenizer's own keys and long lists.
static void addConfig(Report &report, const ModelFile &model) {
  report.values["config"] = model.config;
  size_t count = 0;
  for (const auto &[name, value] : model.config.items()) {
    if (llvm::StringRef(name).starts_with("tokenizer.") || value.is_null())
      continue;
    if (++count > maxConfigLines) {
      report.lines.emplace_back("...", "and more");
      return;
    }
    report.lines.emplace_back("  " + printable(name), shortText(value));
  }
}

llvm::Expected<Report> inspectModel(llvm::StringRef path, bool withTensors) {
  llvm::Expected<ModelFile> model = openModel(path);
  if (!model)
    return model.takeError();
  Report report;
  bool isGguf = model->kind == ModelKind::Gguf;
  report.add("format", isGguf ? "GGUF" : "Hugging Face directory, safetensors");
  if (std::string name = stringField(model->config, "general.name"); !name.empty())
    report.add("name", name);
  std::string architecture = stringField(model->config, isGguf ? "general.architecture" : "model_type");
  report.add("architecture", architecture.empty() ? "not told" : architecture);
  addTensors(report, model->tensors, withTensors);
  bool hasNone = !isGguf && !llvm::sys::fs::exists(path + "/tokenizer.json");
  addTokenizer(report, hasNone ? llvm::Expected<TokenizerFiles>(TokenizerFiles()) : model->tokenizer());
  addConfig(report, *model);
  return report;
}

} // namespace braid::tools
