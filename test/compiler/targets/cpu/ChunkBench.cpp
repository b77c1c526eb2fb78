// SPDX-License-Identifier: Apache-2.0
/// \file
/// Times of chunkwise forms, by processor time.
#include "ChunkBench.h"

#include "compiler/Register.h"
#include "compiler/targets/cpu/ChunkRun.h"

#include <ctime>

using namespace mlir;
using namespace braid;
using namespace braid::cpu;
using namespace braid::derive;

static double seconds() {
  timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return double(time.tv_sec) + 1e-9 * double(time.tv_nsec);
}

static bool bench(MLIRContext &context, const Isa &isa, StringRef name, int64_t V) {
  const int64_t K = 128, tokens = 512, heads = 8;
  OwningOpRef<ModuleOp> module = ModuleOp::create(UnknownLoc::get(&context));
  auto op = attn::importVariant<attn::RecurrenceOp>(*module, name);
  if (failed(op))
    return false;
  double start = seconds();
  NormalForm form = normalize(*op);
  auto chunk = CompiledChunk::create(context, isa, form, K, V, heads, 1);
  if (!chunk)
    return llvm::errs() << llvm::toString(chunk.takeError()) << '\n', false;
  double compile = seconds() - start;
  Problem problem{tokens, heads, 1, K, V, {}};
  fillRandom(*op, problem, {1, 0.1, 0});
  std::vector<std::vector<float>> states, inputs;
  for (auto [index, arg] : llvm::enumerate(problem.args))
    (index < form.decays.size() ? states : inputs).emplace_back(arg.begin(), arg.end());
  std::vector<float> output(tokens * heads * V);
  std::vector<uint8_t> memory(chunk->frameBytes() + 64);
  void *frame = reinterpret_cast<void *>(llvm::alignTo(reinterpret_cast<uintptr_t>(memory.data()), 64));
  std::vector<double> times;
  for (int round = 0; round < 9; ++round) {
    start = seconds();
    chunk->run(inputs, tokens, states, output.data(), frame);
    times.push_back((seconds() - start) / double(tokens * heads));
  }
  std::nth_element(times.begin(), times.begin() + times.size() / 2, times.end());
  llvm::outs() << llvm::formatv("chunk {0}, V {1}: {2:f3} us a token and head, frame of {3} kB; derived and compiled "
                                "in {4:f0} ms\n",
                                name, V, times[times.size() / 2] * 1e6, chunk->frameBytes() / 1024, compile * 1e3);
  return true;
}

int benchChunks(const Isa &isa, ArrayRef<std::pair<const char *, int64_t>> variants) {
  DialectRegistry registry;
  registerAllDialects(registry);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  context.loadAllAvailableDialects();
  for (auto [name, V] : variants)
    if (!bench(context, isa, name, V))
      return 1;
  return 0;
}
