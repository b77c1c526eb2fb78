// SPDX-License-Identifier: Apache-2.0
/// \file
/// The loops of row kernels.
#include "compiler/targets/cpu/kernels/RowUnits.h"

#include "compiler/targets/cpu/kernels/RowCode.h"

using namespace mlir;
namespace braid::cpu {

static constexpr int64_t kUnrollCycles = 12; ///< the sums of bodies up to here are taken in four chains
static constexpr int64_t kRowsAhead = 6;     ///< of a slice, which are asked for early

namespace {

class UnitEmitter {
public:
  UnitEmitter(Emit &e, const RowPlan &plan, ValueRange pointers, const RowLocals &locals = {})
      : e(e), plan(plan), pointers(pointers), locals(locals) {}

  /// One slice of one row.
  void run(Value row, Value slice) {
    locate(row, slice);
    for (const RowLoop &loop : plan.loops)
      emitLoop(loop);
  }

  /// Asks for a slice of what is read of a row: slices of rows lie too far apart to be foreseen.
  void prefetchRow(Value row, Value slice) {
    for (auto [index, width] : llvm::enumerate(plan.program.inputs)) {
      if ((locals.inputs.empty() || !locals.inputs[index]) && isUsed({RowOp::Input, RowOp::Earlier}, index))
        prefetch(part(pointers[1 + index], row, slice, width), 4 * (width / plan.slices));
    }
  }

  /// Asks for what a slice has by itself, whatever the row: its rows before the call, its weights.
  void prefetchSlice(Value slice) {
    const RowProgram &program = plan.program;
    ValueRange states = pointers.drop_front(1 + program.inputs.size()), weights = states.drop_front(program.states.size());
    for (auto [number, state] : llvm::enumerate(program.states))
      for (int64_t row = 0; program.readsState(number) && row < state.rows; ++row)
        prefetch(part(states[number], e.i64(row), slice, program.inputs[state.input]),
                 4 * (program.inputs[state.input] / plan.slices));
    for (size_t index = 0; index < program.weights.size(); ++index)
      if (!isShared(index) && isUsed({RowOp::Weight, RowOp::Tap}, index))
        prefetch(weightOf(weights[index], slice, index), weightBytes(index));
  }

private:
  void prefetch(Value from, int64_t bytes) {
    for (int64_t line = 0; line < bytes; line += 64)
      e.prefetch(e.at(from, line), /*locality=*/2);
  }

  /// Whether the program has such a node of input or weight `index`.
  bool isUsed(ArrayRef<RowOp> ops, int index) const {
    return llvm::any_of(plan.program.nodes, [&](const RowNode &node) {
      return node.index == index && llvm::is_contained(ops, node.op);
    });
  }

  /// Whether all slices read the same of a weight.
  bool isShared(size_t weight) const {
    return plan.program.isTiled(weight) || plan.program.weights[weight].count == 1 || plan.slices == 1;
  }
  int64_t weightBytes(size_t weight) const {
    const RowProgram::Weight &which = plan.program.weights[weight];
    return 4 * std::max<int64_t>(1, which.taps) * (which.count / plan.slices);
  }
  Value weightOf(Value base, Value slice, size_t weight) { return e.at(base, e.mul(slice, e.i64(weightBytes(weight)))); }

  Value part(Value base, Value row, Value slice, int64_t width) {
    Value element = e.mul(row, e.i64(width));
    if (plan.slices > 1)
      element = e.add(element, e.mul(slice, e.i64(width / plan.slices)));
    return e.at(base, e.mul(element, e.i64(4)));
  }

  /// The row of what holds one slice alone.
  Value ofSlice(Value base, Value row, int64_t width) { return e.at(base, e.mul(row, e.i64(4 * (width / plan.slices)))); }

  void locate(Value row, Value slice) {
    const RowProgram &program = plan.program;
    memory.scratch = pointers[0];
    size_t next = 1;
    for (auto [index, width] : llvm::enumerate(program.inputs)) {
      Value base = pointers[next++];
      bool isLocal = !locals.inputs.empty() && locals.inputs[index];
      memory.inputs.push_back(isLocal ? ofSlice(base, row, width) : part(base, row, slice, width));
      memory.tables.push_back(e.at(base, e.mul(row, e.i64(4 * width))));
    }
    for (int number = 0; number < int(program.states.size()); ++number)
      locateStream(number, pointers[next++], row, slice);
    for (size_t index = 0; index < program.weights.size(); ++index) {
      Value base = pointers[next++];
      memory.weights.push_back(isShared(index) ? base : weightOf(base, slice, index));
    }
    for (auto [index, output] : llvm::enumerate(program.outputs)) {
      Value base = pointers[next++];
      bool isLocal = !locals.outputs.empty() && locals.outputs[index];
      int64_t width = output < 0 ? 0 : program.nodes[output].width;
      memory.outputs.push_back(isLocal ? ofSlice(base, row, width) : part(base, row, slice, width));
    }
  }

  /// Where the rows before lie that the program reads: in the input, or in the state.
  void locateStream(int number, Value base, Value row, Value slice) {
    const RowProgram::State &state = plan.program.states[number];
    const int64_t width = plan.program.inputs[state.input];
    for (const RowNode &node : plan.program.nodes)
      if (node.op == RowOp::Earlier && node.state == number) {
        Value before = e.sub(row, e.i64(node.number)), isBefore = e.less(before, e.i64(0));
        Value inState = part(base, e.add(before, e.i64(state.rows)), slice, width);
        Value inCall = part(pointers[1 + state.input], before, slice, width);
        memory.earlier[{number, node.number}] = e.select(isBefore, inState, inCall);
      }
  }

  void emitLoop(const RowLoop &loop) {
    if (loop.heads == 1)
      return emitHead(loop, e.i64(0));
    e.loop(e.i64(0), e.i64(loop.heads), e.i64(1), [&](Value head) { emitHead(loop, head); });
  }

  /// Stores what the loop stores at one position, and gives the terms of its sums.
  SmallVector<Value> emitBody(const RowLoop &loop, Value head, Value inHead, int64_t missing) {
    RowPosition at{head, inHead, inHead, {}};
    if (loop.heads > 1)
      at.feature = e.add(e.mul(head, e.i64(loop.width / loop.heads)), inHead);
    if (missing)
      at.mask = e.tailMask(e.i64(kLanes - missing));
    RowCode code(e, plan, loop, memory, at);
    for (RowId id : loop.stores)
      code.store(id);
    SmallVector<Value> terms;
    for (RowId reduction : loop.reductions) {
      Value term = code.get(plan.program.nodes[reduction].operands[0]);
      terms.push_back(missing ? e.select(at.mask, term, e.constant(e.vf32(), 0.0)) : term);
    }
    return terms;
  }

  void emitHead(const RowLoop &loop, Value head) {
    const int64_t width = loop.width / loop.heads, lanes = loop.isScalar ? 1 : kLanes;
    const int64_t sums = loop.reductions.size();
    const int64_t chains = sums && width >= 4 * kLanes && loop.cycles <= kUnrollCycles ? 4 : 1;
    const int64_t full = width / (lanes * chains) * lanes * chains;
    auto accumulate = [&](SmallVectorImpl<Value> &all, ArrayRef<Value> terms, int64_t chain) {
      for (int64_t i = 0; i < sums; ++i)
        all[chain * sums + i] = e.add(all[chain * sums + i], terms[i]);
    };
    SmallVector<Value> all(chains * sums, Value());
    if (sums)
      all.assign(chains * sums, e.constant(e.vf32(), 0.0));
    if (full == lanes * chains) { // once: no loop
      for (int64_t chain = 0; chain < chains; ++chain)
        accumulate(all, emitBody(loop, head, e.i64(chain * lanes), 0), chain);
    } else if (full) {
      all = e.loop(e.i64(0), e.i64(full), e.i64(lanes * chains), all, [&](Value index, ValueRange carried) {
        SmallVector<Value> next(carried);
        for (int64_t chain = 0; chain < chains; ++chain)
          accumulate(next, emitBody(loop, head, chain ? e.add(index, e.i64(chain * lanes)) : index, 0), chain);
        return next;
      });
    }
    for (int64_t index = full; index < width; index += lanes)
      accumulate(all, emitBody(loop, head, e.i64(index), std::max<int64_t>(0, index + lanes - width)),
                 (index - full) / lanes % chains);
    for (int64_t i = 0; i < sums; ++i) {
      Value sum = all[i];
      if (chains == 4)
        sum = e.add(e.add(sum, all[sums + i]), e.add(all[2 * sums + i], all[3 * sums + i]));
      storeSum(loop.reductions[i], head, e.sumLanes(sum));
    }
  }

  void storeSum(RowId id, Value head, Value sum) {
    const RowPlan::Place &place = plan.places[id];
    auto write = [&](Value base) { e.store(sum, e.at(base, e.mul(head, e.i64(4))), 4); };
    if (place.output < 0)
      write(e.at(memory.scratch, place.offset));
    for (auto [i, output] : llvm::enumerate(plan.program.outputs))
      if (output == id)
        write(memory.outputs[i]);
  }

  Emit &e;
  const RowPlan &plan;
  ValueRange pointers;
  RowLocals locals;
  RowMemory memory;
};

} // namespace

size_t rowPointerCount(const RowProgram &program) {
  return program.inputs.size() + program.states.size() + program.weights.size() + program.outputs.size();
}

LLVM::LLVMFuncOp emitRowUnits(Emit &e, const RowPlan &plan) {
  SmallVector<Type> params(2, e.getI64Type());
  params.append(1 + rowPointerCount(plan.program), e.ptr());
  return e.function(plan.program.name + ".units", params, [&](ValueRange args) {
    e.loop(args[0], args[1], e.i64(1), [&](Value unit) {
      Value row = unit, slice = e.i64(0);
      if (plan.slices > 1) {
        row = e.div(unit, e.i64(plan.slices));
        slice = e.rem(unit, e.i64(plan.slices));
      }
      UnitEmitter(e, plan, args.drop_front(2)).run(row, slice);
    });
  });
}

LLVM::LLVMFuncOp emitRowSlice(Emit &e, const RowPlan &plan, const RowLocals &locals) {
  SmallVector<Type> params(5, e.getI64Type());
  params.append(1 + rowPointerCount(plan.program), e.ptr());
  return e.function(plan.program.name + ".slice", params, [&](ValueRange args) {
    Value slice = args[2], following = args[4], last = e.sub(args[3], e.i64(1));
    e.loop(args[0], args[1], e.i64(1), [&](Value row) {
      UnitEmitter emitter(e, plan, args.drop_front(5), locals);
      emitter.run(row, slice);
      Value ahead = e.add(row, e.i64(kRowsAhead)), isOver = e.less(last, ahead);
      emitter.prefetchRow(e.min(e.select(isOver, e.sub(ahead, args[3]), ahead), last), e.select(isOver, following, slice));
      e.ifThen(e.less(row, last), [] {}, [&] { emitter.prefetchSlice(following); });
    });
  });
}

LLVM::LLVMFuncOp emitRowAdvance(Emit &e, const RowPlan &plan) {
  const RowProgram &program = plan.program;
  SmallVector<Type> params(2, e.getI64Type());
  params.append(program.inputs.size() + program.states.size(), e.ptr());
  return e.function(program.name + ".advance", params, [&](ValueRange args) {
    Value rows = args[0];
    for (auto [number, state] : llvm::enumerate(program.states)) {
      if (!program.readsState(number))
        continue;
      const int64_t width = program.inputs[state.input], count = width / plan.slices;
      Value tokens = args[2 + state.input], tail = args[2 + program.inputs.size() + number];
      Value first = e.mul(args[1], e.i64(count));
      auto rowOf = [&](Value base, Value row) {
        return e.at(base, e.mul(e.add(e.mul(row, e.i64(width)), first), e.i64(4)));
      };
      e.loop(e.i64(0), e.i64(state.rows), e.i64(1), [&](Value row) {
        Value source = e.add(row, rows), held = e.i64(state.rows);
        Value from = e.select(e.less(source, held), rowOf(tail, source), rowOf(tokens, e.sub(source, held)));
        e.copyFloats(from, rowOf(tail, row), count);
      });
    }
  });
}

} // namespace braid::cpu
