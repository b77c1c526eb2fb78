// SPDX-License-Identifier: Apache-2.0
/// \file Prints what the readers of model files see, or their error, for lit tests.
#include "models/formats/Dequantize.h"
#include "models/formats/Fields.h"
#include "models/formats/FormatError.h"
#include "models/formats/ModelFile.h"
#include "models/formats/Safetensors.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"
#include <bit>
#include <chrono>

using namespace llvm;
using namespace braid::formats;

static Expected<TensorStore> openTensors(StringRef path) {
  if (path.ends_with(".safetensors"))
    return readSafetensors(path);
  Expected<ModelFile> model = openModel(path);
  if (!model)
    return model.takeError();
  return std::move(model->tensors);
}

static Expected<std::vector<float>> valuesOf(const Tensor &tensor) {
  std::vector<float> values(elementCount(tensor.shape).value_or(0));
  if (Error error = dequantizeRows(tensor, 0, tensor.rowCount(), values))
    return std::move(error);
  return values;
}

/// One line a tensor: name, type, shape, and sum, first and last of its values.
static Error printTensors(StringRef path) {
  Expected<TensorStore> store = openTensors(path);
  if (!store)
    return store.takeError();
  for (const Tensor &tensor : store->tensors()) {
    std::string shape;
    for (int64_t size : tensor.shape)
      shape += (shape.empty() ? "" : ", ") + std::to_string(size);
    outs() << printable(tensor.name) << " " << dtypeName(tensor.dtype) << " [" << shape << "]";
    if (canDequantize(tensor.dtype)) {
      Expected<std::vector<float>> values = valuesOf(tensor);
      if (!values)
        return values.takeError();
      double sum = 0;
      for (float value : *values)
        sum += value;
      if (!values->empty())
        outs() << formatv(" sum={0:f4} first={1:f4} last={2:f4}", sum, values->front(), values->back());
    }
    outs() << "\n";
  }
  outs() << store->tensors().size() << " tensors, " << store->totalBytes() << " bytes\n";
  return Error::success();
}

/// The values of one tensor at some places.
static Error printValues(StringRef path, StringRef name, ArrayRef<char *> places) {
  Expected<TensorStore> store = openTensors(path);
  if (!store)
    return store.takeError();
  Expected<const Tensor *> tensor = store->get(name);
  if (!tensor)
    return tensor.takeError();
  Expected<std::vector<float>> values = valuesOf(**tensor);
  if (!values)
    return values.takeError();
  outs() << name << ":";
  for (StringRef place : places)
    outs() << format(" %.9g", values->at(std::stoul(place.str())));
  outs() << "\n";
  return Error::success();
}

/// Unpacks every quantised tensor and compares scale * code + min, bit by bit, with the tensor `<name>.expected`, or
/// else with the dequantised values.
static Error printUnpacked(StringRef path) {
  Expected<TensorStore> store = openTensors(path);
  if (!store)
    return store.takeError();
  double seconds = 0;
  for (const Tensor &tensor : store->tensors()) {
    std::optional<GroupFormat> format = groupFormat(tensor.dtype);
    if (!format)
      continue;
    const Tensor *expected = store->find(tensor.name + ".expected");
    Expected<std::vector<float>> values = valuesOf(expected ? *expected : tensor);
    if (!values)
      return values.takeError();
    std::vector<uint8_t> codes(values->size());
    std::vector<float> scales(values->size() / format->group), mins(scales.size());
    auto start = std::chrono::steady_clock::now();
    if (Error error = unpackBlocks(tensor, 0, tensor.rowCount(), codes, scales, mins))
      return error;
    seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    size_t different = 0, tooLarge = 0, notZeroPoint = 0;
    for (size_t i = 0; i < codes.size(); ++i) {
      float value = scales[i / format->group] * float(codes[i]) + mins[i / format->group];
      different += std::bit_cast<uint32_t>(value) != std::bit_cast<uint32_t>((*values)[i]);
      tooLarge += codes[i] >> format->bits != 0;
    }
    for (size_t g = 0; g < scales.size(); ++g)
      notZeroPoint += format->zeroPoint >= 0 && mins[g] != -float(format->zeroPoint) * scales[g];
    outs() << formatv("{0} {1}: {2} codes of {3} bits, groups of {4}, zero point {5}; {6} differ, {7} too large, {8} "
                      "mins off\n",
                      tensor.name, dtypeName(tensor.dtype), codes.size(), format->bits, format->group,
                      format->zeroPoint, different, tooLarge, notZeroPoint);
  }
  errs() << formatv("unpacked in {0:f3} s\n", seconds);
  return Error::success();
}

/// Reads every prefix of a file as if it were the whole, and counts those that are taken.
static Error printPrefixes(StringRef path) {
  Expected<std::shared_ptr<MappedFile>> file = MappedFile::open(path);
  if (!file)
    return file.takeError();
  size_t taken = 0;
  for (size_t size = 0; size <= (*file)->bytes().size(); ++size) {
    // A copy of just that size, so that a sanitizer sees a read past it.
    std::vector<uint8_t> bytes((*file)->bytes().begin(), (*file)->bytes().begin() + size);
    std::shared_ptr<MappedFile> prefix = MappedFile::borrow(path, bytes);
    if (path.ends_with(".gguf")) {
      Expected<Gguf> gguf = readGguf(prefix);
      Expected<TokenizerFiles> files = gguf ? tokenizerFromGguf(gguf->metadata) : gguf.takeError();
      taken += bool(files);
      consumeError(files.takeError());
    } else {
      TensorStore store;
      Error error = addSafetensors(prefix, store);
      taken += !error;
      consumeError(std::move(error));
    }
  }
  outs() << (*file)->bytes().size() + 1 << " prefixes, " << taken << " taken\n";
  return Error::success();
}

static Error printConfig(StringRef path) {
  Expected<ModelFile> model = openModel(path);
  if (!model)
    return model.takeError();
  outs() << (model->kind == ModelKind::Gguf ? "gguf" : "huggingface") << "\n";
  for (const auto &item : model->config.items())
    outs() << "config " << item.key() << " = " << shortText(item.value()) << "\n";
  for (const auto &item : model->generationConfig.items())
    outs() << "generation " << item.key() << " = " << shortText(item.value()) << "\n";
  return Error::success();
}

static Error printTokenizer(StringRef path) {
  Expected<ModelFile> model = openModel(path);
  if (!model)
    return model.takeError();
  Expected<TokenizerFiles> files = model->tokenizer();
  if (!files)
    return files.takeError();
  outs() << files->tokenizerJson << "\n" << files->tokenizerConfigJson << "\n";
  return Error::success();
}

/// Reads a GGUF file's layer count as an architecture would.
static Error printLayers(StringRef path) {
  Expected<ModelFile> model = openModel(path);
  if (!model)
    return model.takeError();
  Fields config(model->configFile, model->config);
  int64_t layers = config.integer("llama.block_count", 1, 512);
  if (Error error = config.takeError())
    return error;
  outs() << "layers " << layers << "\n";
  return Error::success();
}

/// Reads a config as an architecture would: sizes, a nested object, and what is left over.
static Error printFields(StringRef path) {
  Expected<Json> json = parseJson(path, 1 << 20);
  if (!json)
    return json.takeError();
  Fields config(path.str(), *json);
  outs() << "layers " << config.integer("layers", 1, 512) << "\n";
  outs() << format("eps %g\n", config.numberOr("eps", 1e-6, 0.0, 1.0));
  outs() << "tied " << config.booleanOr("tied", false) << "\n";
  StringRef activations[] = {"silu", "gelu"};
  outs() << "activation " << activations[config.choiceOr("activation", 0, activations)] << "\n";
  for (int64_t id : config.integers("eos", 0, 1000))
    outs() << "eos " << id << "\n";
  if (std::optional<Fields> rope = config.object("rope"))
    outs() << format("theta %g\n", rope->number("theta", 1.0));
  if (Error error = config.takeError())
    return error;
  for (const std::string &name : config.unreadFields())
    outs() << "unread " << name << "\n";
  return config.rejectUnread();
}

int main(int argc, char **argv) {
  ArrayRef<char *> arguments(argv, size_t(argc));
  if (argc < 3) {
    errs() << "usage: format-dump tensors|unpack|prefixes|config|tokenizer|layers|fields FILE, or values FILE TENSOR PLACE...\n";
    return 2;
  }
  StringRef command = argv[1], path = argv[2];
  Error error = command == "tensors"     ? printTensors(path)
                : command == "unpack"    ? printUnpacked(path)
                : command == "config"    ? printConfig(path)
                : command == "tokenizer" ? printTokenizer(path)
                : command == "prefixes"  ? printPrefixes(path)
                : command == "layers"    ? printLayers(path)
                : command == "fields"    ? printFields(path)
                : command == "values" && argc > 3
                    ? printValues(path, argv[3], arguments.drop_front(4))
                    : fileError("format-dump", "unknown command '" + printable(command) + "'");
  if (!error)
    return 0;
  outs().flush();
  errs() << "error: " << toString(std::move(error)) << "\n";
  return 1;
}
