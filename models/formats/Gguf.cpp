// SPDX-License-Identifier: Apache-2.0
/// \file The container: header, tensor table, and the check of the table against the data section.
#include "models/formats/Gguf.h"
#include "llvm/Support/JSON.h"
#include <algorithm>
#include <tuple>

using namespace llvm;

namespace braid::formats {
namespace {

constexpr uint64_t maxTensors = 1 << 20;
constexpr uint64_t maxNameBytes = 1 << 10;
constexpr uint64_t minAlignment = 8, maxAlignment = 1 << 20;
constexpr uint32_t maxGgufDimensions = 4;

// The least that a key or a tensor takes in the file; bounds the counts before anything is allocated for them.
constexpr uint64_t minKeyBytes = 8 + 1 + 4 + 1, minTensorInfoBytes = 8 + 1 + 4 + 4 + 8;

struct TypeName {
  uint32_t number;
  StringRef name;
  std::optional<DType> dtype;
};

const TypeName typeNames[] = {
    {0, "F32", DType::F32},    {1, "F16", DType::F16},    {2, "Q4_0", DType::Q4_0},  {3, "Q4_1", DType::Q4_1},
    {6, "Q5_0", DType::Q5_0},  {7, "Q5_1", DType::Q5_1},  {8, "Q8_0", DType::Q8_0},  {9, "Q8_1", {}},
    {10, "Q2_K", {}},          {11, "Q3_K", {}},          {12, "Q4_K", DType::Q4_K}, {13, "Q5_K", DType::Q5_K},
    {14, "Q6_K", DType::Q6_K}, {15, "Q8_K", {}},          {16, "IQ2_XXS", {}},       {17, "IQ2_XS", {}},
    {18, "IQ3_XXS", {}},       {19, "IQ1_S", {}},         {20, "IQ4_NL", {}},        {21, "IQ3_S", {}},
    {22, "IQ2_S", {}},         {23, "IQ4_XS", {}},        {24, "I8", DType::I8},     {25, "I16", DType::I16},
    {26, "I32", DType::I32},   {27, "I64", DType::I64},   {28, "F64", DType::F64},   {29, "IQ1_M", {}},
    {30, "BF16", DType::BF16}, {34, "TQ1_0", {}},         {35, "TQ2_0", {}},         {39, "MXFP4", {}},
};

struct Info {
  std::string name;
  DType dtype;
  SmallVector<int64_t, 4> shape;
  uint64_t offset, bytes; // of the data, from the start of the data section
};

Error readInfo(ByteReader &reader, StringRef file, Info &info) {
  StringRef name;
  uint64_t start = reader.position();
  if (Error error = reader.string(maxNameBytes, "a tensor name", name))
    return error;
  if (name.empty() || !json::isUTF8(name))
    return offsetError(file, start, "expected a tensor name in UTF-8, got '" + printable(name) + "'");
  info.name = name.str();
  auto fault = [&](const Twine &what) { return tensorError(file, name, start, what); };

  uint32_t dimensions = 0, type = 0;
  std::string what = "tensor '" + printable(name) + "'";
  if (Error error = reader.number("the dimensions of " + what, dimensions))
    return error;
  if (dimensions > maxGgufDimensions)
    return fault("expected at most " + Twine(maxGgufDimensions) + " dimensions, got " + Twine(dimensions));
  for (uint32_t i = 0; i < dimensions; ++i) {
    int64_t size = 0;
    if (Error error = reader.number("the shape of " + what, size))
      return error;
    if (size < 1)
      return fault("expected positive sizes, got " + Twine(size));
    info.shape.insert(info.shape.begin(), size); // the file has the fastest dimension first
  }
  if (Error error = reader.number("the type of " + what, type))
    return error;
  std::optional<DType> dtype = dtypeFromGguf(type);
  if (!dtype)
    return fault("expected a supported type (F32, F16, BF16, F64, I8 to I64, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q4_K, "
                 "Q5_K, Q6_K), got " + ggufTensorTypeName(type) + " (" + Twine(type) + ")");
  info.dtype = *dtype;
  if (Error error = reader.number("the offset of " + what, info.offset))
    return error;
  std::optional<uint64_t> bytes = byteCount(info.dtype, info.shape);
  if (!bytes && !info.shape.empty() && uint64_t(info.shape.back()) % blockElements(info.dtype) != 0)
    return fault("expected rows of a multiple of " + Twine(blockElements(info.dtype)) + " elements for " +
                 dtypeName(info.dtype) + ", got " + Twine(info.shape.back()));
  if (!bytes)
    return fault("expected a shape of " + dtypeName(info.dtype) + " whose size fits 63 bits");
  info.bytes = *bytes;
  return Error::success();
}

/// Checks that the tensors tile \p data up to padding, and stores them.
Error placeTensors(MutableArrayRef<Info> infos, const MappedFile &file, uint64_t dataStart, uint64_t alignment,
                   TensorStore &store) {
  ArrayRef<uint8_t> data = file.bytes().drop_front(std::min<uint64_t>(dataStart, file.bytes().size()));
  std::sort(infos.begin(), infos.end(),
            [](const Info &a, const Info &b) { return std::tie(a.offset, a.name) < std::tie(b.offset, b.name); });
  uint64_t expected = 0, end = 0; // `expected` is `end` with its padding
  for (Info &info : infos) {
    auto fault = [&](const Twine &what) { return tensorError(file.path(), info.name, dataStart + end, what); };
    if (info.offset % alignment != 0)
      return fault("expected an offset that is a multiple of " + Twine(alignment) + ", got " + Twine(info.offset));
    // Not offset + bytes > size, which could wrap.
    if (info.offset > data.size() || info.bytes > data.size() - info.offset)
      return fault("expected " + Twine(info.bytes) + " bytes from " + Twine(info.offset) + " on, inside the " +
                   Twine(data.size()) + " bytes of data");
    if (info.offset != expected)
      return fault(Twine(info.offset < expected ? "expected no overlap: data from " : "expected no hole: data from ") +
                   Twine(expected) + " on, got " + Twine(info.offset));
    end = info.offset + info.bytes; // at most data.size()
    expected = (end + alignment - 1) & ~(alignment - 1);
    if (Error error = store.add(Tensor{std::move(info.name), info.dtype, std::move(info.shape),
                                       data.slice(info.offset, info.bytes), file.path().str(),
                                       dataStart + info.offset}))
      return error;
  }
  if (data.size() > expected)
    return offsetError(file.path(), dataStart + expected,
                       "expected the end of the file, but " + Twine(data.size() - expected) +
                           " bytes belong to no tensor");
  return Error::success();
}

} // namespace

std::optional<DType> dtypeFromGguf(uint32_t type) {
  for (const TypeName &row : typeNames)
    if (row.number == type)
      return row.dtype;
  return std::nullopt;
}

StringRef ggufTensorTypeName(uint32_t type) {
  for (const TypeName &row : typeNames)
    if (row.number == type)
      return row.name;
  return "unknown";
}

static Error readContainer(std::shared_ptr<MappedFile> file, Gguf &gguf) {
  StringRef path = file->path();
  ByteReader reader(path, file->bytes());
  ArrayRef<uint8_t> magic;
  if (Error error = reader.take(4, "magic", magic))
    return error;
  StringRef signature(reinterpret_cast<const char *>(magic.data()), magic.size());
  if (signature != "GGUF")
    return offsetError(path, 0, "expected the magic 'GGUF', got '" + printable(signature) + "'");
  if (Error error = reader.number("the version", gguf.version))
    return error;
  if (gguf.version == byteswap<uint32_t>(2) || gguf.version == byteswap<uint32_t>(3))
    return offsetError(path, 4, "expected a little-endian file, got a big-endian one");
  if (gguf.version != 2 && gguf.version != 3)
    return offsetError(path, 4, "expected version 2 or 3, got " + Twine(gguf.version));

  uint64_t tensors = 0, keys = 0;
  if (Error error = reader.number("the tensor count", tensors))
    return error;
  if (Error error = reader.number("the key count", keys))
    return error;
  uint64_t room = reader.remaining();
  if (tensors > std::min(maxTensors, room / minTensorInfoBytes))
    return offsetError(path, 8, "expected at most " + Twine(std::min(maxTensors, room / minTensorInfoBytes)) +
                                    " tensors in a file of this size, got " + Twine(tensors));
  if (keys > std::min(GgufMetadata::maxKeys, room / minKeyBytes))
    return offsetError(path, 16, "expected at most " + Twine(std::min(GgufMetadata::maxKeys, room / minKeyBytes)) +
                                     " keys in a file of this size, got " + Twine(keys));

  Expected<GgufMetadata> metadata = GgufMetadata::read(file, reader, keys);
  if (!metadata)
    return metadata.takeError();
  gguf.metadata = std::move(*metadata);
  if (const GgufValue *value = gguf.metadata.find("general.alignment")) {
    Expected<std::optional<int64_t>> alignment =
        gguf.metadata.integer(value->key, int64_t(minAlignment), int64_t(maxAlignment));
    if (!alignment)
      return alignment.takeError();
    gguf.alignment = uint64_t(**alignment);
    if ((gguf.alignment & (gguf.alignment - 1)) != 0)
      return gguf.metadata.fault(*value, "a power of two");
  }
  if (const GgufValue *value = gguf.metadata.find("split.count")) {
    Expected<std::optional<int64_t>> parts = gguf.metadata.integer(value->key, 0, 1);
    if (!parts) {
      consumeError(parts.takeError());
      return gguf.metadata.fault(*value, "a model in one file (join the parts of a split one first)");
    }
  }

  std::vector<Info> infos(tensors);
  for (Info &info : infos)
    if (Error error = readInfo(reader, path, info))
      return error;
  uint64_t dataStart = (reader.position() + gguf.alignment - 1) & ~(gguf.alignment - 1);
  if (Error error = placeTensors(infos, *file, dataStart, gguf.alignment, gguf.tensors))
    return error;
  gguf.tensors.own(std::move(file));
  return Error::success();
}

Expected<Gguf> readGguf(std::shared_ptr<MappedFile> file) {
  Gguf gguf;
  if (Error error = readContainer(std::move(file), gguf))
    return std::move(error);
  return gguf;
}

Expected<Gguf> readGguf(StringRef path) {
  Expected<std::shared_ptr<MappedFile>> file = MappedFile::open(path);
  if (!file)
    return file.takeError();
  return readGguf(std::move(*file));
}

} // namespace braid::formats
