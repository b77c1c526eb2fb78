// SPDX-License-Identifier: Apache-2.0
/// \file Any bytes as a configuration: parsed, written, parsed again to the same, and read field by field.
#include "models/formats/Fields.h"
#include <cstdlib>

using namespace braid::formats;

static void readFields(const Json &json) {
  Fields config("config.json", json);
  for (llvm::StringRef name : {"a", "b", "rope"}) {
    config.integerOr(name, 1, 0, 100);
    config.numberOr(name, 1.0, 0.0);
    config.booleanOr(name, true);
    config.stringOr(name, "");
    config.integers(name, 0, 10);
    config.numbers(name, 0.0, 1.0);
    config.strings(name);
    config.choice(name, {"a", "b"});
    if (std::optional<Fields> nested = config.object(name))
      nested->integer("a", 0, 1);
    if (llvm::Error error = config.takeError())
      llvm::toString(std::move(error));
  }
  if (llvm::Error error = config.rejectUnread())
    llvm::toString(std::move(error));
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  llvm::StringRef text(reinterpret_cast<const char *>(data), size);
  llvm::Expected<Json> json = parseJsonText("config.json", text, 1 << 20);
  if (!json) {
    llvm::toString(json.takeError());
    return 0;
  }
  llvm::Expected<Json> again = parseJsonText("again.json", json->dump(), SIZE_MAX);
  if (!again)
    llvm::report_fatal_error(again.takeError());
  if (*json != *again)
    std::abort();
  readFields(*json);
  return 0;
}
