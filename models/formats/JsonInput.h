// SPDX-License-Identifier: Apache-2.0
/// \file A character range for the SAX parser that tells how far it was read, so that a handler's error has a place.
#pragma once

#include "llvm/ADT/StringRef.h"
#include <cstddef>
#include <iterator>
#include <string>
#include <utility>

namespace braid::formats {

/// An input iterator over text that notes in \p reached how many bytes were consumed.
class CountingIterator {
public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char *;
  using reference = const char &;

  CountingIterator(const char *at, size_t *reached) : at(at), reached(reached) {}
  reference operator*() const { return *at; }
  CountingIterator &operator++() {
    ++at;
    ++*reached;
    return *this;
  }
  bool operator==(const CountingIterator &other) const { return at == other.at; }
  bool operator!=(const CountingIterator &other) const { return at != other.at; }

private:
  const char *at;
  size_t *reached;
};

/// Line and column, both from 1, of a byte of \p text.
std::pair<size_t, size_t> lineAndColumn(llvm::StringRef text, size_t offset);

/// What the parser's exception says, without its own prefix and position.
std::string syntaxMessage(llvm::StringRef exceptionText);

} // namespace braid::formats
