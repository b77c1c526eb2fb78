// SPDX-License-Identifier: Apache-2.0
/// \file
/// `braid bench`.
#include "tools/braid/Bench.h"

#include "tools/braid/CommandLine.h"
#include "tools/braid/Commands.h"

#include <unistd.h>

namespace cl = llvm::cl;

namespace braid::tools {

void showStatus(const llvm::Twine &line) {
  static const bool isTerminal = isatty(2);
  if (!isTerminal)
    return;
  llvm::errs() << "\r\033[K" << line;
  llvm::errs().flush();
}

namespace {

struct Options {
  cl::OptionCategory category{"braid bench options"};
  cl::opt<std::string> directory{cl::Positional, cl::desc("[artifact directory]"), cl::cat(category)};
  cl::list<int64_t> prompts{"p", cl::CommaSeparated, cl::desc("Prompt lengths (default 512); 0: none"),
                            cl::value_desc("n,..."), cl::cat(category)};
  cl::list<int64_t> generations{"n", cl::CommaSeparated, cl::desc("Tokens to generate (default 64); 0: none"),
                                cl::value_desc("n,..."), cl::cat(category)};
  cl::list<int64_t> depths{"d", cl::CommaSeparated, cl::desc("Tokens before the test begins (default 0)"),
                           cl::value_desc("n,..."), cl::cat(category)};
  cl::opt<bool> assumeDepth{"assume-depth",
                            cl::desc("Of a depth, read 64 tokens and repeat their rows: as fast afterwards as with "
                                     "real ones"),
                            cl::cat(category)};
  cl::list<int> threads{"t", cl::CommaSeparated, cl::desc("Threads (default: one for each CPU)"),
                        cl::value_desc("n,..."), cl::cat(category)};
  cl::opt<int> repetitions{"r", cl::desc("Repetitions of each test (default 5)"), cl::init(5), cl::value_desc("n"),
                           cl::cat(category)};
  cl::opt<std::string> isa{"isa", cl::desc("ISA level (default: the best one that this CPU has)"),
                           cl::value_desc("level"), cl::cat(category)};
  cl::opt<TableFormat> format{"o", cl::desc("Output (default md)"), cl::init(TableFormat::Markdown),
                              cl::cat(category),
                              cl::values(clEnumValN(TableFormat::Markdown, "md", "Markdown table"),
                                         clEnumValN(TableFormat::Csv, "csv", "comma-separated values"),
                                         clEnumValN(TableFormat::Json, "json", "an array of objects"))};
  cl::opt<bool> noCeilings{"no-ceiling", cl::desc("Leave out the share of the machine's ceiling"), cl::cat(category)};
  cl::opt<bool> kernels{"kernels", cl::desc("Measure the hot kernels by themselves; needs no artifact"),
                        cl::cat(category)};
  cl::opt<std::string> filter{"filter", cl::desc("With --kernels: those whose name and shape hold this text"),
                              cl::value_desc("text"), cl::cat(category)};
  cl::list<std::string> shapes{"shape", cl::CommaSeparated,
                               cl::desc("With --kernels: ROWSxOUTxIN of contractions (one row: from memory), "
                                        "HEADS/KEY_HEADSxDIMxKEYS of attention"),
                               cl::value_desc("shape,..."), cl::cat(category)};

  std::string fault() const;
};

std::string Options::fault() const {
  if (kernels && !directory.empty())
    return "--kernels: expected no artifact with it";
  if (!kernels && directory.empty())
    return "expected an artifact directory, or --kernels";
  if (!kernels && (!shapes.empty() || !filter.empty()))
    return std::string(shapes.empty() ? "--filter" : "--shape") + ": expected --kernels with it";
  for (auto [name, list] : {std::pair("-p", &prompts), {"-n", &generations}, {"-d", &depths}})
    for (int64_t value : *list)
      if (value < 0 || value > 1 << 30)
        return std::string(name) + ": expected 0 .. 1073741824, got " + std::to_string(value);
  auto isNone = [](const cl::list<int64_t> &list) {
    return !list.empty() && llvm::all_of(list, [](int64_t value) { return value == 0; });
  };
  if (!kernels && isNone(prompts) && isNone(generations))
    return "expected a test: -p or -n above 0";
  for (int value : threads)
    if (value < 0 || value > 256)
      return "-t: expected 0 .. 256, got " + std::to_string(value);
  if (repetitions < 1 || repetitions > 10000)
    return "-r: expected 1 .. 10000, got " + std::to_string(repetitions);
  return {};
}

template <typename T> void take(std::vector<T> &to, const cl::list<T> &from) {
  if (!from.empty())
    to.assign(from.begin(), from.end());
}

llvm::Error run(const Options &options) {
  if (options.kernels) {
    cpu::KernelBenchOptions bench;
    take(bench.threads, options.threads);
    take(bench.shapes, options.shapes);
    bench.repeats = options.repetitions;
    bench.filter = options.filter;
    if (!options.isa.empty())
      bench.isa = options.isa;
    return benchKernels(bench, options.format);
  }
  llvm::Expected<Artifact> artifact = Artifact::open(options.directory);
  if (!artifact)
    return artifact.takeError();
  ModelBenchOptions bench;
  take(bench.prompts, options.prompts);
  take(bench.generations, options.generations);
  take(bench.depths, options.depths);
  take(bench.threads, options.threads);
  bench.repetitions = options.repetitions;
  bench.isa = options.isa;
  bench.assumeDepth = options.assumeDepth;
  bench.withCeilings = !options.noCeilings;
  return benchModel(*artifact, bench, options.format);
}

} // namespace

int benchMain(int argc, char **argv) {
  Options options;
  if (!parseOptions(argc, argv, "Measures a compiled model in tokens a second, or the kernels.\n", options.category))
    return 2;
  if (std::string fault = options.fault(); !fault.empty())
    return usage(fault);
  if (llvm::Error error = run(options))
    return fail(std::move(error));
  return 0;
}

} // namespace braid::tools
