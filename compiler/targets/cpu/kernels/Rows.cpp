// SPDX-License-Identifier: Apache-2.0
/// \file
/// How the units of row kernels are shared out.
#include "compiler/targets/cpu/kernels/Rows.h"

#include "compiler/targets/cpu/kernels/RowUnits.h"

using namespace mlir;
namespace braid::cpu {

static constexpr int64_t kStackBytes = 64 << 10; ///< scratch of a task up to here is on its stack
static constexpr int64_t kTaskCycles = 12000;    ///< worth a task: a fork-join, and rows that change caches, take 4000
static constexpr int64_t kTasksPerThread = 4;
static constexpr int64_t kTasksWithScratch = 16; ///< of a component at most, where scratch is not on the stack

namespace {

/// The components of a program, each with its functions.
struct Part {
  std::unique_ptr<RowProgram> program;
  RowPlan plan;
  LLVM::LLVMFuncOp units, advance; ///< advance: null without states
  int64_t scratchAt = 0;           ///< of the first task's scratch, where that is not on the stack

  explicit Part(RowProgram component) : program(std::make_unique<RowProgram>(std::move(component))), plan(*program) {}
  bool isOnStack() const { return plan.scratchBytes <= kStackBytes; }
  /// Of all tasks.
  int64_t scratchBytes() const { return isOnStack() ? 0 : plan.scratchBytes * kTasksWithScratch; }
};

std::vector<Part> partsOf(const RowProgram &program) {
  std::vector<Part> parts;
  int64_t scratch = 0;
  for (RowProgram &component : program.components()) {
    Part &part = parts.emplace_back(std::move(component));
    part.scratchAt = scratch;
    scratch += part.scratchBytes();
  }
  return parts;
}

class RowsEmitter {
public:
  RowsEmitter(Emit &e, const RowProgram &program) : e(e), program(program), parts(partsOf(program)) {
    for (Part &part : parts) {
      part.units = emitRowUnits(e, part.plan);
      for (int state = 0; state < int(program.states.size()); ++state)
        if (!part.advance && part.program->readsState(state))
          part.advance = emitRowAdvance(e, part.plan);
    }
  }

  LLVM::LLVMFuncOp run() {
    SmallVector<Type> params = {e.ptr(), e.getI64Type(), e.ptr()};
    params.append(rowPointerCount(program), e.ptr());
    return e.function(program.name, params, [&](ValueRange args) {
      share(args);
      Value isMany = e.less(e.i64(1), args[1]);
      for (Part &part : parts)
        if (part.advance)
          e.ifThen(isMany, [&] {
            SmallVector<Value> values = {args[1]};
            llvm::append_range(values, args.drop_front(3));
            e.parallel(part.program->name + ".advances", args[0], e.i64(part.plan.slices), values,
                       [&](ValueRange v, Value slice) { advance(part, v[0], slice, v.drop_front(1)); });
          });
    });
  }

private:
  /// Units, and units a task, of each part; the tasks of all parts have numbers one after the other.
  void share(ValueRange args) {
    Value rows = args[1], one = e.i64(1), tasks = e.i64(0), cycles = e.i64(0);
    SmallVector<Value> values;
    for (Part &part : parts) {
      Value total = e.mul(rows, e.i64(part.plan.slices));
      int64_t least = std::max<int64_t>(1, kTaskCycles / std::max<int64_t>(1, part.plan.sliceCycles));
      Value most = part.isOnStack() ? e.mul(e.field(args[0], Emit::Field::Threads), e.i64(kTasksPerThread))
                                    : e.i64(kTasksWithScratch);
      Value wanted = e.max(one, e.min(e.div(total, e.i64(least)), most));
      Value size = e.max(one, e.div(e.add(total, e.sub(wanted, one)), wanted));
      llvm::append_values(values, total, size, tasks);
      tasks = e.add(tasks, e.div(e.add(total, e.sub(size, one)), size));
      cycles = e.add(cycles, e.mul(total, e.i64(part.plan.sliceCycles)));
    }
    // Little work is done at once.
    Value isLittle = e.less(cycles, e.i64(2 * kTaskCycles));
    llvm::append_values(values, tasks, arith::ExtUIOp::create(e, e.getI64Type(), isLittle), rows);
    llvm::append_range(values, args.drop_front(2));
    e.parallel(program.name + ".task", args[0], e.select(isLittle, one, tasks), values,
               [&](ValueRange v, Value index) { runTask(v, index); });
  }

  void runTask(ValueRange v, Value index) {
    const size_t count = 3 * parts.size();
    Value isLittle = arith::CmpIOp::create(e, arith::CmpIPredicate::ne, v[count + 1], e.i64(0)), one = e.i64(1);
    Value first = e.select(isLittle, e.i64(0), index), end = e.select(isLittle, v[count], e.add(index, one));
    int64_t bytes = 64;
    for (const Part &part : parts)
      bytes = part.isOnStack() ? std::max(bytes, part.plan.scratchBytes) : bytes;
    Value stack = e.stackSlot(bytes);
    e.loop(first, end, one, [&](Value task) {
      for (size_t i = 0; i < parts.size(); ++i) {
        Value own = e.sub(task, v[3 * i + 2]), begin = e.mul(own, v[3 * i + 1]);
        Value isFirst = arith::CmpIOp::create(e, arith::CmpIPredicate::sge, own, e.i64(0));
        Value isOwn = arith::AndIOp::create(e, isFirst, e.less(begin, v[3 * i]));
        e.ifThen(isOwn, [&] {
          Value last = e.min(v[3 * i], e.add(begin, v[3 * i + 1]));
          Value scratch = stack;
          if (!parts[i].isOnStack())
            scratch = e.at(e.at(v[count + 3], parts[i].scratchAt), e.mul(own, e.i64(parts[i].plan.scratchBytes)));
          runUnits(parts[i], begin, last, v[count + 2], scratch, v.drop_front(count + 4));
        });
      }
    });
  }

  void runUnits(const Part &part, Value begin, Value end, Value rows, Value scratch, ValueRange pointers) {
    SmallVector<Value> operands = {begin, end, scratch};
    llvm::append_range(operands, pointers);
    e.call(part.units, operands);
    if (part.advance) // of one row, no other task reads the slice of the state
      e.ifThen(arith::CmpIOp::create(e, arith::CmpIPredicate::eq, rows, e.i64(1)), [&] {
        e.loop(begin, end, e.i64(1), [&](Value slice) { advance(part, rows, slice, pointers); });
      });
  }

  void advance(const Part &part, Value rows, Value slice, ValueRange pointers) {
    SmallVector<Value> operands = {rows, slice};
    llvm::append_range(operands, pointers.take_front(program.inputs.size() + program.states.size()));
    e.call(part.advance, operands);
  }

  Emit &e;
  const RowProgram &program;
  std::vector<Part> parts;
};

} // namespace

int64_t rowScratchBytes(const RowProgram &program) {
  int64_t bytes = 0;
  for (const Part &part : partsOf(program))
    bytes += part.scratchBytes();
  return bytes;
}

LLVM::LLVMFuncOp emitRows(Emit &e, const RowProgram &program) { return RowsEmitter(e, program).run(); }

} // namespace braid::cpu
