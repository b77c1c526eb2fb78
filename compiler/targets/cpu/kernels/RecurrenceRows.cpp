// SPDX-License-Identifier: Apache-2.0
/// \file
/// Row programs around a recurrence.
#include "compiler/targets/cpu/kernels/RecurrenceRows.h"

#include "compiler/targets/cpu/kernels/Recurrence.h"
#include "compiler/targets/cpu/kernels/RowUnits.h"

using namespace mlir;
namespace braid::cpu {

static constexpr int64_t kMostScratch = 64 << 10; ///< of a slice, on the stack

/// Whether the program can be cut into heads, each with its taps in whole panels.
static std::string problemOf(const RowProgram &program, int64_t heads) {
  if (program.independentSlices() % heads)
    return "heads depend on each other";
  for (const RowProgram::Weight &weight : program.weights)
    if (weight.taps && weight.count / heads % kLanes)
      return "taps of a head are no whole panels";
  return RowPlan(program, heads).scratchBytes <= kMostScratch ? "" : "a head is too wide";
}

std::string RecurrenceRows::problem(int64_t heads) const {
  std::string text = after ? problemOf(*after, heads) : "";
  if (before && text.empty())
    for (const RowProgram &part : before->components())
      if (text = problemOf(part, heads); !text.empty())
        break;
  return text;
}

static int64_t widthOf(const RecurrenceRows &rows, int output) {
  return rows.before->nodes[rows.before->outputs[output]].width;
}

int64_t frameRowBytes(const RecurrenceRows &rows, int64_t heads) {
  int64_t features = rows.after ? rows.after->inputs[0] : 0;
  for (int output = 0; rows.before && output < int(rows.before->outputs.size()); ++output)
    features += widthOf(rows, output);
  return 4 * (features / heads);
}

struct HeadRows::Part {
  RowProgram program;
  RowPlan plan;
  LLVM::LLVMFuncOp slice, advance; ///< advance: null without states

  Part(Emit &e, RowProgram from, int64_t heads, const RowLocals &locals) : program(std::move(from)), plan(program, heads) {
    slice = emitRowSlice(e, plan, locals);
    for (int state = 0; state < int(program.states.size()); ++state)
      if (!advance && program.readsState(state))
        advance = emitRowAdvance(e, plan);
  }
};

HeadRows::HeadRows(Emit &e, const Recurrence &spec) : e(e), rows(*spec.rows) {
  for (auto [arg, output] : llvm::enumerate(rows.argOutputs)) {
    widths.push_back(output < 0 ? 0 : widthOf(rows, output) / spec.heads);
    size_t first = llvm::find(rows.argOutputs, output) - rows.argOutputs.begin(); // two arguments may be one value
    offsets.push_back(output >= 0 && first < arg ? offsets[first] : rowBytes);
    rowBytes += offsets.back() == rowBytes ? 4 * widths.back() : 0;
  }
  resultOffset = rowBytes;
  if (rows.before) {
    RowLocals locals{{}, SmallVector<bool>(rows.before->outputs.size(), true)};
    for (RowProgram &part : rows.before->components())
      parts.push_back(std::make_shared<Part>(e, std::move(part), spec.heads, locals));
  }
  if (rows.after) {
    SmallVector<bool> inputs(rows.after->inputs.size(), false);
    inputs[0] = true;
    last = std::make_shared<Part>(e, *rows.after, spec.heads, RowLocals{inputs, {}});
    resultWidth = rows.after->inputs[0] / spec.heads;
    rowBytes += 4 * resultWidth;
    assert(rowBytes == frameRowBytes(rows, spec.heads));
    scratchBytes = std::max(scratchBytes, last->plan.scratchBytes);
  }
  for (const auto &part : parts)
    scratchBytes = std::max(scratchBytes, part->plan.scratchBytes);
}

size_t HeadRows::pointerCount(const RecurrenceRows &rows) {
  size_t count = 0;
  if (rows.before)
    count += rowPointerCount(*rows.before) - rows.before->outputs.size();
  if (rows.after)
    count += rowPointerCount(*rows.after) - rows.after->outputs.size() - 1;
  return count;
}

Value HeadRows::place(Value frame, Value count, Value first, int64_t offset, int64_t width) {
  Value bytes = e.sub(e.mul(count, e.i64(offset)), e.mul(first, e.i64(4 * width)));
  return e.at(frame, bytes);
}

SmallVector<Value> HeadRows::arguments(ValueRange args, Value frame, Value count, Value first) {
  SmallVector<Value> all(args);
  for (size_t i = 0; i < all.size(); ++i)
    if (widths[i])
      all[i] = place(frame, count, first, offsets[i], widths[i]);
  return all;
}

Value HeadRows::result(Value out, Value frame, Value count, Value first) {
  return last ? place(frame, count, first, resultOffset, resultWidth) : out;
}

Value HeadRows::scratch() { return e.stackSlot(scratchBytes); }

void HeadRows::before(ValueRange pointers, Value head, Value begin, Value end, ValueRange local) {
  if (parts.empty())
    return;
  SmallVector<Value> operands{begin, end, head, scratch()};
  llvm::append_range(operands, pointers.take_front(rowPointerCount(*rows.before) - rows.before->outputs.size()));
  for (int output = 0; output < int(rows.before->outputs.size()); ++output)
    operands.push_back(local[llvm::find(rows.argOutputs, output) - rows.argOutputs.begin()]);
  for (const auto &part : parts)
    e.call(part->slice, operands);
}

void HeadRows::after(ValueRange pointers, Value head, Value begin, Value end, Value local, Value out) {
  if (!last)
    return;
  SmallVector<Value> operands{begin, end, head, scratch(), local};
  llvm::append_range(operands, pointers.take_back(rowPointerCount(*rows.after) - 2));
  operands.push_back(out);
  e.call(last->slice, operands);
}

void HeadRows::advance(ValueRange pointers, Value head, Value count) {
  for (const auto &part : parts)
    if (part->advance) {
      SmallVector<Value> operands{count, head};
      llvm::append_range(operands, pointers.take_front(rows.before->inputs.size() + rows.before->states.size()));
      e.call(part->advance, operands);
    }
}

void HeadRows::moveToFront(Value frame, Value count, Value from, int64_t tokens) {
  for (size_t i = 0; i < widths.size(); ++i) {
    if (!widths[i])
      continue;
    Value to = place(frame, count, e.i64(0), offsets[i], widths[i]);
    Value source = e.at(to, e.mul(from, e.i64(4 * widths[i])));
    e.copyFloats(source, to, tokens * widths[i]);
  }
}

} // namespace braid::cpu
