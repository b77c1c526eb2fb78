// SPDX-License-Identifier: Apache-2.0
/// \file
/// Names of libraries.
#include "compiler/LibraryName.h"

using namespace llvm;
namespace braid {

std::string identifierOf(StringRef text) {
  std::string name;
  for (char c : text)
    name += isAlnum(c) ? toLower(c) : '_';
  if (name.empty() || isDigit(name[0]))
    name = "model_" + name;
  return name;
}

/// Libraries of the C library, of compilers, and of Braid: with a second one of the name in its search path, `-lm` or a
/// loader that looks for libm.so takes whichever comes first, and Braid's library itself needs libc and libm.
static bool isTaken(StringRef name) {
  static constexpr StringLiteral taken[] = {
      "anl", "asan",   "atomic",   "braid", "c",       "crypt", "dl",      "gcc",      "gcc_s", "gomp",      "ld",  "m",
      "mvec", "nsl",   "omp",      "pthread", "quadmath", "resolv", "rt",  "ssp",      "stdc",  "thread_db", "tsan", "ubsan",
      "unwind", "util", "z"};
  return is_contained(taken, name);
}

Expected<std::string> libraryNameOf(const CompileOptions &options) {
  if (options.name.empty()) {
    StringRef folder = StringRef(options.output).rtrim('/');
    std::string name = identifierOf(folder.substr(folder.rfind('/') + 1));
    return isTaken(name) ? "model_" + name : name;
  }
  std::string name = identifierOf(options.name);
  if (isTaken(name))
    return createStringError("--name: expected a name that no system library has, got '" + options.name + "' (lib" +
                             name + ".so)");
  return name;
}

} // namespace braid
