// SPDX-License-Identifier: Apache-2.0
/// \file
/// Measures ceilings with the compiler's own kernels, on pinned threads.
#include "tools/braid/MachineCeilings.h"

#include "compiler/targets/cpu/Schedule.h"
#include "compiler/targets/cpu/bench/Ceilings.h"
#include "compiler/targets/cpu/bench/Measure.h"
#include "tools/braid/CommandLine.h"

namespace braid::tools {

constexpr int64_t granule = 1024, largestPiece = 1 << 20, largestBuffer = 1 << 30;
constexpr double measuringSeconds = 0.02;
constexpr int leastPasses = 8;

struct MachineCeilings::Parts {
  std::unique_ptr<cpu::Jit> jit;
  cpu::Store buffer;
};

/// Seconds of the fastest of the passes that some 20 ms have room for, at least 8. A ceiling is what the machine can
/// do: a pass in which it did something else besides does not count.
static double bestSeconds(llvm::function_ref<void()> pass) {
  pass();
  double best = 1e9, begin = cpu::seconds(), start = begin;
  for (int passes = 0; start - begin < measuringSeconds || passes < leastPasses; ++passes) {
    pass();
    double end = cpu::seconds();
    best = std::min(best, end - start);
    start = end;
  }
  return best;
}

MachineCeilings::MachineCeilings(std::unique_ptr<Parts> parts) : parts(std::move(parts)) {}
MachineCeilings::~MachineCeilings() = default;

llvm::Expected<std::unique_ptr<MachineCeilings>> MachineCeilings::create(int64_t bytes) {
  llvm::Expected<std::unique_ptr<cpu::Jit>> jit = cpu::compileForBench(*cpu::findIsa("native"), [](cpu::Emit &) {});
  if (!jit)
    return jit.takeError();
  bytes = std::clamp<int64_t>(llvm::alignTo(bytes, granule), granule, largestBuffer);
  std::unique_ptr<Parts> parts(new Parts{std::move(*jit), cpu::Store(bytes, 0x3f)}); // as f32 0.75
  if (!parts->buffer.data)
    return makeError("no memory for a buffer of " + llvm::Twine(bytes) + " bytes");
  return std::unique_ptr<MachineCeilings>(new MachineCeilings(std::move(parts)));
}

double MachineCeilings::readBandwidth(int threads) { return bandwidth(threads, /*isUpdate=*/false); }
double MachineCeilings::updateBandwidth(int threads) { return 2 * bandwidth(threads, /*isUpdate=*/true); }

double MachineCeilings::bandwidth(int threads, bool isUpdate) {
  struct Args {
    void (*read)(const uint8_t *, int64_t, void *);
    void (*update)(uint8_t *, int64_t);
    uint8_t *from;
    int64_t bytes, piece;
  } args{parts->jit->get<void(const uint8_t *, int64_t, void *)>("ceiling_read"),
         parts->jit->get<void(uint8_t *, int64_t)>("ceiling_update"), parts->buffer.data, parts->buffer.bytes, 0};
  args.piece = std::clamp<int64_t>(llvm::alignTo(args.bytes / (threads * 16), granule), granule, largestPiece);
  auto readPiece = [](const void *from, int64_t i) {
    const Args &args = *static_cast<const Args *>(from);
    alignas(64) uint8_t sink[64];
    int64_t begin = i * args.piece;
    args.read(args.from + begin, std::min(args.piece, args.bytes - begin), sink);
  };
  auto updatePiece = [](const void *from, int64_t i) {
    const Args &args = *static_cast<const Args *>(from);
    int64_t begin = i * args.piece;
    args.update(args.from + begin, std::min(args.piece, args.bytes - begin));
  };
  braid_task task = isUpdate ? braid_task(updatePiece) : braid_task(readPiece);
  cpu::BenchPool pool(threads);
  braid_call call = pool.call();
  int64_t pieces = llvm::divideCeil(args.bytes, args.piece);
  return double(args.bytes) / bestSeconds([&] { call.parallel(call.pool, task, &args, pieces); });
}

bool MachineCeilings::hasBf16() { return cpu::hasBf16Dot(*cpu::findIsa("native")); }

double MachineCeilings::peak(int threads, Arithmetic arithmetic) {
  struct Args {
    void (*run)(int64_t, void *);
  } args{parts->jit->get<void(int64_t, void *)>(arithmetic == Arithmetic::Int8   ? "ceiling_dot"
                                                : arithmetic == Arithmetic::Bf16 ? "ceiling_bf16"
                                                                                 : "ceiling_fma")};
  const int64_t times = arithmetic == Arithmetic::Int8 ? 4 : arithmetic == Arithmetic::Bf16 ? 2 : 1;
  constexpr int64_t rounds = 1 << 16;
  auto runRounds = [](const void *from, int64_t) {
    alignas(64) uint8_t sink[64] = {1, 1, 1, 1, 1, 1, 1, 1};
    static_cast<const Args *>(from)->run(rounds, sink);
  };
  cpu::BenchPool pool(threads);
  braid_call call = pool.call();
  double operations = double(rounds * threads) * double(cpu::kCeilingOps * times);
  return operations / bestSeconds([&] { call.parallel(call.pool, runRounds, &args, threads); });
}

} // namespace braid::tools
