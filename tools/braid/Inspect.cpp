// SPDX-License-Identifier: Apache-2.0
/// \file
/// `braid inspect`.
#include "tools/braid/Inspect.h"

#include "models/formats/FormatError.h"
#include "tools/braid/CommandLine.h"
#include "tools/braid/Commands.h"
#include "tools/braid/Manifest.h"

#include "llvm/Support/FileSystem.h"

namespace cl = llvm::cl;
namespace fs = llvm::sys::fs;

namespace braid::tools {

void Report::add(llvm::StringRef name, formats::Json value, llvm::StringRef text) {
  values[name.str()] = std::move(value);
  lines.emplace_back(name, text);
}

void Report::add(llvm::StringRef name, llvm::StringRef text) {
  std::string clean = formats::printable(text, 400);
  add(name, clean, clean);
}

static void printTensors(llvm::raw_ostream &os, const std::vector<std::vector<std::string>> &rows) {
  std::vector<size_t> widths(4);
  for (const auto &row : rows)
    for (auto [width, cell] : llvm::zip_equal(widths, row))
      width = std::max(width, cell.size());
  for (const auto &row : rows)
    os << "  " << llvm::left_justify(row[0], widths[0]) << "  " << llvm::left_justify(row[1], widths[1]) << "  "
       << llvm::left_justify(row[2], widths[2]) << "  " << llvm::right_justify(row[3], widths[3]) << "\n";
}

void Report::print(llvm::raw_ostream &os, bool isJson) const {
  if (isJson) {
    os << values.dump(2, ' ', false, formats::Json::error_handler_t::replace) << "\n";
    return;
  }
  size_t width = 0;
  for (const auto &[name, text] : lines)
    width = std::max(width, name.size());
  for (const auto &[name, text] : lines)
    os << llvm::left_justify(name, width) << "  " << text << "\n";
  if (!tensors.empty())
    printTensors(os << "\n", tensors);
}

static llvm::Expected<Report> inspect(const std::string &path, bool withTensors) {
  if (!fs::exists(path))
    return makeError(path + ": no such file or directory; expected a model file, or an artifact");
  if (fs::is_directory(path) && !fs::exists(path + "/config.json") && !fs::exists(path + "/manifest.json"))
    return makeError(path + ": expected config.json (a model's directory) or manifest.json (an artifact) in it");
  return looksLikeArtifact(path) ? inspectArtifact(path) : inspectModel(path, withTensors);
}

int inspectMain(int argc, char **argv) {
  cl::OptionCategory category("braid inspect options");
  cl::opt<std::string> path(cl::Positional, cl::Required, cl::desc("<model file, directory or artifact>"),
                            cl::cat(category));
  cl::opt<bool> withTensors("tensors", cl::desc("List the tensors of a model: name, shape, type, bytes"),
                            cl::cat(category));
  enum class Format { Text, Json };
  cl::opt<Format> format("o", cl::desc("Output (default text)"), cl::init(Format::Text), cl::cat(category),
                         cl::values(clEnumValN(Format::Text, "text", "lines for people"),
                                    clEnumValN(Format::Json, "json", "one object")));
  if (!parseOptions(argc, argv, "Tells what is in a model file, or in what `braid compile` made.\n", category))
    return 2;
  llvm::Expected<Report> report = inspect(path, withTensors);
  if (!report)
    return fail(report.takeError());
  report->print(llvm::outs(), format == Format::Json);
  return 0;
}

} // namespace braid::tools
