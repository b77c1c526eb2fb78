// SPDX-License-Identifier: Apache-2.0
/// \file A cursor over little-endian bytes that refuses to read past their end.
#pragma once

#include "models/formats/FormatError.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Endian.h"

namespace braid::formats {

/// Every read names what it is for, so that its error can.
class ByteReader {
public:
  /// Both must outlive the reader.
  ByteReader(llvm::StringRef file, llvm::ArrayRef<uint8_t> bytes) : file(file), bytes(bytes) {}

  uint64_t position() const { return at; }
  uint64_t remaining() const { return bytes.size() - at; }

  /// An error at the current position.
  llvm::Error fault(const llvm::Twine &what) const { return offsetError(file, at, what); }

  /// Takes the next \p count bytes without copying them; \p what names them in the error.
  llvm::Error take(uint64_t count, const llvm::Twine &what, llvm::ArrayRef<uint8_t> &result) {
    if (count > remaining())
      return fault("expected " + llvm::Twine(count) + " bytes of " + what + ", but the file has " +
                   llvm::Twine(remaining()) + " left");
    result = bytes.slice(at, count);
    at += count;
    return llvm::Error::success();
  }

  /// The next integer or float.
  template <typename T> llvm::Error number(const llvm::Twine &what, T &result) {
    llvm::ArrayRef<uint8_t> raw;
    if (llvm::Error error = take(sizeof(T), what, raw))
      return error;
    result = llvm::support::endian::read<T>(raw.data(), llvm::endianness::little);
    return llvm::Error::success();
  }

  /// A u64 length of at most \p limit, then that many bytes.
  llvm::Error string(uint64_t limit, const llvm::Twine &what, llvm::StringRef &result) {
    uint64_t length = 0;
    if (llvm::Error error = number("the length of " + what, length))
      return error;
    if (length > limit) {
      at -= sizeof(length);
      return fault("expected " + what + " of at most " + llvm::Twine(limit) + " bytes, got " + llvm::Twine(length));
    }
    llvm::ArrayRef<uint8_t> raw;
    if (llvm::Error error = take(length, what, raw))
      return error;
    result = {reinterpret_cast<const char *>(raw.data()), raw.size()};
    return llvm::Error::success();
  }

private:
  llvm::StringRef file;
  llvm::ArrayRef<uint8_t> bytes;
  uint64_t at = 0;
};

} // namespace braid::formats
