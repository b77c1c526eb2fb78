// SPDX-License-Identifier: Apache-2.0
/// \file The typed key-value metadata of a GGUF file. Values stay in the mapping until they are asked for.
#pragma once

#include "models/formats/ByteReader.h"
#include "models/formats/Json.h"
#include "models/formats/MappedFile.h"
#include "llvm/ADT/StringMap.h"
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace braid::formats {

/// In the numbering of the file format.
enum class GgufType : uint32_t { U8, I8, U16, I16, U32, I32, F32, Bool, String, Array, U64, I64, F64 };
constexpr uint32_t ggufTypeCount = 13;

/// "u8", "string", ...
llvm::StringRef ggufTypeName(GgufType type);
/// Bytes of a scalar; 0 for strings and arrays.
uint32_t ggufTypeBytes(GgufType type);

/// One key. An array holds `count` values of `type`; a scalar is the same with a count of one.
struct GgufValue {
  std::string key;
  GgufType type;
  bool isArray;
  uint64_t count;
  llvm::ArrayRef<uint8_t> payload; ///< The values' bytes as they are in the file, checked to be whole.
  uint64_t offset;                 ///< Of the payload in the file.
};

class GgufMetadata {
public:
  static constexpr uint64_t maxKeys = 1 << 16;
  static constexpr uint64_t maxKeyBytes = 1 << 10;
  static constexpr uint64_t maxStringBytes = 16 << 20;
  static constexpr uint64_t maxArrayElements = 1 << 24;

  /// Reads \p count keys. Every value is walked once, so that the getters below cannot run past the file.
  static llvm::Expected<GgufMetadata> read(std::shared_ptr<MappedFile> file, ByteReader &reader, uint64_t count);

  /// The value of that key, or null.
  const GgufValue *find(llvm::StringRef key) const;
  llvm::ArrayRef<GgufValue> values() const { return all; }
  llvm::StringRef path() const { return file->path(); }

  // Each of these gives nothing when the key is absent, and an error when it has another type or is out of range.
  llvm::Expected<std::optional<int64_t>> integer(llvm::StringRef key, int64_t low, int64_t high) const;
  llvm::Expected<std::optional<bool>> boolean(llvm::StringRef key) const;
  /// Valid as long as this.
  llvm::Expected<std::optional<llvm::StringRef>> string(llvm::StringRef key) const;
  llvm::Expected<std::optional<std::vector<llvm::StringRef>>> strings(llvm::StringRef key) const;
  llvm::Expected<std::optional<std::vector<int64_t>>> integers(llvm::StringRef key, int64_t low, int64_t high) const;
  llvm::Expected<std::optional<std::vector<float>>> floats(llvm::StringRef key) const;

  /// All keys but the vocabulary (`tokenizer.ggml.*` arrays) as one flat JSON object, for Fields. Arrays of more than
  /// 4,096 values are left out as well.
  Json json() const;

  /// `file: at offset N: key 'k': expected ..., got <what the value is>`.
  llvm::Error fault(const GgufValue &value, const llvm::Twine &expected) const;

private:
  std::shared_ptr<MappedFile> file;
  std::vector<GgufValue> all;
  llvm::StringMap<size_t> index;
};

} // namespace braid::formats
