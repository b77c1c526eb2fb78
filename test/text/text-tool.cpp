// SPDX-License-Identifier: Apache-2.0
/// \file
/// What tests need of the text layer on a command line: encode, decode, compare, render, sample.
#include "test/text/TextTool.h"

#include <cstdio>
#include <cstring>
#include <map>

using namespace braid::text::tool;

int main(int argc, char **argv) {
  static const std::map<std::string, int (*)(const Arguments &)> commands = {
      {"encode", encode}, {"decode", decode},  {"stream", stream}, {"parity", parity},
      {"scale", scale},   {"render", render},  {"sample", sample}, {"sampler-check", samplerCheck},
      {"speed", speed},   {"renders", renders}};
  auto command = argc > 1 ? commands.find(argv[1]) : commands.end();
  if (command == commands.end()) {
    std::fprintf(stderr, "usage: text-tool COMMAND ARGUMENTS...\ncommands:");
    for (const auto &[name, run] : commands)
      std::fprintf(stderr, " %s", name.c_str());
    std::fprintf(stderr, "\n");
    return 2;
  }
  return command->second(Arguments(argv + 2, argv + argc));
}
