// SPDX-License-Identifier: Apache-2.0
/// \file Typed access to the fields of a JSON object, which remembers what was read and the first fault.
#pragma once

#include "models/formats/Json.h"
#include "llvm/ADT/ArrayRef.h"
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace braid::formats {

/// Reads a configuration:
///
///     Fields config("config.json", json);
///     int64_t width = config.integer("hidden_size", 1, 65536);
///     double theta = config.numberOr("rope_theta", 10000.0, 0.0);
///     if (llvm::Error error = config.takeError()) return error;
///
/// A getter that fails notes the first fault and returns its lower bound (or an empty value), so a reader may get all
/// its fields and check once; nothing may be built before that check. A field that is null counts as absent. The
/// fields of nested objects belong to the same record. The JSON must outlive this.
class Fields {
public:
  Fields(std::string file, const Json &object);

  /// Whether the field is there and not null. Does not count as reading it.
  bool has(llvm::StringRef name) const;

  int64_t integer(llvm::StringRef name, int64_t low, int64_t high);
  int64_t integerOr(llvm::StringRef name, int64_t absent, int64_t low, int64_t high);
  /// A finite number in [low, high]; an integer is one as well.
  double number(llvm::StringRef name, double low, double high = std::numeric_limits<double>::max());
  double numberOr(llvm::StringRef name, double absent, double low,
                  double high = std::numeric_limits<double>::max());
  bool boolean(llvm::StringRef name);
  bool booleanOr(llvm::StringRef name, bool absent);
  std::string string(llvm::StringRef name);
  std::string stringOr(llvm::StringRef name, llvm::StringRef absent);
  /// One of \p choices, as an index into them; 0 after a fault.
  size_t choice(llvm::StringRef name, llvm::ArrayRef<llvm::StringRef> choices);
  size_t choiceOr(llvm::StringRef name, size_t absent, llvm::ArrayRef<llvm::StringRef> choices);
  /// A single integer counts as a list of one, as in `"eos_token_id": 2`. Empty when the field is absent.
  std::vector<int64_t> integers(llvm::StringRef name, int64_t low, int64_t high);
  std::vector<double> numbers(llvm::StringRef name, double low, double high);
  std::vector<std::string> strings(llvm::StringRef name);
  /// A nested object; nothing when it is absent.
  std::optional<Fields> object(llvm::StringRef name);
  /// The fields whose names begin so, by the rest of their names: those of `a.b` of a flat object by `b`.
  Fields within(llvm::StringRef start) const;

  /// The value itself, marked as read with everything in it; null when absent.
  const Json *raw(llvm::StringRef name);
  /// Marks fields that cannot change a result as read, if they are there.
  void ignore(llvm::ArrayRef<llvm::StringRef> names);
  /// Notes a fault about a field: `file: field 'x': <what>`.
  void fault(llvm::StringRef name, const llvm::Twine &what);

  /// The first fault since the last call, or success.
  llvm::Error takeError();
  /// Fields (`a`, and `a.b` of objects that were entered) that are not null and that nobody read, in file order.
  std::vector<std::string> unreadFields() const;
  /// An error that names the unread fields, or success.
  llvm::Error rejectUnread() const;

  llvm::StringRef file() const;

private:
  struct Record;
  Fields(std::shared_ptr<Record> record, const Json &object, std::string prefix);
  const Json *take(llvm::StringRef name, llvm::StringRef expected, bool required);

  std::shared_ptr<Record> record;
  const Json *values;
  std::string prefix; // "" or "rope_scaling."
  std::string start;  // of the names in `values`: "" or "llama."
};

} // namespace braid::formats
