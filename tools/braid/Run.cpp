// SPDX-License-Identifier: Apache-2.0
/// \file
/// `braid run`.
#include "tools/braid/Run.h"

#include "tools/braid/CommandLine.h"
#include "tools/braid/Commands.h"
#include "tools/braid/Interrupt.h"
#include "tools/braid/LogitsFile.h"
#include "tools/braid/Termination.h"
#include "tools/braid/TokenList.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"

#include <random>
#include <unistd.h>

namespace cl = llvm::cl;

namespace braid::tools {
namespace {

struct Options {
  cl::OptionCategory category{"braid run options"};
  cl::opt<std::string> directory{cl::Positional, cl::Required, cl::desc("<artifact directory>"), cl::cat(category)};
  cl::opt<std::string> prompt{"p", cl::desc("Prompt; absent: standard input"), cl::value_desc("text"),
                              cl::cat(category)};
  cl::opt<std::string> file{"f", cl::desc("Prompt from a file"), cl::value_desc("file"), cl::cat(category)};
  cl::opt<std::string> system{"system", cl::desc("System message of the chat"), cl::value_desc("text"),
                              cl::cat(category)};
  cl::opt<bool> interactive{"i", cl::desc("Chat: read messages, answer each"), cl::cat(category)};
  cl::alias interactiveLong{"interactive", cl::desc("The same as -i"), cl::aliasopt(interactive), cl::cat(category)};
  cl::opt<bool> raw{"raw", cl::desc("Take the prompt as it is, without the chat template"), cl::cat(category)};
  cl::alias noChat{"no-chat", cl::desc("The same as --raw"), cl::aliasopt(raw), cl::cat(category)};
  cl::opt<int64_t> count{"n", cl::desc("Most tokens to generate; -1: until the text ends (default)"), cl::init(-1),
                         cl::value_desc("count"), cl::cat(category)};
  cl::opt<int64_t> context{"c", cl::desc("Positions of the session; 0: the model's context length (default)"),
                           cl::init(0), cl::value_desc("count"), cl::cat(category)};
  cl::opt<int> threads{"t", cl::desc("Threads; 0: one for each CPU (default)"), cl::init(0), cl::value_desc("count"),
                       cl::cat(category)};
  cl::opt<std::string> isa{"isa", cl::desc("ISA level, such as x86-64-v3 (default: the best one that this CPU has)"),
                           cl::value_desc("level"), cl::cat(category)};
  cl::opt<float> temperature{"temp", cl::desc("Temperature; 0: always the likeliest token (default 0.8)"),
                             cl::init(0.8f), cl::value_desc("t"), cl::cat(category)};
  cl::opt<int> topK{"top-k", cl::desc("Sample from the k likeliest tokens; 0: all (default 40)"), cl::init(40),
                    cl::value_desc("k"), cl::cat(category)};
  cl::opt<float> topP{"top-p", cl::desc("... from those that make up p of the probability; 1: all (default 0.95)"),
                      cl::init(0.95f), cl::value_desc("p"), cl::cat(category)};
  cl::opt<float> minP{"min-p", cl::desc("... from those at least p times as likely as the likeliest (default 0.05)"),
                      cl::init(0.05f), cl::value_desc("p"), cl::cat(category)};
  cl::opt<float> repeatPenalty{"repeat-penalty", cl::desc("Penalty on tokens seen already; 1: none (default)"),
                               cl::init(1.0f), cl::value_desc("r"), cl::cat(category)};
  cl::opt<int64_t> seed{"seed", cl::desc("Seed of the sampler; -1: another one each time (default)"), cl::init(-1),
                        cl::value_desc("n"), cl::cat(category)};
  cl::opt<std::string> tokens{"tokens", cl::desc("Token ids in place of text: 1,2,3 or a JSON file"),
                              cl::value_desc("ids"), cl::cat(category)};
  cl::opt<std::string> logits{"logits", cl::desc("Write the prompt's logits (F32 [tokens, vocab]); generate nothing"),
                              cl::value_desc("file.safetensors"), cl::cat(category)};
  cl::opt<std::string> split{"split", cl::desc("With --logits: evaluate in pieces of these sizes, or 'all1'"),
                             cl::value_desc("sizes"), cl::cat(category)};
  cl::opt<bool> verbose{"v", cl::desc("Tell timings even if standard error is not a terminal"), cl::cat(category)};
  cl::alias verboseLong{"verbose", cl::desc("The same as -v"), cl::aliasopt(verbose), cl::cat(category)};

  /// What does not fit together; empty if all does.
  std::string fault() const;
  bool printsTimings() const { return verbose || isatty(2); }
  text::SamplerSettings sampler() const;
};

std::string Options::fault() const {
  if (bool(prompt.getNumOccurrences()) + bool(file.getNumOccurrences()) + bool(tokens.getNumOccurrences()) > 1)
    return "expected one of -p, -f and --tokens";
  if (interactive && (!tokens.empty() || !logits.empty()))
    return "-i: expected neither --tokens nor --logits with it";
  if (!split.empty() && logits.empty())
    return "--split: expected --logits with it";
  if (raw && !system.empty())
    return "--system: there is no system message without the chat template (--raw)";
  if (threads < 0 || threads > 256)
    return llvm::formatv("-t: expected 0 .. 256, got {0}", int(threads));
  if (context < 0)
    return llvm::formatv("-c: expected 0 or more, got {0}", int64_t(context));
  if (count < -1)
    return llvm::formatv("-n: expected -1 or more, got {0}", int64_t(count));
  if (topK < 0)
    return llvm::formatv("--top-k: expected 0 or more, got {0}", int(topK));
  return {};
}

text::SamplerSettings Options::sampler() const {
  text::SamplerSettings settings;
  settings.temperature = temperature;
  settings.topK = topK;
  settings.topP = topP;
  settings.minP = minP;
  settings.repetitionPenalty = repeatPenalty;
  settings.seed = seed < 0 ? std::random_device()() : uint64_t(seed);
  return settings;
}

/// The text of -p, -f or standard input.
llvm::Expected<std::string> promptText(const Options &options) {
  if (options.prompt.getNumOccurrences())
    return options.prompt.getValue();
  std::string name = options.file.empty() ? "-" : options.file.getValue();
  auto buffer = llvm::MemoryBuffer::getFileOrSTDIN(name);
  if (!buffer)
    return makeError((name == "-" ? "standard input" : name) + ": " + buffer.getError().message());
  return (*buffer)->getBuffer().str();
}

llvm::Expected<std::vector<int32_t>> promptTokens(const Options &options, const std::optional<Dialogue> &dialogue) {
  if (options.tokens.getNumOccurrences())
    return parseTokens(options.tokens);
  llvm::Expected<std::string> text = promptText(options);
  if (!text)
    return text.takeError();
  if (!dialogue->hasTemplate())
    return dialogue->prompt(llvm::StringRef(*text));
  text::Json messages = text::Json::array();
  if (!options.system.empty())
    messages.push_back(message("system", options.system));
  messages.push_back(message("user", *text));
  return dialogue->prompt(messages);
}

llvm::Error generate(const Options &options, const std::optional<Dialogue> &dialogue, Session &session,
                     Generator &generator, llvm::ArrayRef<int32_t> prompt) {
  InterruptGuard guard;
  std::optional<TextStream> stream;
  if (dialogue)
    stream.emplace(dialogue->tokenizer());
  bool isFirst = true;
  auto emit = [&](int32_t token) {
    if (stream)
      return stream->add(token);
    llvm::outs() << (isFirst ? "" : ",") << token; // no tokenizer: the ids themselves
    llvm::outs().flush();
    isFirst = false;
  };
  auto endsText = [&](int32_t token) { return dialogue && dialogue->endsText(token); };
  llvm::Expected<Generation> result = generator.run(session, prompt, options.count, endsText, emit);
  if (!result)
    return result.takeError();
  if (stream)
    stream->finish();
  llvm::outs() << "\n";
  llvm::outs().flush();
  if (result->stop == StopReason::Full)
    llvm::errs() << "braid: note: stopped: the session's " << session.capacity() << " positions are used (-c)\n";
  if (options.printsTimings())
    llvm::errs() << "[" << result->timings() << "]\n";
  return llvm::Error::success();
}

llvm::Error run(const Options &options) {
  llvm::Expected<Artifact> artifact = Artifact::open(options.directory);
  if (!artifact)
    return artifact.takeError();
  std::optional<Dialogue> dialogue;
  bool hasTokenizer = llvm::sys::fs::exists(artifact->directory + "/tokenizer.json");
  // Ids need no tokenizer, but it turns what is generated into text.
  if (!options.tokens.getNumOccurrences() || (hasTokenizer && options.logits.empty())) {
    llvm::Expected<Dialogue> loaded = Dialogue::load(*artifact, options.raw);
    if (!loaded)
      return loaded.takeError();
    dialogue = std::move(*loaded);
  }
  std::vector<int32_t> prompt;
  if (!options.interactive) {
    llvm::Expected<std::vector<int32_t>> tokens = promptTokens(options, dialogue);
    if (!tokens)
      return tokens.takeError();
    prompt = std::move(*tokens);
  }
  llvm::Expected<std::unique_ptr<Model>> model = Model::create(*artifact, {options.threads, options.isa});
  if (!model)
    return model.takeError();
  llvm::Expected<std::unique_ptr<Session>> session = Session::create(**model, options.context);
  if (!session)
    return session.takeError();
  if (!options.logits.empty()) {
    llvm::Expected<std::vector<int64_t>> pieces = parseSplit(options.split, int64_t(prompt.size()));
    if (!pieces)
      return pieces.takeError();
    return writeLogits(**model, **session, prompt, *pieces, options.logits);
  }
  llvm::Expected<Generator> generator = Generator::create(**model, options.sampler());
  if (!generator)
    return generator.takeError();
  if (!options.interactive)
    return generate(options, dialogue, **session, *generator, prompt);
  ChatOptions chatOptions{options.system, {}, options.count, options.printsTimings()};
  if (options.prompt.getNumOccurrences() || options.file.getNumOccurrences()) {
    llvm::Expected<std::string> first = promptText(options);
    if (!first)
      return first.takeError();
    chatOptions.first = std::move(*first);
  }
  return chat(*dialogue, **session, *generator, chatOptions);
}

} // namespace

int runMain(int argc, char **argv) {
  Options options;
  if (!parseOptions(argc, argv, "Generates text with a model that `braid compile` made.\n", options.category))
    return 2;
  if (std::string fault = options.fault(); !fault.empty())
    return usage(fault);
  if (!options.logits.empty())
    cleanUpAtTermination();
  if (llvm::Error error = run(options))
    return fail(std::move(error));
  return InterruptGuard::pending() ? 130 : 0; // as a shell expects of a program that Ctrl-C stopped
}

} // namespace braid::tools
