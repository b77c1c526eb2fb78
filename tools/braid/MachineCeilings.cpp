// SPDX-License-Identifier: Apache-2.0
/// \file
/// Measures ceilings with the compiler's own kernels, on pinned threads.
#include "tools/braid/MachineCeilings.h"

#include "compiler/targets/cpu/Jit.h"
#include "compiler/targets/cpu/Schedule.h"
#include "compiler/targets/cpu/bench/BenchPool.h"
#include "compiler/targets/cpu/bench/Ceilings.h"
#include "tools/braid/CommandLine.h"

#include <chrono>
#include <sched.h>
#include <sys/mman.h>

using namespace mlir;

namespace braid::tools {

constexpr int64_t granule = 1024, largestPiece = 1 << 20, largestBuffer = 1 << 30;
constexpr double measuringSeconds = 0.02;
constexpr int leastPasses = 8;

struct MachineCeilings::Parts {
  std::unique_ptr<cpu::Jit> jit;
  uint8_t *buffer = nullptr;
  int64_t bytes = 0;
  ~Parts() {
    if (buffer)
      munmap(buffer, bytes);
  }
};

namespace {
/// The pool pins its threads, the caller among them: what follows must find the CPUs that it had.
class AffinityGuard {
public:
  AffinityGuard() { sched_getaffinity(0, sizeof before, &before); }
  ~AffinityGuard() { sched_setaffinity(0, sizeof before, &before); }

private:
  cpu_set_t before;
};
} // namespace

static double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Seconds of the fastest of the passes that some 20 ms have room for, at least 8. A ceiling is what the machine can
/// do: a pass in which it did something else besides does not count.
static double bestSeconds(llvm::function_ref<void()> pass) {
  pass();
  double best = 1e9, begin = seconds(), start = begin;
  for (int passes = 0; start - begin < measuringSeconds || passes < leastPasses; ++passes) {
    pass();
    double end = seconds();
    best = std::min(best, end - start);
    start = end;
  }
  return best;
}

static llvm::Expected<std::unique_ptr<cpu::Jit>> compileCeilings() {
  DialectRegistry registry;
  registry.insert<arith::ArithDialect, scf::SCFDialect, vector::VectorDialect, math::MathDialect, LLVM::LLVMDialect>();
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  context.loadAllAvailableDialects();
  OwningOpRef<ModuleOp> module = ModuleOp::create(UnknownLoc::get(&context));
  cpu::Emit emit(*module);
  std::optional<cpu::Isa> isa = cpu::findIsa("native");
  if (!isa)
    return makeError("no code generation for this CPU");
  cpu::emitCeilings(emit, *isa);
  FailureOr<llvm::SmallVector<char, 0>> object = cpu::emitObject(*module, *isa);
  if (failed(object))
    return makeError("the ceiling kernels do not compile for this CPU");
  return cpu::Jit::create(*object);
}

MachineCeilings::MachineCeilings(std::unique_ptr<Parts> parts) : parts(std::move(parts)) {}
MachineCeilings::~MachineCeilings() = default;

llvm::Expected<std::unique_ptr<MachineCeilings>> MachineCeilings::create(int64_t bytes) {
  auto parts = std::make_unique<Parts>();
  llvm::Expected<std::unique_ptr<cpu::Jit>> jit = compileCeilings();
  if (!jit)
    return jit.takeError();
  parts->jit = std::move(*jit);
  bytes = std::clamp<int64_t>(llvm::alignTo(bytes, granule), granule, largestBuffer);
  void *memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    return makeError("no memory for a buffer of " + llvm::Twine(bytes) + " bytes");
  parts->buffer = static_cast<uint8_t *>(memory);
  parts->bytes = bytes;
  madvise(memory, bytes, MADV_HUGEPAGE);
  std::memset(memory, 0x3f, bytes); // or every page would be the same zeros; as f32 0.75
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
         parts->jit->get<void(uint8_t *, int64_t)>("ceiling_update"), parts->buffer, parts->bytes, 0};
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
  AffinityGuard guard;
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
  AffinityGuard guard;
  cpu::BenchPool pool(threads);
  braid_call call = pool.call();
  double operations = double(rounds * threads) * double(cpu::kCeilingOps * times);
  return operations / bestSeconds([&] { call.parallel(call.pool, runRounds, &args, threads); });
}

} // namespace braid::tools
