// SPDX-License-Identifier: Apache-2.0
/// \file
/// Checks a compiled model against recorded logits, other artifacts and itself.
#include "test/end-to-end/Checks.h"

#include "models/formats/Json.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

using namespace braid::check;

static const char usage[] =
    "usage: model-check ARTIFACT GOLDEN_DIR [options]\n"
    "  --tolerance X        of one piece, relative to the largest logit (1e-4)\n"
    "  --split-tolerance X  of splits (as --tolerance)\n"
    "  --any-argmax         the best token may differ\n"
    "  --isa LEVEL          or `all` that the library has and this CPU runs (the best one)\n"
    "  --threads N          (2)\n"
    "  --seed N             of random splits\n"
    "  --few-splits         three splits in two and one random split (every split in two and twelve)\n"
    "  --own                splits against the model's own logits of one piece, not the golden\n"
    "  --tokens-only        the same, and the golden has but the tokens: its logits are another model's\n"
    "  --every-split N      each split of the first N tokens\n"
    "  --bits               the same bits from 1, 2 and 3 threads and from a second run\n"
    "  --session FILE       operations on sessions, a chat; FILE is written\n"
    "  --same ARTIFACT      another artifact gives the same logits\n";

namespace {
struct Options {
  std::string artifact, golden, isa, sessionFile, same;
  Limits limits;
  double splitTolerance = -1;
  int threads = 2;
  size_t everySplit = 0;
  bool own = false, tokensOnly = false, bits = false;
};
} // namespace

static Options parse(int argc, char **argv) {
  Options options;
  auto refuse = [](const std::string &why) {
    std::fprintf(stderr, "model-check: %s\n%s", why.c_str(), usage);
    std::exit(2);
  };
  for (int i = 1; i < argc; ++i) {
    std::string flag = argv[i];
    auto value = [&]() -> const char * {
      if (i + 1 == argc)
        refuse(flag + ": expected a value");
      return argv[++i];
    };
    if (flag == "--tolerance")
      options.limits.tolerance = std::atof(value());
    else if (flag == "--split-tolerance")
      options.splitTolerance = std::atof(value());
    else if (flag == "--any-argmax")
      options.limits.sameArgmax = false;
    else if (flag == "--isa")
      options.isa = value();
    else if (flag == "--threads")
      options.threads = std::atoi(value());
    else if (flag == "--seed")
      options.limits.seed = std::atoi(value());
    else if (flag == "--few-splits")
      options.limits.everyCut = false;
    else if (flag == "--own")
      options.own = true;
    else if (flag == "--every-split")
      options.everySplit = std::atoi(value());
    else if (flag == "--bits")
      options.bits = true;
    else if (flag == "--session")
      options.sessionFile = value();
    else if (flag == "--tokens-only")
      options.tokensOnly = true;
    else if (flag == "--same")
      options.same = value();
    else if (flag[0] == '-')
      refuse("no option " + flag);
    else if (options.artifact.empty())
      options.artifact = flag;
    else if (options.golden.empty())
      options.golden = flag;
    else
      refuse("too many arguments");
  }
  if (options.golden.empty())
    refuse("expected an artifact and a golden");
  options.limits.splitTolerance = options.splitTolerance < 0 ? options.limits.tolerance : options.splitTolerance;
  return options;
}

/// The levels that the artifact's manifest lists.
static std::vector<std::string> levelsOf(const std::string &artifact) {
  llvm::Expected<braid::formats::Json> manifest = braid::formats::parseJson(artifact + "/manifest.json", 1 << 20);
  if (!manifest)
    fail(llvm::toString(manifest.takeError()));
  return manifest->at("isa").get<std::vector<std::string>>();
}

static void checkModel(const Model &model, const Golden &golden, const Options &options) {
  if (options.own) {
    size_t vocab = model.info.vocab;
    Logits logits = model.run(golden.tokens, {golden.tokens.size()});
    Distance distance(golden, vocab, options.limits.tolerance, options.limits.sameArgmax);
    distance.check(logits, "one piece");
    std::printf("%s: against the golden: %.2g\n", model.info.isa, distance.worst());
    Limits limits = options.limits;
    limits.tolerance = 0; // the same piece again: the same bits
    checkSplits(model, Golden::of(golden.tokens, logits, vocab), limits);
  } else {
    checkSplits(model, golden, options.limits);
  }
  if (options.everySplit)
    checkEverySplit(model, golden, options.limits, options.everySplit);
  if (!options.sessionFile.empty()) {
    checkSession(model, golden.tokens, options.sessionFile);
    checkChat(model, golden.tokens, options.limits);
  }
}

int main(int argc, char **argv) {
  Options options = parse(argc, argv);
  Golden golden = Golden::read(options.golden);
  Library library(options.artifact);
  std::vector<std::string> levels = {options.isa};
  if (options.isa == "all")
    levels = levelsOf(options.artifact);
  size_t checked = 0;
  for (const std::string &level : levels) {
    Model model(library, options.threads, level);
    if (!model.isLoaded()) {
      std::printf("%s: not on this CPU\n", level.c_str());
      continue;
    }
    ++checked;
    if (options.tokensOnly)
      golden = Golden::of(golden.tokens, model.run(golden.tokens, {golden.tokens.size()}), model.info.vocab);
    checkModel(model, golden, options);
    if (options.bits)
      checkBits(library, golden, level);
    if (!options.same.empty()) {
      Library otherLibrary(options.same);
      Model other(otherLibrary, options.threads, "");
      if (!other.isLoaded())
        fail(options.same + ": not on this CPU");
      Golden want = Golden::of(golden.tokens, other.run(golden.tokens, {golden.tokens.size()}), other.info.vocab);
      std::printf("against the other artifact: ");
      checkSplits(model, want, options.limits);
    }
  }
  if (!checked)
    fail("no level of this library runs on this CPU");
  std::printf("PASS: %zu levels\n", checked);
  return 0;
}
