// SPDX-License-Identifier: Apache-2.0
/// \file
/// Commands of text-tool on chat templates.
#include "test/text/TextTool.h"
#include "text/ChatTemplate.h"

#include <cstdio>
#include <filesystem>

namespace braid::text::tool {

int render(const Arguments &arguments) {
  Result<ChatTemplate> chat = invalid("");
  if (std::filesystem::is_directory(arguments.at(0))) {
    chat = ChatTemplate::load(arguments[0]);
  } else {
    auto source = readFile(arguments[0], 1 << 24);
    if (!source)
      return fail(source.error());
    chat = ChatTemplate::parse(*source);
  }
  if (!chat)
    return fail(chat.error());
  auto input = readFile(arguments.at(1), 1 << 24);
  if (!input)
    return fail(input.error());
  auto variables = parseJson(*input, arguments[1]);
  if (!variables)
    return fail(variables.error());
  auto text = chat->render(*variables, 0);
  if (!text)
    return fail(text.error());
  std::fwrite(text->data(), 1, text->size(), stdout);
  return 0;
}

int renders(const Arguments &arguments) {
  auto data = readFile(arguments.at(0), 1 << 24);
  if (!data)
    return fail(data.error());
  auto cases = parseJson(*data, arguments[0]);
  if (!cases)
    return fail(cases.error());
  size_t same = 0, all = 0;
  for (const Json &one : (*cases)["cases"]) {
    ++all;
    const Json &source = one["template"];
    const std::string &text = source.is_number()
                                  ? (*cases)["templates"][source.get<size_t>()].get_ref<const std::string &>()
                                  : source.get_ref<const std::string &>();
    auto chat = ChatTemplate::parse(text);
    const Json &variables = (*cases)["variables"][one["variables"].get<size_t>()];
    Result<std::string> got = chat ? chat->render(variables, 0) : Result<std::string>(chat.error());
    const Json *want = member(one, "output");
    if (want ? got && Json(*got) == *want : !got) {
      ++same;
      continue;
    }
    std::printf("case %zu: template %s\n  expected %s\n  got      %s\n", all, source.dump().substr(0, 300).c_str(),
                want ? want->dump().c_str() : "an error",
                got ? Json(*got).dump().c_str() : got.error().message.c_str());
  }
  std::printf("%zu of %zu renderings are equal\n", same, all);
  return same == all ? 0 : 1;
}

} // namespace braid::text::tool
