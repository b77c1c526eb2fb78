// SPDX-License-Identifier: Apache-2.0
/// \file
/// braid: compiles model files to native libraries, and runs them.
#include "tools/braid/Commands.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/raw_ostream.h"

#include <string>
#include <vector>

namespace {

struct Command {
  llvm::StringRef name, help;
  int (*run)(int, char **);
};

const Command commands[] = {
    {"compile", "model file -> native library, header and weights", braid::tools::compileMain},
    {"run", "generate text with a compiled model", braid::tools::runMain},
    {"bench", "measure a compiled model, or the kernels", braid::tools::benchMain},
    {"inspect", "what is in a model file or a compiled model", braid::tools::inspectMain},
    {"derive", "what follows from one token's step of a variant, certified", braid::tools::deriveMain},
};

void printHelp(llvm::raw_ostream &os) {
  os << "usage: braid <command> [options]\n\n";
  for (const Command &command : commands) {
    os << "  ";
    os << command.name << std::string(10 - command.name.size(), ' ') << command.help << "\n";
  }
  os << "\n`braid <command> --help` tells a command's options; `braid --version` the version.\n";
}

} // namespace

int main(int argc, char **argv) {
  llvm::StringRef name = argc > 1 ? argv[1] : "";
  if (name == "--version" || name == "-V") {
    llvm::outs() << "braid 0.1.0 (LLVM " LLVM_VERSION_STRING ")\n";
    return 0;
  }
  if (name == "--help" || name == "-h" || name == "help") {
    printHelp(llvm::outs());
    return 0;
  }
  for (const Command &command : commands)
    if (command.name == name) {
      std::string title = "braid " + name.str();
      std::vector<char *> arguments = {title.data()};
      arguments.insert(arguments.end(), argv + 2, argv + argc);
      arguments.push_back(nullptr);
      return command.run(argc - 1, arguments.data());
    }
  if (name.empty())
    llvm::errs() << "braid: error: expected a command\n\n";
  else
    llvm::errs() << "braid: error: no command '" << name << "'\n\n";
  printHelp(llvm::errs());
  return 2;
}
