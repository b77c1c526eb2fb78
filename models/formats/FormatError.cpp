// SPDX-License-Identifier: Apache-2.0
/// \file Printing of FormatError.
#include "models/formats/FormatError.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

namespace braid::formats {

char FormatError::ID = 0;

void FormatError::log(raw_ostream &os) const {
  os << file << ": ";
  if (!tensor.empty())
    os << "tensor '" << printable(tensor) << "'" << (offset ? " at " : ": ");
  if (offset)
    os << (tensor.empty() ? "at offset " : "offset ") << *offset << ": ";
  os << what;
}

std::error_code FormatError::convertToErrorCode() const { return inconvertibleErrorCode(); }

Error fileError(StringRef file, const Twine &what) { return make_error<FormatError>(file.str(), what.str()); }

Error offsetError(StringRef file, uint64_t offset, const Twine &what) {
  return make_error<FormatError>(file.str(), what.str(), std::string(), offset);
}

Error tensorError(StringRef file, StringRef tensor, const Twine &what) {
  return make_error<FormatError>(file.str(), what.str(), tensor.str());
}

Error tensorError(StringRef file, StringRef tensor, uint64_t offset, const Twine &what) {
  return make_error<FormatError>(file.str(), what.str(), tensor.str(), offset);
}

std::string printable(StringRef text, size_t limit) {
  bool cut = text.size() > limit;
  text = text.take_front(limit);
  bool utf8 = json::isUTF8(text);
  std::string out;
  bool afterC2 = false; // U+0080 to U+009F are 0xc2 and one byte; some terminals obey them
  for (size_t i = 0; i < text.size(); ++i) {
    unsigned char c = text[i], next = i + 1 < text.size() ? text[i + 1] : 0;
    bool control = c < 0x20 || c == 0x7f || afterC2;
    afterC2 = c == 0xc2 && next >= 0x80 && next < 0xa0;
    if (control || afterC2 || (c >= 0x80 && !utf8))
      out += "\\x" + utohexstr(c, /*LowerCase=*/true, /*Width=*/2);
    else
      out += char(c);
  }
  return cut ? out + "..." : out;
}

} // namespace braid::formats
