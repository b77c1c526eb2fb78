// SPDX-License-Identifier: Apache-2.0
/// \file Checks a safetensors header against its data, and gathers shards.
#include "models/formats/Safetensors.h"
#include "models/formats/FormatError.h"
#include "models/formats/Json.h"
#include "models/formats/SafetensorsHeader.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Endian.h"
#include <algorithm>
#include <tuple>

using namespace llvm;

namespace braid::formats {

static constexpr size_t maxIndexBytes = 64 << 20;
static constexpr size_t maxShards = 10'000;

Error addSafetensors(std::shared_ptr<MappedFile> file, TensorStore &store) {
  StringRef path = file->path();
  ArrayRef<uint8_t> bytes = file->bytes();
  if (bytes.size() < 8)
    return offsetError(path, 0, "expected 8 bytes of header length, got " + Twine(bytes.size()));
  uint64_t length = support::endian::read64le(bytes.data());
  if (length > maxSafetensorsHeader)
    return offsetError(path, 0, "expected a header of at most " + Twine(maxSafetensorsHeader) + " bytes, got " +
                                    Twine(length));
  if (length > bytes.size() - 8)
    return offsetError(path, 0, "expected a header of " + Twine(length) + " bytes, but only " +
                                    Twine(bytes.size() - 8) + " follow");
  if (length == 0 || bytes[8] != '{')
    return offsetError(path, 8, "expected a header that starts with '{'");
  Expected<SafetensorsHeader> header = readSafetensorsHeader(path, file->text().substr(8, length), 8);
  if (!header)
    return header.takeError();

  uint64_t dataStart = 8 + length;
  ArrayRef<uint8_t> data = bytes.drop_front(dataStart);
  std::vector<SafetensorsEntry> &entries = header->entries;
  std::sort(entries.begin(), entries.end(), [](const auto &a, const auto &b) {
    return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name); // names order the empty ones
  });
  uint64_t covered = 0;
  for (SafetensorsEntry &entry : entries) {
    auto fault = [&](const Twine &what) { return tensorError(path, entry.name, dataStart + covered, what); };
    if (entry.end < entry.begin || entry.end > data.size())
      return fault("expected a range inside the " + Twine(data.size()) + " bytes of data, got [" +
                   Twine(entry.begin) + ", " + Twine(entry.end) + ")");
    if (entry.begin != covered)
      return fault(Twine(entry.begin < covered ? "expected no overlap: data from " : "expected no hole: data from ") +
                   Twine(covered) + " on, got " + Twine(entry.begin));
    std::optional<uint64_t> size = byteCount(entry.dtype, entry.shape);
    if (!size)
      return fault("expected a shape whose size fits 63 bits");
    if (*size != entry.end - entry.begin)
      return fault("expected " + Twine(*size) + " bytes for its shape and dtype " + dtypeName(entry.dtype) +
                   ", got " + Twine(entry.end - entry.begin));
    covered = entry.end;
    if (Error error = store.add(Tensor{std::move(entry.name), entry.dtype, std::move(entry.shape),
                                       data.slice(entry.begin, *size), path.str(), dataStart + entry.begin}))
      return error;
  }
  if (covered != data.size())
    return offsetError(path, dataStart + covered, "expected the end of the file, but " +
                                                      Twine(data.size() - covered) + " bytes belong to no tensor");
  store.own(std::move(file));
  return Error::success();
}

Expected<TensorStore> readSafetensors(StringRef path) {
  Expected<std::shared_ptr<MappedFile>> file = MappedFile::open(path);
  if (!file)
    return file.takeError();
  TensorStore store;
  if (Error error = addSafetensors(std::move(*file), store))
    return std::move(error);
  return store;
}

static Expected<TensorStore> readShards(const ModelDirectory &directory, StringRef indexName) {
  Expected<std::shared_ptr<MappedFile>> indexFile = directory.map(indexName);
  if (!indexFile)
    return indexFile.takeError();
  StringRef path = (*indexFile)->path();
  Expected<Json> index = parseJsonText(path, (*indexFile)->text(), maxIndexBytes);
  if (!index)
    return index.takeError();
  if (!index->is_object() || !index->contains("weight_map") || !(*index)["weight_map"].is_object())
    return fileError(path, "field 'weight_map': expected an object of tensor names and shard names");
  const Json &map = (*index)["weight_map"];

  StringSet<> known;
  std::vector<StringRef> shards;
  for (const auto &[name, shard] : map.get_ref<const Json::object_t &>()) {
    if (!shard.is_string())
      return tensorError(path, name, "expected the name of a shard, got " + shortText(shard));
    if (known.insert(shard.get_ref<const std::string &>()).second)
      shards.push_back(shard.get_ref<const std::string &>());
    if (shards.size() > maxShards)
      return fileError(path, "expected at most " + Twine(maxShards) + " shards");
  }

  TensorStore store;
  for (StringRef shard : shards) {
    Expected<std::shared_ptr<MappedFile>> file = directory.map(shard);
    if (!file)
      return file.takeError();
    if (Error error = addSafetensors(std::move(*file), store))
      return std::move(error);
  }
  for (const auto &[name, shard] : map.get_ref<const Json::object_t &>()) {
    const Tensor *tensor = store.find(name);
    if (!tensor)
      return tensorError(path, name, "expected this tensor in '" + printable(shard.get<std::string>()) +
                                         "', but it is not there");
    StringRef holder = StringRef(tensor->file).rsplit('/').second;
    if (holder != shard.get_ref<const std::string &>())
      return tensorError(path, name, "expected this tensor in '" + printable(shard.get<std::string>()) +
                                         "', but it is in '" + holder + "'");
  }
  return store;
}

Expected<TensorStore> readSafetensorsDirectory(const ModelDirectory &directory) {
  StringRef single = "model.safetensors", index = "model.safetensors.index.json";
  if (!directory.has(single) && directory.has(index))
    return readShards(directory, index);
  Expected<std::shared_ptr<MappedFile>> file = directory.map(single);
  if (!file)
    return file.takeError();
  TensorStore store;
  if (Error error = addSafetensors(std::move(*file), store))
    return std::move(error);
  return store;
}

} // namespace braid::formats
