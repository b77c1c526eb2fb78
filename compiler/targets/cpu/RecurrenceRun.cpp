// SPDX-License-Identifier: Apache-2.0
/// \file
/// Recurrences compiled and run in this process.
#include "compiler/targets/cpu/RecurrenceRun.h"

#include <bit>
#include <cstring>
#include <sys/mman.h>

using namespace mlir;
using namespace braid::derive;
namespace braid::cpu {

namespace {

/// Memory that starts as NaN and ends at a page that may not be touched.
class Guarded {
public:
  explicit Guarded(size_t bytes) : size(llvm::alignTo(bytes, 4096) + 4096) {
    base = static_cast<uint8_t *>(mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    mprotect(base + size - 4096, 4096, PROT_NONE);
    data = base + size - 4096 - bytes;
    forget();
  }
  ~Guarded() { munmap(base, size); }
  Guarded(const Guarded &) = delete;
  /// All is NaN again.
  void forget() { memset(base, 0xFF, size - 4096); }
  float *floats() { return reinterpret_cast<float *>(data); }
  uint8_t *data;

private:
  uint8_t *base;
  size_t size;
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

Solution CompiledRecurrence::run(const Problem &problem, ArrayRef<int64_t> calls, Tasks tasks) const {
  attn::RecurrenceOp op = form->op;
  const unsigned count = op.getBody().getNumArguments(), states = form->decays.size();
  const int64_t heads = problem.heads, K = problem.K, V = problem.V;
  Guarded state(spec.stateBytes());
  memset(state.data, 0, spec.stateBytes());
  auto forNumbers = [&](llvm::function_ref<void(unsigned, size_t, uint8_t *)> body) {
    for (unsigned index = 0; index < states; ++index) {
      int64_t columns = form->isColumn(index) ? 1 : V;
      for (int64_t i = 0; i < heads * K * columns; ++i)
        body(index, i, state.data + spec.stateOffset(index, i / columns / K, i / columns % K, i % columns));
    }
  };
  forNumbers([&](unsigned index, size_t i, uint8_t *at) { storeNumber(float(problem.args[index][i]), at); });

  std::vector<std::vector<float>> args;
  for (unsigned index = states; index < count; ++index)
    args.emplace_back(problem.args[index].begin(), problem.args[index].end());
  braid_call block{};
  block.parallel = tasks.backwards ? backwards : forwards;
  block.threads = tasks.threads;
  Solution solution;
  int64_t token = 0;
  std::optional<Guarded> scratch, out; // calls of one token are many: new pages for each would take longer than they do
  int64_t rowsBefore = -1;
  for (int64_t rows : calls) {
    if (rows != rowsBefore) {
      scratch.emplace(spec.scratchBytes(isa, rows));
      out.emplace(4 * rows * heads * V);
      rowsBefore = rows;
    } else {
      scratch->forget();
      out->forget();
    }
    std::vector<const float *> pointers;
    for (unsigned index = states; index < count; ++index) {
      bool isConstant = op.hasArgFact(index, "constant");
      pointers.push_back(args[index - states].data() +
                         (isConstant ? 0 : int64_t(args[index - states].size()) / problem.tokens * token));
    }
    call(block, rows, pointers, state.floats(), scratch->data, out->floats());
    solution.output.insert(solution.output.end(), out->floats(), out->floats() + rows * heads * V);
    token += rows;
  }
  for (unsigned index = 0; index < states; ++index)
    solution.states.emplace_back(problem.args[index].size());
  forNumbers([&](unsigned index, size_t i, uint8_t *at) {
    solution.states[index][i] = loadNumber(at);
    storeNumber(0, at);
  });
  const int64_t size = spec.stateBytes() / spec.stateNumbers();
  paddingIsZero = llvm::all_of(llvm::seq(spec.stateNumbers()),
                               [&](int64_t i) { return loadNumber(state.data + i * size) == 0; });
  return solution;
}

} // namespace braid::cpu
