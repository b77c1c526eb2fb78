// SPDX-License-Identifier: Apache-2.0
/// \file
/// Fuzzes chat templates: parses the input and renders it with a small chat.
#include "text/ChatTemplate.h"

#include <cstdint>
#include <string_view>

using namespace braid::text;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const Json variables =
      *parseJson(R"({"messages": [{"role": "user", "content": "a é"}, {"role": "assistant", "content": [{"type": "text",
        "text": "b"}]}], "tools": [{"n": [1, 2.5, null, true]}], "s": "x y", "n": 3, "bos_token": "<s>"})",
                 "variables");
  if (auto chat = ChatTemplate::parse({reinterpret_cast<const char *>(data), size}))
    (void)chat->render(variables, 0);
  return 0;
}
