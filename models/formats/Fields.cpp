// SPDX-License-Identifier: Apache-2.0
/// \file Typed access to configuration fields.
#include "models/formats/Fields.h"
#include "models/formats/FormatError.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"
#include <cmath>

using namespace llvm;

namespace braid::formats {

struct Fields::Record {
  std::string file;
  std::string fault;
  StringSet<> read;    // full names
  StringSet<> entered; // objects whose fields are looked at one by one
  const Json *root;
};

Fields::Fields(std::string file, const Json &object) : record(std::make_shared<Record>()), values(&object) {
  record->file = std::move(file);
  record->root = &object;
  if (!object.is_object())
    record->fault = record->file + ": expected a JSON object, got " + shortText(object);
}

Fields::Fields(std::shared_ptr<Record> record, const Json &object, std::string prefix)
    : record(std::move(record)), values(&object), prefix(std::move(prefix)) {}

StringRef Fields::file() const { return record->file; }

void Fields::fault(StringRef name, const Twine &what) {
  if (record->fault.empty())
    record->fault = (record->file + ": field '" + printable(prefix + start + name.str()) + "': " + what).str();
}

static const Json *lookUp(const Json &object, StringRef name) {
  if (!object.is_object())
    return nullptr;
  auto found = object.find(name.str());
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

bool Fields::has(StringRef name) const { return lookUp(*values, start + name.str()) != nullptr; }

const Json *Fields::take(StringRef name, StringRef expected, bool required) {
  record->read.insert(prefix + start + name.str());
  const Json *value = lookUp(*values, start + name.str());
  if (!value && required)
    fault(name, "expected " + expected + ", but it is not there");
  return value;
}

static std::optional<int64_t> asInteger(const Json &value, int64_t low, int64_t high) {
  int64_t result = 0;
  if (value.is_number_unsigned()) {
    uint64_t bits = value.get<uint64_t>();
    if (bits > uint64_t(INT64_MAX))
      return std::nullopt;
    result = int64_t(bits);
  } else if (value.is_number_integer()) {
    result = value.get<int64_t>();
  } else {
    return std::nullopt;
  }
  return result < low || result > high ? std::nullopt : std::optional(result);
}

static std::optional<double> asNumber(const Json &value, double low, double high) {
  if (!value.is_number())
    return std::nullopt;
  double result = value.get<double>();
  return std::isfinite(result) && result >= low && result <= high ? std::optional(result) : std::nullopt;
}

static std::string range(int64_t low, int64_t high) { return formatv("[{0}, {1}]", low, high).str(); }

static std::string range(double low, double high) {
  std::string text;
  raw_string_ostream stream(text);
  if (high == std::numeric_limits<double>::max())
    stream << format(">= %g", low);
  else
    stream << format("in [%g, %g]", low, high);
  return text;
}

int64_t Fields::integer(StringRef name, int64_t low, int64_t high) {
  if (take(name, "integer in " + range(low, high), true))
    return integerOr(name, low, low, high);
  return low;
}

int64_t Fields::integerOr(StringRef name, int64_t absent, int64_t low, int64_t high) {
  const Json *value = take(name, "", false);
  if (!value)
    return absent;
  if (std::optional<int64_t> result = asInteger(*value, low, high))
    return *result;
  fault(name, "expected integer in " + range(low, high) + ", got " + shortText(*value));
  return low;
}

double Fields::number(StringRef name, double low, double high) {
  if (take(name, "number " + range(low, high), true))
    return numberOr(name, low, low, high);
  return low;
}

double Fields::numberOr(StringRef name, double absent, double low, double high) {
  const Json *value = take(name, "", false);
  if (!value)
    return absent;
  if (std::optional<double> result = asNumber(*value, low, high))
    return *result;
  fault(name, "expected number " + range(low, high) + ", got " + shortText(*value));
  return low;
}

bool Fields::boolean(StringRef name) { return take(name, "true or false", true) && booleanOr(name, false); }

bool Fields::booleanOr(StringRef name, bool absent) {
  const Json *value = take(name, "", false);
  if (!value)
    return absent;
  if (value->is_boolean())
    return value->get<bool>();
  fault(name, "expected true or false, got " + shortText(*value));
  return false;
}

std::string Fields::string(StringRef name) {
  return take(name, "string", true) ? stringOr(name, "") : std::string();
}

std::string Fields::stringOr(StringRef name, StringRef absent) {
  const Json *value = take(name, "", false);
  if (!value)
    return absent.str();
  if (value->is_string())
    return value->get<std::string>();
  fault(name, "expected string, got " + shortText(*value));
  return {};
}

static std::string listed(ArrayRef<StringRef> choices) {
  std::string text = "one of";
  for (StringRef choice : choices)
    text += (text.size() > 6 ? ", \"" : " \"") + choice.str() + "\"";
  return text;
}

size_t Fields::choice(StringRef name, ArrayRef<StringRef> choices) {
  return take(name, listed(choices), true) ? choiceOr(name, 0, choices) : 0;
}

size_t Fields::choiceOr(StringRef name, size_t absent, ArrayRef<StringRef> choices) {
  const Json *value = take(name, "", false);
  if (!value)
    return absent;
  for (size_t i = 0; i < choices.size(); ++i)
    if (value->is_string() && value->get_ref<const std::string &>() == choices[i])
      return i;
  fault(name, "expected " + listed(choices) + ", got " + shortText(*value));
  return 0;
}

std::vector<int64_t> Fields::integers(StringRef name, int64_t low, int64_t high) {
  std::vector<int64_t> result;
  const Json *value = take(name, "", false);
  if (!value)
    return result;
  const Json single = value->is_array() ? Json() : Json::array({*value});
  for (const Json &element : value->is_array() ? *value : single) {
    std::optional<int64_t> number = asInteger(element, low, high);
    if (!number) {
      fault(name, "expected integers in " + range(low, high) + ", got " + shortText(element));
      return {};
    }
    result.push_back(*number);
  }
  return result;
}

std::vector<double> Fields::numbers(StringRef name, double low, double high) {
  std::vector<double> result;
  const Json *value = take(name, "", false);
  if (!value)
    return result;
  if (!value->is_array()) {
    fault(name, "expected a list of numbers, got " + shortText(*value));
    return result;
  }
  for (const Json &element : *value) {
    std::optional<double> number = asNumber(element, low, high);
    if (!number) {
      fault(name, "expected numbers " + range(low, high) + ", got " + shortText(element));
      return {};
    }
    result.push_back(*number);
  }
  return result;
}

std::vector<std::string> Fields::strings(StringRef name) {
  std::vector<std::string> result;
  const Json *value = take(name, "", false);
  if (!value)
    return result;
  if (!value->is_array()) {
    fault(name, "expected a list of strings, got " + shortText(*value));
    return result;
  }
  for (const Json &element : *value) {
    if (!element.is_string()) {
      fault(name, "expected strings, got " + shortText(element));
      return {};
    }
    result.push_back(element.get<std::string>());
  }
  return result;
}

std::optional<Fields> Fields::object(StringRef name) {
  const Json *value = take(name, "", false);
  if (!value)
    return std::nullopt;
  if (!value->is_object()) {
    fault(name, "expected an object, got " + shortText(*value));
    return std::nullopt;
  }
  std::string path = prefix + start + name.str();
  record->entered.insert(path);
  return Fields(record, *value, path + ".");
}

Fields Fields::within(StringRef begin) const {
  Fields part = *this;
  part.start += begin.str();
  return part;
}

const Json *Fields::raw(StringRef name) { return take(name, "", false); }

void Fields::ignore(ArrayRef<StringRef> names) {
  for (StringRef name : names)
    record->read.insert(prefix + start + name.str());
}

Error Fields::takeError() {
  if (record->fault.empty())
    return Error::success();
  std::string text = std::move(record->fault);
  record->fault.clear();
  StringRef what = text;
  what.consume_front(record->file + ": ");
  return fileError(record->file, what);
}

std::vector<std::string> Fields::unreadFields() const {
  std::vector<std::string> unread;
  std::vector<std::pair<const Json *, std::string>> open = {{record->root, ""}};
  while (!open.empty()) {
    auto [object, path] = std::move(open.back());
    open.pop_back();
    if (!object->is_object())
      continue;
    for (const auto &item : object->items()) {
      std::string name = path + item.key();
      if (item.value().is_null())
        continue;
      if (!record->read.contains(name))
        unread.push_back(name);
      else if (record->entered.contains(name))
        open.emplace_back(&item.value(), name + ".");
    }
  }
  return unread;
}

Error Fields::rejectUnread() const {
  std::string names;
  for (const std::string &name : unreadFields())
    names += (names.empty() ? "'" : ", '") + printable(name) + "'";
  if (names.empty())
    return Error::success();
  return fileError(record->file, "expected only fields that are understood, got " + printable(names, 600));
}

} // namespace braid::formats
