// SPDX-License-Identifier: Apache-2.0
/// \file
/// UTF-8 and the character properties that tokenizers ask for (tables: utf8proc).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace braid::text {

/// The code point that starts at text[at], which must be valid UTF-8; moves `at` behind it.
uint32_t nextCodepoint(std::string_view text, size_t &at);

/// Appends a code point as UTF-8.
void appendUtf8(std::string &out, uint32_t codepoint);

/// True if every byte belongs to a well-formed sequence (no surrogates, no overlong forms).
bool isValidUtf8(std::string_view text);

/// Length of the longest prefix that does not end inside a sequence that more bytes could complete.
size_t completePrefix(std::string_view bytes);

/// A copy in which each maximal ill-formed part is one U+FFFD (the practice of the Unicode Standard, chapter 3.9).
std::string sanitizeUtf8(std::string_view bytes);

/// White_Space property.
bool isWhitespace(uint32_t codepoint);
/// General category N*.
bool isNumeric(uint32_t codepoint);
/// General category P*, or ASCII punctuation including symbols such as '$' and '+'.
bool isPunctuation(uint32_t codepoint);
/// What regular expressions call \w: letters, marks, decimal digits, connector punctuation.
bool isWord(uint32_t codepoint);

enum class NormalForm { NFC, NFD, NFKC, NFKD };

/// Unicode normalisation of valid UTF-8.
std::string normalizeUnicode(std::string_view text, NormalForm form);

/// General category L*.
bool isLetter(uint32_t codepoint);
inline bool isLetterOrNumber(uint32_t codepoint) { return isLetter(codepoint) || isNumeric(codepoint); }

/// Upper case of valid UTF-8, character by character, but for sharp s.
std::string upperUnicode(std::string_view text);

/// Full (not simple) lower case of valid UTF-8, without context or locale rules.
std::string lowerUnicode(std::string_view text);

} // namespace braid::text
