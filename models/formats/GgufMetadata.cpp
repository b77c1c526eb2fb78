// SPDX-License-Identifier: Apache-2.0
/// \file Reading and typed access of GGUF metadata.
#include "models/formats/GgufMetadata.h"
#include "llvm/Support/JSON.h"
#include <charconv>
#include <cmath>
#include <iterator>

using namespace llvm;

namespace braid::formats {
namespace {

struct TypeRow {
  StringRef name;
  uint32_t bytes;
};

// In the order of GgufType.
constexpr TypeRow typeRows[ggufTypeCount] = {{"u8", 1},  {"i8", 1},   {"u16", 2},    {"i16", 2},   {"u32", 4},
                                             {"i32", 4}, {"f32", 4},  {"bool", 1},   {"string", 0}, {"array", 0},
                                             {"u64", 8}, {"i64", 8},  {"f64", 8}};

template <typename T> T load(const uint8_t *from) { return support::endian::read<T>(from, endianness::little); }

std::optional<int64_t> integerAt(GgufType type, const uint8_t *from) {
  switch (type) {
  case GgufType::U8:
    return *from;
  case GgufType::I8:
    return int8_t(*from);
  case GgufType::U16:
    return load<uint16_t>(from);
  case GgufType::I16:
    return load<int16_t>(from);
  case GgufType::U32:
    return load<uint32_t>(from);
  case GgufType::I32:
    return load<int32_t>(from);
  case GgufType::I64:
    return load<int64_t>(from);
  case GgufType::U64:
    if (uint64_t value = load<uint64_t>(from); value <= uint64_t(INT64_MAX))
      return int64_t(value);
    return std::nullopt;
  default:
    return std::nullopt;
  }
}

bool isInteger(GgufType type) {
  return type <= GgufType::I32 || type == GgufType::U64 || type == GgufType::I64;
}

/// The string at \p from, and the place behind it.
StringRef stringAt(const uint8_t *&from) {
  uint64_t length = load<uint64_t>(from);
  StringRef text(reinterpret_cast<const char *>(from + 8), length);
  from += 8 + length;
  return text;
}

/// Walks the values of \p value, so that its payload is known to be whole.
Error readPayload(ByteReader &reader, GgufValue &value, const Twine &what) {
  if (value.type == GgufType::String) {
    ByteReader start = reader;
    for (uint64_t i = 0; i < value.count; ++i) {
      StringRef ignored;
      if (Error error = reader.string(GgufMetadata::maxStringBytes, what, ignored))
        return error;
    }
    return start.take(reader.position() - start.position(), what, value.payload);
  }
  uint64_t bytes = value.count * ggufTypeBytes(value.type); // count is bounded, so this cannot wrap
  if (Error error = reader.take(bytes, what, value.payload))
    return error;
  if (value.type == GgufType::Bool)
    for (uint8_t byte : value.payload)
      if (byte > 1)
        return reader.fault("expected " + what + " to be 0 or 1, got " + Twine(unsigned(byte)));
  return Error::success();
}

/// The double that is written as the float is: 1e-5f becomes 1e-5, not 9.999999747378752e-06.
double nearestDecimal(float value) {
  char text[32];
  auto written = std::to_chars(text, std::end(text), value);
  double result = value;
  if (std::isfinite(value))
    std::from_chars(text, written.ptr, result);
  return result;
}

Json scalarJson(GgufType type, const uint8_t *&from) {
  if (type == GgufType::String)
    return json::fixUTF8(stringAt(from));
  const uint8_t *at = from;
  from += ggufTypeBytes(type);
  if (type == GgufType::Bool)
    return *at != 0;
  if (type == GgufType::F32)
    return nearestDecimal(load<float>(at));
  if (type == GgufType::F64)
    return load<double>(at);
  if (type == GgufType::U64)
    return load<uint64_t>(at);
  return *integerAt(type, at);
}

} // namespace

StringRef ggufTypeName(GgufType type) { return typeRows[uint32_t(type)].name; }
uint32_t ggufTypeBytes(GgufType type) { return typeRows[uint32_t(type)].bytes; }

static Expected<GgufType> readType(ByteReader &reader, const Twine &what) {
  uint32_t type = 0;
  if (Error error = reader.number("the type of " + what, type))
    return std::move(error);
  if (type >= ggufTypeCount)
    return reader.fault("expected a value type below " + Twine(ggufTypeCount) + " for " + what + ", got " +
                        Twine(type));
  return GgufType(type);
}

Expected<GgufMetadata> GgufMetadata::read(std::shared_ptr<MappedFile> file, ByteReader &reader, uint64_t count) {
  GgufMetadata result;
  result.file = std::move(file);
  for (uint64_t i = 0; i < count; ++i) {
    StringRef key;
    if (Error error = reader.string(maxKeyBytes, "a metadata key", key))
      return std::move(error);
    if (key.empty() || !json::isUTF8(key))
      return reader.fault("expected a metadata key in UTF-8, got '" + printable(key) + "'");
    std::string what = "key '" + printable(key) + "'";
    Expected<GgufType> type = readType(reader, what);
    if (!type)
      return type.takeError();
    GgufValue value{key.str(), *type, *type == GgufType::Array, 1, {}, 0};
    if (value.isArray) {
      Expected<GgufType> element = readType(reader, "the elements of " + what);
      if (!element)
        return element.takeError();
      if (*element == GgufType::Array)
        return reader.fault("expected no array in the array of " + what);
      value.type = *element;
      if (Error error = reader.number("the count of " + what, value.count))
        return std::move(error);
      if (value.count > maxArrayElements)
        return reader.fault("expected at most " + Twine(maxArrayElements) + " elements in " + what + ", got " +
                            Twine(value.count));
    }
    value.offset = reader.position();
    if (Error error = readPayload(reader, value, what))
      return std::move(error);
    if (!result.index.try_emplace(key, result.all.size()).second)
      return offsetError(result.path(), value.offset, "expected " + what + " once, got it twice");
    result.all.push_back(std::move(value));
  }
  return result;
}

const GgufValue *GgufMetadata::find(StringRef key) const {
  auto found = index.find(key);
  return found == index.end() ? nullptr : &all[found->second];
}

Error GgufMetadata::fault(const GgufValue &value, const Twine &expected) const {
  std::string got = value.isArray ? ("an array of " + Twine(value.count) + " " + ggufTypeName(value.type)).str()
                                  : ggufTypeName(value.type).str();
  if (!value.isArray) {
    const uint8_t *from = value.payload.data();
    got += " " + shortText(scalarJson(value.type, from));
  }
  return offsetError(path(), value.offset,
                     "key '" + printable(value.key) + "': expected " + expected + ", got " + got);
}

Expected<std::optional<int64_t>> GgufMetadata::integer(StringRef key, int64_t low, int64_t high) const {
  const GgufValue *value = find(key);
  if (!value)
    return std::nullopt;
  if (!value->isArray && isInteger(value->type))
    if (std::optional<int64_t> number = integerAt(value->type, value->payload.data()))
      if (*number >= low && *number <= high)
        return number;
  return fault(*value, "an integer in [" + Twine(low) + ", " + Twine(high) + "]");
}

Expected<std::optional<bool>> GgufMetadata::boolean(StringRef key) const {
  const GgufValue *value = find(key);
  if (!value)
    return std::nullopt;
  if (value->isArray || value->type != GgufType::Bool)
    return fault(*value, "a bool");
  return std::optional<bool>(value->payload[0] != 0);
}

Expected<std::optional<StringRef>> GgufMetadata::string(StringRef key) const {
  const GgufValue *value = find(key);
  if (!value)
    return std::nullopt;
  if (value->isArray || value->type != GgufType::String)
    return fault(*value, "a string");
  const uint8_t *from = value->payload.data();
  return stringAt(from);
}

Expected<std::optional<std::vector<StringRef>>> GgufMetadata::strings(StringRef key) const {
  const GgufValue *value = find(key);
  if (!value)
    return std::nullopt;
  if (!value->isArray || value->type != GgufType::String)
    return fault(*value, "an array of strings");
  std::vector<StringRef> result;
  result.reserve(value->count);
  const uint8_t *from = value->payload.data();
  for (uint64_t i = 0; i < value->count; ++i)
    result.push_back(stringAt(from));
  return std::optional(std::move(result));
}

Expected<std::optional<std::vector<int64_t>>> GgufMetadata::integers(StringRef key, int64_t low, int64_t high) const {
  const GgufValue *value = find(key);
  if (!value)
    return std::nullopt;
  if (!value->isArray || !isInteger(value->type))
    return fault(*value, "an array of integers");
  std::vector<int64_t> result;
  result.reserve(value->count);
  for (uint64_t i = 0; i < value->count; ++i) {
    std::optional<int64_t> number =
        integerAt(value->type, value->payload.data() + i * ggufTypeBytes(value->type));
    if (!number || *number < low || *number > high)
      return fault(*value, "integers in [" + Twine(low) + ", " + Twine(high) + "], which element " + Twine(i) +
                               " is not");
    result.push_back(*number);
  }
  return std::optional(std::move(result));
}

Expected<std::optional<std::vector<float>>> GgufMetadata::floats(StringRef key) const {
  const GgufValue *value = find(key);
  if (!value)
    return std::nullopt;
  if (!value->isArray || value->type != GgufType::F32)
    return fault(*value, "an array of f32");
  std::vector<float> result(value->count);
  for (uint64_t i = 0; i < value->count; ++i)
    result[i] = load<float>(value->payload.data() + i * 4);
  return std::optional(std::move(result));
}

Json GgufMetadata::json() const {
  Json result = Json::object();
  for (const GgufValue &value : all) {
    const uint8_t *from = value.payload.data();
    if (!value.isArray) {
      appendMember(result, value.key, scalarJson(value.type, from));
    } else if (value.count <= 4096 && !StringRef(value.key).starts_with("tokenizer.ggml.")) {
      Json list = Json::array();
      for (uint64_t i = 0; i < value.count; ++i)
        list.push_back(scalarJson(value.type, from));
      appendMember(result, value.key, std::move(list));
    }
  }
  return result;
}

} // namespace braid::formats
