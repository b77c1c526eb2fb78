// SPDX-License-Identifier: Apache-2.0
/// \file
/// Text between tags, and the tokens inside tags.
#include "text/template/Lexer.h"
#include "text/Unicode.h"

#include <cstring>

namespace braid::text::jinja {
namespace {

bool isNameStart(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80); }
bool isDigit(char c) { return c >= '0' && c <= '9'; }
bool isSpace(char c) { return c == ' ' || (c >= 9 && c <= 13); }

class Lexer {
public:
  explicit Lexer(std::string_view given) {
    for (size_t i = 0; i < given.size(); ++i)
      if (given[i] != '\r')
        source += given[i];
      else if (!given.substr(i + 1).starts_with('\n'))
        source += '\n';
  }

  std::vector<Token> run() {
    // A newline at the very end belongs to the file, not to the template.
    if (source.ends_with('\n'))
      source.pop_back();
    while (at < source.size()) {
      size_t tag = nextTag();
      readText(tag);
      if (tag == source.size())
        break;
      readTag();
    }
    add(TokenKind::End, "");
    return std::move(tokens);
  }

private:
  [[noreturn]] void fail(const std::string &message) {
    throw TemplateError{"line " + std::to_string(line) + ": " + message};
  }
  std::string_view view() const { return source; }
  void add(TokenKind kind, std::string text) { tokens.push_back({kind, std::move(text), line}); }

  size_t nextTag() const {
    for (size_t i = at; i + 1 < source.size(); ++i)
      if (source[i] == '{' && (source[i + 1] == '{' || source[i + 1] == '%' || source[i + 1] == '#'))
        return i;
    return source.size();
  }

  /// Text up to `end`, where a tag or the end of the source is; the tag's sign and lstrip_blocks cut its tail.
  void readText(size_t end) {
    std::string text(view().substr(at, end - at));
    int lines = 0;
    for (char c : text)
      lines += c == '\n';
    if (trimNext) {
      size_t i = 0;
      while (i < text.size() && isSpace(text[i]))
        ++i;
      text.erase(0, i);
    } else if (dropNewline && !text.empty()) {
      if (text[0] == '\n')
        text.erase(0, 1);
    }
    bool lineStart = !trimNext && dropNewline && text.size() != end - at; // the newline before was eaten
    if (end < source.size()) {
      char kind = source[end + 1], sign = end + 2 < source.size() ? source[end + 2] : 0;
      if (sign == '-') {
        while (!text.empty() && isSpace(text.back()))
          text.pop_back();
      } else if (kind != '{' && sign != '+') {
        size_t keep = text.size();
        while (keep &&
               (text[keep - 1] == ' ' || text[keep - 1] == '\t' || text[keep - 1] == '\v' || text[keep - 1] == '\f'))
          --keep;
        // Only where nothing else stands before the tag on its line.
        if (keep ? text[keep - 1] == '\n' : (at == 0 || lineStart || source[at - 1] == '\n'))
          text.resize(keep);
      }
    }
    if (!text.empty())
      add(TokenKind::Text, std::move(text));
    line += lines;
    at = end;
    trimNext = dropNewline = false;
  }

  void readTag() {
    char kind = source[at + 1];
    at += 2;
    if (kind == '#') {
      size_t end = source.find("#}", at);
      if (end == std::string::npos)
        fail("comment without an end");
      for (char c : view().substr(at, end - at))
        line += c == '\n';
      trimNext = end > at && source[end - 1] == '-';
      dropNewline = !(end > at && source[end - 1] == '+');
      at = end + 2;
      return;
    }
    bool statement = kind == '%';
    if (at < source.size() && (source[at] == '-' || source[at] == '+'))
      ++at;
    if (statement && readRaw())
      return;
    add(statement ? TokenKind::StatementBegin : TokenKind::OutputBegin, "");
    const char *close = statement ? "%}" : "}}";
    int open = 0;
    while (true) {
      while (at < source.size() && isSpace(source[at]))
        line += source[at++] == '\n';
      if (at >= source.size())
        fail("tag without an end");
      std::string_view rest = view().substr(at);
      bool signedEnd = (rest[0] == '-' || rest[0] == '+') && rest.substr(1).starts_with(close);
      if (open == 0 && (signedEnd || rest.starts_with(close))) {
        trimNext = signedEnd && rest[0] == '-';
        dropNewline = statement && !(signedEnd && rest[0] == '+');
        at += signedEnd ? 3 : 2;
        add(statement ? TokenKind::StatementEnd : TokenKind::OutputEnd, "");
        return;
      }
      readToken(open);
    }
  }

  /// {% raw %}: everything up to {% endraw %} is text.
  bool readRaw() {
    size_t i = at;
    while (i < source.size() && isSpace(source[i]))
      ++i;
    if (!view().substr(i).starts_with("raw"))
      return false;
    i += 3;
    while (i < source.size() && isSpace(source[i]))
      ++i;
    bool trim = i < source.size() && source[i] == '-';
    i += trim;
    if (!view().substr(i).starts_with("%}"))
      return false;
    i += 2;
    if (!trim && i < source.size() && source[i] == '\n')
      ++i;
    for (size_t end = i; (end = source.find("{%", end)) != std::string_view::npos; end += 2) {
      size_t j = end + 2;
      bool before = j < source.size() && source[j] == '-';
      j += before;
      while (j < source.size() && isSpace(source[j]))
        ++j;
      if (!view().substr(j).starts_with("endraw"))
        continue;
      j += 6;
      while (j < source.size() && isSpace(source[j]))
        ++j;
      trimNext = j < source.size() && source[j] == '-';
      j += trimNext;
      if (!view().substr(j).starts_with("%}"))
        continue;
      std::string text(view().substr(i, end - i));
      size_t from = 0;
      while (trim && from < text.size() && isSpace(text[from]))
        ++from;
      text.erase(0, from);
      while (before && !text.empty() && isSpace(text.back()))
        text.pop_back();
      add(TokenKind::Text, text);
      dropNewline = !trimNext;
      at = j + 2;
      return true;
    }
    fail("raw block without an end");
  }

  void readToken(int &open) {
    char c = source[at];
    size_t begin = at;
    if (isNameStart(c)) {
      while (at < source.size() && (isNameStart(source[at]) || isDigit(source[at])))
        ++at;
      add(TokenKind::Name, std::string(source.substr(begin, at - begin)));
    } else if (isDigit(c)) {
      readNumber();
    } else if (c == '"' || c == '\'') {
      readString(c);
    } else {
      static const char *const operators[] = {"//", "**", "==", "!=", "<=", ">=", "+", "-", "*", "/", "%", "~", "<",
                                              ">",  "=",  "(",  ")",  "[",  "]",  "{", "}", ",", ".", ":", "|"};
      for (const char *op : operators)
        if (view().substr(at).starts_with(op)) {
          at += std::strlen(op);
          open += std::strchr("([{", *op) != nullptr;
          open -= std::strchr(")]}", *op) != nullptr;
          if (open < 0)
            fail(std::string("unexpected '") + *op + "'");
          add(TokenKind::Operator, op);
          return;
        }
      fail(std::string("unexpected character '") + c + "'");
    }
  }

  void readNumber() {
    size_t begin = at;
    bool real = false;
    while (at < source.size() && (isDigit(source[at]) || source[at] == '_'))
      ++at;
    if (at + 1 < source.size() && source[at] == '.' && isDigit(source[at + 1])) {
      real = true;
      ++at;
      while (at < source.size() && isDigit(source[at]))
        ++at;
    }
    size_t exponent = at + 1 + (at + 1 < source.size() && (source[at + 1] == '-' || source[at + 1] == '+'));
    if (at < source.size() && (source[at] | 32) == 'e' && exponent < source.size() && isDigit(source[exponent])) {
      real = true;
      at = exponent;
      while (at < source.size() && isDigit(source[at]))
        ++at;
    }
    std::string text(view().substr(begin, at - begin));
    std::erase(text, '_');
    if (text.size() > 300 || (!real && text.size() > 18))
      fail("number is too long");
    add(real ? TokenKind::Float : TokenKind::Integer, text);
  }

  void readString(char quote) {
    std::string out;
    for (++at; at < source.size() && source[at] != quote; ++at) {
      if (source[at] != '\\' || at + 1 >= source.size()) {
        line += source[at] == '\n';
        out += source[at];
        continue;
      }
      char c = source[++at];
      switch (c) {
      case 'n':
        out += '\n';
        break;
      case 't':
        out += '\t';
        break;
      case 'r':
        out += '\r';
        break;
      case 'b':
        out += '\b';
        break;
      case 'f':
        out += '\f';
        break;
      case 'v':
        out += '\v';
        break;
      case 'a':
        out += '\a';
        break;
      case '0':
        out += '\0';
        break;
      case '\n':
        ++line;
        break;
      case '\\':
      case '\'':
      case '"':
        out += c;
        break;
      case 'x':
      case 'u':
      case 'U':
        readCodepoint(c == 'x' ? 2 : c == 'u' ? 4 : 8, out);
        break;
      default:
        out += {'\\', c};
      }
    }
    if (at >= source.size())
      fail("string without an end");
    ++at;
    add(TokenKind::String, std::move(out));
  }

  /// The digits behind \x, \u or \U; leaves `at` on the last one.
  void readCodepoint(int digits, std::string &out) {
    uint32_t value = 0;
    for (int i = 0; i < digits; ++i) {
      char c = ++at < source.size() ? source[at] : 0;
      int digit = isDigit(c) ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
      if (digit < 0)
        fail("bad escape in a string");
      value = value << 4 | uint32_t(digit);
    }
    if (value > 0x10FFFF || (value >= 0xD800 && value < 0xE000))
      fail("bad escape in a string");
    appendUtf8(out, value);
  }

  std::string source; // newlines are \n
  size_t at = 0;
  int line = 1;
  bool trimNext = false;    // the tag before ended in '-'
  bool dropNewline = false; // trim_blocks: a newline behind a block or comment vanishes
  std::vector<Token> tokens;
};

} // namespace

std::vector<Token> tokenize(std::string_view source) { return Lexer(source).run(); }

} // namespace braid::text::jinja
