// SPDX-License-Identifier: Apache-2.0
/// \file
/// Options and errors of all commands.
#include "tools/braid/CommandLine.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

namespace cl = llvm::cl;

namespace braid::tools {

bool parseOptions(int argc, char **argv, llvm::StringRef overview,
                  llvm::ArrayRef<const cl::OptionCategory *> categories) {
  cl::HideUnrelatedOptions(categories);
  return cl::ParseCommandLineOptions(argc, argv, overview, &llvm::errs(), /*VFS=*/nullptr, /*EnvVar=*/nullptr,
                                     /*LongOptionsUseDoubleDash=*/true);
}

int fail(llvm::Error error) {
  llvm::outs().flush();
  llvm::errs() << "braid: error: " << llvm::toString(std::move(error)) << "\n";
  return 1;
}

int usage(const llvm::Twine &what) {
  llvm::errs() << "braid: error: " << what << "\n";
  return 2;
}

llvm::Error makeError(const llvm::Twine &what) { return llvm::createStringError(what); }
llvm::Error makeError(const text::Error &error) { return llvm::createStringError(error.message); }

static std::string scaled(double value, double base, std::initializer_list<const char *> units) {
  auto unit = units.begin();
  for (; value >= base && unit + 1 != units.end(); ++unit)
    value /= base;
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format(unit == units.begin() ? "%.0f%s" : "%.2f%s", value, *unit);
  return text;
}

std::string binarySize(double bytes) { return scaled(bytes, 1024, {" B", " KiB", " MiB", " GiB", " TiB"}); }
std::string parameterCount(double count) { return scaled(count, 1000, {"", " K", " M", " B", " T"}); }

std::string grouped(int64_t number) {
  std::string digits = std::to_string(number);
  for (int64_t at = int64_t(digits.size()) - 3; at > (number < 0); at -= 3)
    digits.insert(at, ",");
  return digits;
}

} // namespace braid::tools
