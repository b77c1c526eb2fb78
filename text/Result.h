// SPDX-License-Identifier: Apache-2.0
/// \file
/// The error type of the text layer: a value or an Error, never an exception across the interface.
#pragma once

#include <string>
#include <utility>
#include <variant>

namespace braid::text {

/// What went wrong, coarse enough to branch on; the message is for people.
enum class ErrorKind {
  Io,          ///< a file could not be read
  Json,        ///< not valid JSON, or a duplicate key, or nested too deeply
  Unsupported, ///< a well-formed component that this library does not implement
  Invalid,     ///< a field with a wrong type, value or reference
  Limit,       ///< a bound on size, depth or work was exceeded
  Template,    ///< a chat template failed to parse or to run, or raised an exception itself
};

/// An error with a one-sentence message, lower case, that names the offending part.
struct Error {
  ErrorKind kind;
  std::string message;
};

/// Marks success where there is no value to return.
struct Ok {};

/// A value of type T or an Error.
template <typename T> class [[nodiscard]] Result {
public:
  Result(T value) : state(std::move(value)) {}
  Result(Error error) : state(std::move(error)) {}

  explicit operator bool() const { return state.index() == 0; }
  T &operator*() { return *std::get_if<0>(&state); }
  const T &operator*() const { return *std::get_if<0>(&state); }
  T *operator->() { return std::get_if<0>(&state); }
  const T *operator->() const { return std::get_if<0>(&state); }
  const Error &error() const { return *std::get_if<1>(&state); }

private:
  std::variant<T, Error> state;
};

using Status = Result<Ok>;

inline Error invalid(std::string message) { return {ErrorKind::Invalid, std::move(message)}; }
inline Error unsupported(std::string message) { return {ErrorKind::Unsupported, std::move(message)}; }
inline Error limitExceeded(std::string message) { return {ErrorKind::Limit, std::move(message)}; }

/// A name from a file, quoted and cut so that a hostile one cannot flood a message.
inline std::string inQuotes(const std::string &name) {
  return "'" + (name.size() > 80 ? name.substr(0, 80) + "..." : name) + "'";
}

} // namespace braid::text
