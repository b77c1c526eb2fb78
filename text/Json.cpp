// SPDX-License-Identifier: Apache-2.0
/// \file
/// A SAX handler that builds a bounded tree and hands large tables to a sink.
#include "text/Json.h"

#include <fstream>
#include <unordered_set>

namespace braid::text {
namespace {

class Builder {
public:
  Builder(const std::string &what, JsonSink *sink) : what(what), sink(sink) {}

  using number_integer_t = Json::number_integer_t;
  using number_unsigned_t = Json::number_unsigned_t;
  using number_float_t = Json::number_float_t;
  using string_t = Json::string_t;
  using binary_t = Json::binary_t;

  bool null() { return value(nullptr); }
  bool boolean(bool b) { return value(b); }
  bool number_integer(number_integer_t n) { return value(n); }
  bool number_float(number_float_t n, const string_t &) { return value(n); }
  bool binary(binary_t &) { return fail(ErrorKind::Json, "unexpected binary value"); }
  bool number_unsigned(number_unsigned_t n) { return taken ? check(sink->number(takenKey, n)) : value(n); }
  bool string(string_t &s) { return taken ? check(sink->string(s, taken - 1)) : value(std::move(s)); }
  bool key(string_t &s) {
    if (taken) {
      takenKey = std::move(s);
      return true;
    }
    if (!seen.back().insert(s).second)
      return fail(ErrorKind::Json, "duplicate key " + inQuotes(s));
    path.back() = s;
    return true;
  }
  bool start_object(size_t) { return open(Json::object()); }
  bool start_array(size_t) { return open(Json::array()); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }
  bool parse_error(size_t at, const std::string &, const nlohmann::detail::exception &e) {
    std::string text = e.what();
    size_t colon = text.find("] "); // drop the library's own prefix
    return fail(ErrorKind::Json,
                "offset " + std::to_string(at) + ": " + (colon == std::string::npos ? text : text.substr(colon + 2)));
  }

  Json root;
  Error error{ErrorKind::Json, {}};

private:
  bool fail(ErrorKind kind, std::string message) {
    error = {kind, what + ": " + std::move(message)};
    return false;
  }
  bool check(const Status &status) { return status ? true : fail(status.error().kind, status.error().message); }

  /// Puts a value where the parser stands and returns its place.
  Json *place(Json v) {
    if (stack.empty())
      return &(root = std::move(v));
    Json &top = *stack.back();
    if (top.is_array())
      return &top.emplace_back(std::move(v));
    // Duplicates are excluded by key(), so skip the linear search of an ordered object.
    auto &object = top.get_ref<Json::object_t &>();
    object.push_back({path.back(), std::move(v)});
    return &object.back().second;
  }
  bool value(Json v) {
    if (taken)
      return fail(ErrorKind::Invalid,
                  "unexpected value of type " + std::string(v.type_name()) + " in " + inQuotes(path.back()));
    place(std::move(v));
    return true;
  }
  bool open(Json v) {
    if (taken) {
      if (++taken > 2)
        return fail(ErrorKind::Invalid, "unexpected nesting in " + inQuotes(path.back()));
      takenKey.clear();
      return check(sink->nested(true, v.is_array()));
    }
    if (stack.size() >= maxJsonDepth)
      return fail(ErrorKind::Limit, "nested deeper than " + std::to_string(maxJsonDepth) + " levels");
    bool take = sink && sink->takes(path);
    stack.push_back(place(std::move(v)));
    path.emplace_back();
    seen.emplace_back();
    if (take) {
      path.back() = path[path.size() - 2];
      taken = 1;
    }
    return true;
  }
  bool close() {
    if (taken > 1) {
      --taken;
      return check(sink->nested(false, true));
    }
    taken = 0;
    stack.pop_back();
    path.pop_back();
    seen.pop_back();
    return true;
  }

  const std::string &what;
  JsonSink *sink;
  std::vector<Json *> stack;
  std::vector<std::string> path;
  std::vector<std::unordered_set<std::string>> seen;
  int taken = 0; // how deep inside a taken container
  std::string takenKey;
};

} // namespace

Result<Json> parseJson(std::string_view text, const std::string &what, JsonSink *sink) {
  Builder builder(what, sink);
  try {
    if (!Json::sax_parse(text.begin(), text.end(), &builder))
      return builder.error;
  } catch (const std::exception &e) {
    return Error{ErrorKind::Json, what + ": " + e.what()};
  }
  return std::move(builder.root);
}

const Json *member(const Json &object, const char *key) {
  if (!object.is_object())
    return nullptr;
  auto it = object.find(key);
  return it == object.end() || it->is_null() ? nullptr : &*it;
}

static Error wrongType(const char *where, const char *key, const char *expected, const Json *got) {
  return invalid(std::string(where) + ": '" + key + "': expected " + expected + ", got " +
                 (got ? got->type_name() : "nothing"));
}

Result<bool> boolMember(const Json &object, const char *key, bool fallback, const char *where) {
  const Json *m = member(object, key);
  if (!m)
    return fallback;
  if (!m->is_boolean())
    return wrongType(where, key, "a boolean", m);
  return m->get<bool>();
}

Result<std::string> stringMember(const Json &object, const char *key, const char *where) {
  const Json *m = member(object, key);
  if (!m || !m->is_string())
    return wrongType(where, key, "a string", m);
  return m->get<std::string>();
}

Result<uint64_t> uintMember(const Json &object, const char *key, uint64_t most, const char *where) {
  const Json *m = member(object, key);
  if (!m || !m->is_number_unsigned())
    return wrongType(where, key, "a number that is not negative", m);
  if (m->get<uint64_t>() > most)
    return limitExceeded(std::string(where) + ": '" + key + "': expected at most " + std::to_string(most) + ", got " +
                         std::to_string(m->get<uint64_t>()));
  return m->get<uint64_t>();
}

Result<std::string> readFile(const std::string &path, size_t most) {
  std::ifstream in(path, std::ios::binary);
  if (!in)
    return Error{ErrorKind::Io, path + ": cannot be opened"};
  std::string data;
  std::vector<char> block(1 << 20);
  while (in.read(block.data(), block.size()), in.gcount() > 0) {
    if (data.size() + in.gcount() > most)
      return limitExceeded(path + ": larger than " + std::to_string(most) + " bytes");
    data.append(block.data(), in.gcount());
  }
  if (in.bad())
    return Error{ErrorKind::Io, path + ": cannot be read"};
  return data;
}

} // namespace braid::text
