// SPDX-License-Identifier: Apache-2.0
/// \file
/// Prefill and decode of a compiled model, in tokens a second and as a share of what the machine can do.
///
/// A decode step reads every weight and the rows of the states that its position needs; its ceiling is the read
/// bandwidth of a buffer as large as the weights. A prompt's token takes a multiply-add for each parameter; its ceiling
/// is the peak of the arithmetic that the model computes in. Each repetition measures ceiling and model in turn; the
/// best ceiling counts, as it is what the machine can do.
#include "tools/braid/Bench.h"
#include "tools/braid/CommandLine.h"
#include "tools/braid/MachineCeilings.h"

#include "llvm/Support/FormatVariadic.h"

#include <chrono>
#include <numeric>
#include <random>

namespace braid::tools {
namespace {

constexpr size_t kReadTokens = 64; ///< of a depth that is assumed

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

double mean(llvm::ArrayRef<double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / double(values.size());
}

double deviation(llvm::ArrayRef<double> values) {
  if (values.size() < 2)
    return 0;
  double middle = mean(values), sum = 0;
  for (double value : values)
    sum += (value - middle) * (value - middle);
  return std::sqrt(sum / double(values.size() - 1));
}

struct Test {
  bool isPrompt;
  int64_t tokens, depth;
  std::string name() const {
    std::string text = (isPrompt ? "pp" : "tg") + std::to_string(tokens);
    return depth ? text + " @ d" + std::to_string(depth) : text;
  }
};

struct Bench {
  const Artifact &artifact;
  const ModelBenchOptions &options;
  MachineCeilings *ceilings;
  Table &table;
  std::string level = {}; ///< ISA level of the last run

  std::vector<Test> tests() const;
  MachineCeilings::Arithmetic arithmetic(llvm::StringRef isa) const;
  double bytesRead(const Test &test) const;
  llvm::Expected<double> timed(Session &session, const Test &test, llvm::ArrayRef<int32_t> tokens, float *logits);
  llvm::Error measure(const Model &model, Session &session, const Test &test);
  llvm::Error run(int threads);
};

std::vector<Test> Bench::tests() const {
  std::vector<Test> list;
  for (int64_t depth : options.depths) {
    for (int64_t tokens : options.prompts)
      if (tokens)
        list.push_back({true, tokens, depth});
    for (int64_t tokens : options.generations)
      if (tokens)
        list.push_back({false, tokens, depth});
  }
  return list;
}

/// What most of the arithmetic is made of, on the level `isa`.
MachineCeilings::Arithmetic Bench::arithmetic(llvm::StringRef isa) const {
  using Arithmetic = MachineCeilings::Arithmetic;
  const Manifest &manifest = artifact.manifest;
  if (!llvm::StringRef(manifest.activations).starts_with("int8"))
    return Arithmetic::F32;
  if (llvm::StringRef(manifest.quantization).starts_with("Q"))
    return Arithmetic::Int8;
  bool isBf16 = manifest.quantization == "BF16" && isa == "native" && MachineCeilings::hasBf16();
  return isBf16 ? Arithmetic::Bf16 : Arithmetic::F32;
}

static std::string nameOf(MachineCeilings::Arithmetic arithmetic) {
  switch (arithmetic) {
  case MachineCeilings::Arithmetic::F32: return "f32 FMA";
  case MachineCeilings::Arithmetic::Bf16: return "bf16 dot";
  case MachineCeilings::Arithmetic::Int8: return "int8 dot";
  }
  llvm_unreachable("a kind of arithmetic");
}

/// Bytes that one decode step reads, at the middle of the test.
double Bench::bytesRead(const Test &test) const {
  return double(artifact.manifest.tokenWeightsBytes) + artifact.manifest.stateBytes(test.depth + test.tokens / 2);
}

/// Tokens a second. The session stands at the test's depth.
llvm::Expected<double> Bench::timed(Session &session, const Test &test, llvm::ArrayRef<int32_t> tokens,
                                    float *logits) {
  double start = now();
  if (test.isPrompt) {
    if (llvm::Error error = session.prefill(tokens, logits, 1))
      return error;
  } else {
    for (int32_t token : tokens)
      if (llvm::Error error = session.decode(token, logits))
        return error;
  }
  return double(tokens.size()) / (now() - start);
}

llvm::Error Bench::measure(const Model &model, Session &session, const Test &test) {
  std::mt19937 engine(1);
  std::vector<int32_t> tokens(test.depth + test.tokens);
  for (int32_t &token : tokens)
    token = int32_t(engine() % uint64_t(model.info.vocab));
  std::vector<float> logits(model.info.vocab);
  llvm::ArrayRef<int32_t> all = tokens, before = all.take_front(test.depth), tested = all.drop_front(test.depth);
  const int threads = model.info.threads;
  std::string title = llvm::formatv("{0}, {1} threads", test.name(), threads);
  auto rewind = [&]() -> llvm::Error {
    if (test.depth)
      return session.restore();
    session.reset();
    return llvm::Error::success();
  };
  showStatus(title + ": warming up");
  session.reset();
  if (test.depth) {
    llvm::ArrayRef<int32_t> read = options.assumeDepth ? before.take_front(kReadTokens) : before;
    if (llvm::Error error = session.prefill(read, nullptr, 0))
      return error;
    if (llvm::Error error = session.assume(int64_t(before.size() - read.size())))
      return error;
    if (llvm::Error error = session.mark())
      return error;
  }
  if (llvm::Expected<double> warm = timed(session, test, tested, logits.data()); !warm)
    return warm.takeError();
  std::vector<double> speeds, limits;
  for (int i = 0; i < options.repetitions; ++i) {
    showStatus(title + ": " + llvm::Twine(i + 1) + " of " + llvm::Twine(options.repetitions));
    if (llvm::Error error = rewind())
      return error;
    if (ceilings)
      limits.push_back(test.isPrompt ? ceilings->peak(threads, arithmetic(model.info.isa)) : ceilings->readBandwidth(threads));
    llvm::Expected<double> speed = timed(session, test, tested, logits.data());
    if (!speed)
      return speed.takeError();
    speeds.push_back(*speed);
  }
  showStatus("");
  const Manifest &manifest = artifact.manifest;
  double work = test.isPrompt ? 2.0 * double(manifest.tokenParameters) : bytesRead(test);
  formats::Json row;
  row["model"] = manifest.name + (manifest.quantization.empty() ? "" : " " + manifest.quantization);
  row["size"] = manifest.weightsBytes;
  row["params"] = manifest.parameters;
  row["backend"] = std::string("CPU ") + model.info.isa;
  row["threads"] = threads;
  row["test"] = test.name();
  row["ts_mean"] = mean(speeds);
  row["ts_std"] = deviation(speeds);
  std::string share = "-";
  if (ceilings) {
    double limit = *llvm::max_element(limits), part = mean(speeds) * work / limit;
    row["ceiling_share"] = part;
    row["ceiling"] = limit * 1e-9;
    row["ceiling_name"] = test.isPrompt ? nameOf(arithmetic(model.info.isa)) + " GOP/s" : "read GB/s";
    share = llvm::formatv("{0:f1} %", 100 * part);
  }
  std::string cells[] = {row["model"],
                         binarySize(double(manifest.weightsBytes)),
                         parameterCount(double(manifest.parameters)),
                         row["backend"],
                         std::to_string(threads),
                         test.name(),
                         llvm::formatv("{0:f2} ± {1:f2}", mean(speeds), deviation(speeds)),
                         share};
  table.add(row, cells);
  return llvm::Error::success();
}

llvm::Error Bench::run(int threads) {
  llvm::Expected<std::unique_ptr<Model>> model = Model::create(artifact, {threads, options.isa});
  if (!model)
    return model.takeError();
  level = (*model)->info.isa;
  int64_t capacity = 1;
  for (const Test &test : tests())
    capacity = std::max(capacity, test.depth + test.tokens);
  llvm::Expected<std::unique_ptr<Session>> session = Session::create(**model, capacity);
  if (!session)
    return session.takeError();
  for (const Test &test : tests())
    if (llvm::Error error = measure(**model, **session, test))
      return error;
  return llvm::Error::success();
}

} // namespace

llvm::Error benchModel(const Artifact &artifact, const ModelBenchOptions &options, TableFormat format) {
  std::unique_ptr<MachineCeilings> ceilings;
  if (options.withCeilings) {
    showStatus("compiling the ceilings");
    llvm::Expected<std::unique_ptr<MachineCeilings>> made = MachineCeilings::create(artifact.manifest.tokenWeightsBytes);
    if (!made)
      return made.takeError();
    ceilings = std::move(*made);
  }
  showStatus("");
  Table table(llvm::outs(), format,
              {{"model", 30, false}, {"size", 10}, {"params", 10}, {"backend", 13, false}, {"threads", 7},
               {"test", 15}, {"t/s", 20}, {"ceiling", 7}});
  Bench bench{artifact, options, ceilings.get(), table};
  llvm::Error result = llvm::Error::success();
  for (int threads : options.threads)
    if (!result)
      result = bench.run(threads);
  showStatus("");
  std::vector<std::string> notes;
  if (ceilings)
    notes = {"ceiling: of tg, the read bandwidth of a buffer as large as the weights (weights and states, read once a "
             "token);",
             "of pp, the " + nameOf(bench.arithmetic(bench.level)) +
                 " peak (two operations a parameter and token). Measured in turn with the model, on as many threads."};
  table.finish(notes);
  return result;
}

} // namespace braid::tools
