// SPDX-License-Identifier: Apache-2.0
/// \file
/// Recurrences compiled and run in this process.
#include "compiler/targets/cpu/RecurrenceRun.h"
#include "compiler/targets/cpu/RecurrenceSchedule.h"

#include <bit>
#include <cstring>
#include <sys/mman.h>

using namespace mlir;
using namespace braid::derive;
namespace braid::cpu {

namespace {

/// Memory that starts as NaN and ends at a page that may not be touched. Its pages are kept: new ones for each of many
/// short calls would take longer than the calls do.
class Guarded {
public:
  Guarded() = default;
  ~Guarded() { release(); }
  Guarded(const Guarded &) = delete;
  /// Now of `bytes` bytes, all NaN, as is what lies before them.
  void renew(size_t bytes) {
    if (!base || bytes > capacity)
      reserve(llvm::alignTo(std::max<size_t>(bytes, 1), 4096));
    data = base + capacity - bytes;
    const size_t before = std::min<size_t>(capacity - bytes, 64);
    memset(data - before, 0xFF, bytes + before);
  }
  float *floats() { return reinterpret_cast<float *>(data); }
  uint8_t *data = nullptr;

private:
  void release() {
    if (base)
      munmap(base, capacity + 4096);
  }
  void reserve(size_t bytes) {
    release();
    capacity = bytes;
    void *pages = mmap(nullptr, capacity + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED)
      llvm::report_bad_alloc_error("no memory to run a recurrence");
    base = static_cast<uint8_t *>(pages);
    mprotect(base + capacity, 4096, PROT_NONE);
  }
  uint8_t *base = nullptr;
  size_t capacity = 0;
};

void forwards(void *, braid_task task, const void *args, int64_t n) {
  for (int64_t i = 0; i < n; ++i)
    task(args, i);
}
void backwards(void *, braid_task task, const void *args, int64_t n) {
  for (int64_t i = n; i-- > 0;)
    task(args, i);
}

} // namespace

struct CompiledRecurrence::Memory {
  Guarded state, scratch, out;
  std::map<int64_t, int64_t> scratchBytes; ///< by tokens of a call
};

void CompiledRecurrence::call(const braid_call &call, int64_t rows, ArrayRef<const float *> args, float *state,
                              uint8_t *scratch, float *out) const {
  SmallVector<const void *> slots{&call, slotOf(rows)};
  llvm::append_range(slots, args);
  slots.append({state, scratch, out});
  entry(slots.data());
}

llvm::Expected<CompiledRecurrence> CompiledRecurrence::create(MLIRContext &context, const Isa &isa,
                                                              const NormalForm &form, int64_t K, int64_t V,
                                                              int64_t heads, int64_t ratio, bool isNarrow) {
  CompiledRecurrence result;
  result.isa = isa;
  result.form = &form;
  result.spec = {"recurrence", &form, K, V, heads, {}};
  result.spec.isNarrow = isNarrow;
  attn::RecurrenceOp op = form.op;
  for (unsigned index = 0; index < op.getBody().getNumArguments(); ++index)
    result.spec.argHeads.push_back(op.hasArgFact(index, "shared") ? heads / ratio : heads);
  OwningOpRef<ModuleOp> module = ModuleOp::create(UnknownLoc::get(&context));
  Emit e(*module);
  llvm::Expected<LLVM::LLVMFuncOp> kernel = emitRecurrence(e, isa, result.spec);
  if (!kernel)
    return kernel.takeError();
  emitSlotFunction(e, "entry", *kernel);
  llvm::Expected<std::unique_ptr<Jit>> jit = Jit::compile(*module, isa);
  if (!jit)
    return jit.takeError();
  result.jit = std::move(*jit);
  result.entry = result.jit->get<SlotFunction>("entry");
  result.memory = std::make_shared<Memory>();
  return result;
}

void CompiledRecurrence::storeNumber(float number, uint8_t *at) const {
  uint32_t bits = std::bit_cast<uint32_t>(number);
  if (!spec.isNarrow) {
    memcpy(at, &bits, 4);
    return;
  }
  auto high = uint16_t((bits + 0x7FFF + (bits >> 16 & 1)) >> 16); // to nearest even; problems have finite numbers
  memcpy(at, &high, 2);
}

float CompiledRecurrence::loadNumber(const uint8_t *at) const {
  uint32_t bits = 0;
  if (spec.isNarrow)
    memcpy(reinterpret_cast<uint8_t *>(&bits) + 2, at, 2);
  else
    memcpy(&bits, at, 4);
  return std::bit_cast<float>(bits);
}

void CompiledRecurrence::forNumbers(llvm::function_ref<void(unsigned, int64_t, int64_t)> body) const {
  const int64_t size = spec.isNarrow ? 2 : 4;
  for (unsigned index = 0; index < form->decays.size(); ++index) {
    const int64_t columns = form->isColumn(index) ? 1 : spec.valueDim;
    int64_t i = 0;
    for (int64_t head = 0; head < spec.heads; ++head)
      for (int64_t k = 0; k < spec.keyDim; ++k)
        for (int64_t v = 0; v < columns; v += kStateColumns) { // a block's columns lie side by side
          const int64_t offset = spec.stateOffset(index, head, k, v);
          for (int64_t j = 0; j < std::min(columns - v, kStateColumns); ++j)
            body(index, i++, offset + j * size);
        }
  }
}

void CompiledRecurrence::run(const SingleProblem &problem, ArrayRef<int64_t> calls, SingleSolution &solution,
                             Tasks tasks) const {
  attn::RecurrenceOp op = form->op;
  const unsigned count = op.getBody().getNumArguments(), states = form->decays.size();
  const int64_t row = problem.heads * problem.V;
  auto &[state, scratch, out, scratchBytesOf] = *memory;
  state.renew(spec.stateBytes());
  memset(state.data, 0, spec.stateBytes());
  forNumbers([&](unsigned index, int64_t i, int64_t offset) {
    storeNumber(problem.args[index][i], state.data + offset);
  });
  SmallVector<const float *> pointers;
  SmallVector<int64_t> rowSizes; ///< of inputs
  for (unsigned index = states; index < count; ++index) {
    pointers.push_back(problem.args[index].data());
    rowSizes.push_back(op.hasArgFact(index, "constant")
                           ? 0
                           : int64_t(problem.args[index].size()) / std::max<int64_t>(problem.tokens, 1));
  }
  braid_call block{};
  block.parallel = tasks.backwards ? backwards : forwards;
  block.threads = tasks.threads;
  solution.output.resize(problem.tokens * row);
  int64_t token = 0;
  for (int64_t rows : calls) {
    auto [bytes, isNew] = scratchBytesOf.try_emplace(rows);
    if (isNew)
      bytes->second = spec.scratchBytes(isa, rows);
    scratch.renew(bytes->second);
    out.renew(4 * rows * row);
    call(block, rows, pointers, state.floats(), scratch.data, out.floats());
    std::copy_n(out.floats(), rows * row, solution.output.begin() + token * row);
    token += rows;
    for (auto [pointer, size] : llvm::zip(pointers, rowSizes))
      pointer += rows * size;
  }
  solution.states.resize(states);
  for (unsigned index = 0; index < states; ++index)
    solution.states[index].resize(problem.args[index].size());
  forNumbers([&](unsigned index, int64_t i, int64_t offset) {
    solution.states[index][i] = loadNumber(state.data + offset);
    storeNumber(0, state.data + offset);
  });
  const int64_t size = spec.stateBytes() / spec.stateNumbers();
  paddingIsZero = llvm::all_of(llvm::seq(spec.stateNumbers()),
                               [&](int64_t i) { return loadNumber(state.data + i * size) == 0; });
}

Solution CompiledRecurrence::run(const Problem &problem, ArrayRef<int64_t> calls, Tasks tasks) const {
  SingleSolution solution;
  run(SingleProblem(problem), calls, solution, tasks);
  return solution.widened();
}

} // namespace braid::cpu
