// SPDX-License-Identifier: Apache-2.0
/// \file A SAX handler that accepts exactly {name: {dtype, shape, data_offsets}} and a string map `__metadata__`.
#include "models/formats/SafetensorsHeader.h"
#include "models/formats/FormatError.h"
#include "models/formats/JsonInput.h"
#include "llvm/ADT/StringSet.h"
#include <nlohmann/json.hpp>

using namespace llvm;

namespace braid::formats {
namespace {

class Handler : public nlohmann::json_sax<nlohmann::json> {
public:
  SafetensorsHeader header;
  std::string message;

  bool key(string_t &name) override {
    switch (level) {
    case Level::File:
      if (!names.insert(name).second)
        return fail("expected every tensor once, got a second entry");
      current = SafetensorsEntry();
      current.name = name;
      seen = 0;
      inMetadata = name == "__metadata__";
      return true;
    case Level::Metadata:
      if (!metadataNames.insert(name).second)
        return fail("expected every key once, got '" + printable(name) + "' twice");
      header.metadata.emplace_back(std::move(name), std::string());
      return true;
    default:
      break;
    }
    field = name == "dtype" ? Dtype : name == "shape" ? Shape : name == "data_offsets" ? Offsets : 0;
    if (field == 0)
      return fail("expected dtype, shape or data_offsets, got '" + printable(name) + "'");
    if (seen & field)
      return fail("expected '" + name + "' once");
    seen |= field;
    return true;
  }

  bool string(string_t &value) override {
    if (level == Level::Metadata) {
      header.metadata.back().second = std::move(value);
      return true;
    }
    if (level != Level::Tensor || field != Dtype)
      return unexpected("a string");
    std::optional<DType> dtype = dtypeFromSafetensors(value);
    if (!dtype)
      return fail("expected a known dtype, got '" + printable(value) + "'");
    current.dtype = *dtype;
    return true;
  }

  bool number_unsigned(number_unsigned_t value) override {
    if (level != Level::List)
      return unexpected("a number");
    if (value > uint64_t(INT64_MAX))
      return fail("expected a number below 2^63, got " + std::to_string(value));
    if (field == Shape) {
      if (current.shape.size() == maxDimensions)
        return fail("expected at most " + std::to_string(maxDimensions) + " dimensions");
      current.shape.push_back(int64_t(value));
      return true;
    }
    if (offsets == 2)
      return fail("expected two data_offsets, got more");
    (offsets++ == 0 ? current.begin : current.end) = value;
    return true;
  }

  bool start_object(size_t) override {
    if (level == Level::None)
      level = Level::File;
    else if (level == Level::File)
      level = inMetadata ? Level::Metadata : Level::Tensor;
    else
      return unexpected("an object");
    return true;
  }

  bool end_object() override {
    if (level == Level::Tensor) {
      if (seen != (Dtype | Shape | Offsets))
        return fail("expected dtype, shape and data_offsets, got only some of them");
      header.entries.push_back(std::move(current));
      current = SafetensorsEntry();
    }
    level = level == Level::File ? Level::Done : Level::File;
    return true;
  }

  bool start_array(size_t) override {
    if (level != Level::Tensor || field == Dtype)
      return unexpected("an array");
    level = Level::List;
    offsets = 0;
    return true;
  }

  bool end_array() override {
    if (field == Offsets && offsets != 2)
      return fail("expected two data_offsets, got " + std::to_string(offsets));
    level = Level::Tensor;
    return true;
  }

  bool null() override { return unexpected("null"); }
  bool boolean(bool) override { return unexpected("a boolean"); }
  bool number_integer(number_integer_t) override { return unexpected("a negative number"); }
  bool number_float(number_float_t, const string_t &) override { return unexpected("a fraction"); }
  bool binary(binary_t &) override { return unexpected("a binary value"); }
  bool parse_error(size_t, const std::string &, const nlohmann::detail::exception &error) override {
    return fail(syntaxMessage(error.what()));
  }

  /// The tensor that the fault is about; empty outside of one.
  StringRef tensor() const {
    return level == Level::None || level == Level::Done || inMetadata ? StringRef() : StringRef(current.name);
  }

private:
  enum class Level { None, File, Metadata, Tensor, List, Done };
  enum Field : unsigned { Dtype = 1, Shape = 2, Offsets = 4 };

  Level level = Level::None;
  SafetensorsEntry current;
  unsigned field = 0; // of the tensor, the one being read
  unsigned seen = 0;  // of the tensor, the ones that were there
  unsigned offsets = 0;
  bool inMetadata = false;
  StringSet<> names, metadataNames;

  bool fail(std::string what) {
    message = std::move(what);
    return false;
  }

  bool unexpected(StringRef got) {
    StringRef place = level == Level::None       ? "an object at the top"
                      : level == Level::File     ? "an object for each name"
                      : level == Level::Metadata ? "strings in __metadata__"
                      : level == Level::List     ? "numbers that are not negative"
                      : field == Dtype           ? "a string as dtype"
                                                 : "an array of numbers";
    return fail(("expected " + place + ", got " + got).str());
  }
};

} // namespace

Expected<SafetensorsHeader> readSafetensorsHeader(StringRef file, StringRef text, uint64_t offset) {
  size_t reached = 0;
  Handler handler;
  if (nlohmann::json::sax_parse(CountingIterator(text.begin(), &reached), CountingIterator(text.end(), &reached),
                                &handler))
    return std::move(handler.header);
  uint64_t place = offset + (reached == 0 ? 0 : std::min(reached, text.size()) - 1);
  return tensorError(file, handler.tensor(), place, handler.message);
}

} // namespace braid::formats
