// SPDX-License-Identifier: Apache-2.0
/// \file Builds a JSON document from SAX events, without recursion.
#include "models/formats/Json.h"
#include "models/formats/FormatError.h"
#include "models/formats/JsonInput.h"
#include "models/formats/MappedFile.h"
#include "llvm/ADT/StringSet.h"
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

using namespace llvm;

namespace braid::formats {

std::pair<size_t, size_t> lineAndColumn(StringRef text, size_t offset) {
  text = text.take_front(offset);
  size_t lastBreak = text.rfind('\n');
  return {text.count('\n') + 1, lastBreak == StringRef::npos ? offset + 1 : text.size() - lastBreak};
}

std::string syntaxMessage(StringRef exceptionText) {
  // "[json.exception.parse_error.101] parse error at line 1, column 2: <what>", or "[...] <what>".
  size_t bracket = exceptionText.find("] ");
  if (bracket != StringRef::npos)
    exceptionText = exceptionText.substr(bracket + 2);
  if (exceptionText.starts_with("parse error")) {
    size_t colon = exceptionText.find(": ");
    if (colon != StringRef::npos)
      exceptionText = exceptionText.substr(colon + 2);
  }
  return printable(exceptionText, 200);
}

/// What the parser sees for an infinity: as long, so that places in the file stay.
constexpr StringLiteral infinityStandIn = "1797e305";

/// Python writes an infinite number, such as the upper `time_step_limit` of Mamba-2 configurations, as `Infinity`, which
/// JSON has no word for. The text with a stand-in for each, outside of strings.
static std::string withoutInfinities(StringRef text) {
  std::string result = text.str();
  bool inString = false;
  for (size_t i = 0; i < result.size(); ++i) {
    if (inString && result[i] == '\\')
      ++i;
    else if (result[i] == '"')
      inString = !inString;
    else if (!inString && StringRef(result).substr(i).starts_with("Infinity"))
      result.replace(i, infinityStandIn.size(), infinityStandIn);
  }
  return result;
}

namespace {

/// Values under construction are kept on an explicit stack, so that hostile nesting costs no native stack.
class Builder : public nlohmann::json_sax<Json> {
public:
  Json root;
  std::string message; // what is wrong, when a handler returned false

  bool null() override { return place(nullptr); }
  bool boolean(bool value) override { return place(value); }
  bool number_integer(number_integer_t value) override { return place(value); }
  bool number_unsigned(number_unsigned_t value) override { return place(value); }
  bool number_float(number_float_t value, const string_t &literal) override {
    bool infinite = StringRef(literal).ltrim('-') == infinityStandIn;
    return place(infinite ? std::copysign(std::numeric_limits<double>::infinity(), value) : value);
  }
  bool string(string_t &value) override { return place(std::move(value)); }
  bool binary(binary_t &) override { return fail("expected no binary value"); }
  bool start_object(size_t) override { return open(Json::object()); }
  bool start_array(size_t) override { return open(Json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(string_t &name) override {
    if (!stack.back().keys.insert(name).second)
      return fail("expected every key once, got '" + printable(name) + "' twice");
    stack.back().key = std::move(name);
    return true;
  }

  bool parse_error(size_t, const std::string &, const nlohmann::detail::exception &error) override {
    return fail(syntaxMessage(error.what()));
  }

private:
  struct Level {
    Json value;
    std::string key;
    StringSet<> keys;
  };
  std::vector<Level> stack;

  bool fail(std::string what) {
    message = std::move(what);
    return false;
  }

  bool open(Json value) {
    if (stack.size() == maxJsonDepth)
      return fail("expected at most " + std::to_string(maxJsonDepth) + " levels of nesting");
    stack.push_back(Level{std::move(value), {}, {}});
    return true;
  }

  bool close() {
    Json value = std::move(stack.back().value);
    stack.pop_back();
    return place(std::move(value));
  }

  bool place(Json value) {
    if (stack.empty()) {
      root = std::move(value);
    } else if (Level &top = stack.back(); top.value.is_array()) {
      top.value.push_back(std::move(value));
    } else {
      appendMember(top.value, std::move(top.key), std::move(value)); // `keys` has made sure that it is new
    }
    return true;
  }
};

} // namespace

Expected<Json> parseJsonText(StringRef file, StringRef text, size_t maxBytes) {
  if (text.size() > maxBytes)
    return fileError(file, "expected at most " + Twine(maxBytes) + " bytes of JSON, got " + Twine(text.size()));
  std::string replaced;
  if (text.contains("Infinity"))
    text = replaced = withoutInfinities(text);
  size_t reached = 0;
  Builder builder;
  if (Json::sax_parse(CountingIterator(text.begin(), &reached), CountingIterator(text.end(), &reached), &builder))
    return std::move(builder.root);
  // The parser has read the byte that showed the fault, so the fault is one before.
  auto [line, column] = lineAndColumn(text, reached == 0 ? 0 : std::min(reached, text.size()) - 1);
  return fileError((file + ":" + Twine(line) + ":" + Twine(column)).str(), builder.message);
}

Expected<Json> parseJson(StringRef path, size_t maxBytes) {
  Expected<std::shared_ptr<MappedFile>> file = MappedFile::open(path);
  if (!file)
    return file.takeError();
  return parseJsonText(path, (*file)->text(), maxBytes);
}

void appendMember(Json &object, std::string key, Json value) {
  auto &members = static_cast<std::vector<std::pair<const std::string, Json>> &>(object.get_ref<Json::object_t &>());
  members.emplace_back(std::move(key), std::move(value));
}

std::string shortText(const Json &value) {
  if (value.is_number_float() && std::isinf(value.get<double>()))
    return value.get<double>() < 0 ? "-Infinity" : "Infinity";
  if (value.is_object())
    return value.empty() ? "an empty object" : "an object";
  if (value.is_array() && value.size() > 16)
    return "an array of " + std::to_string(value.size());
  if (value.is_array())
    for (const Json &element : value)
      if (element.is_structured())
        return "an array of arrays or objects";
  return printable(value.dump(-1, ' ', false, Json::error_handler_t::replace), 80);
}

} // namespace braid::formats
