// SPDX-License-Identifier: Apache-2.0
/// \file
/// Row programs around a recurrence.
#include "compiler/targets/cpu/kernels/RecurrenceRows.h"

#include "compiler/targets/cpu/kernels/Recurrence.h"
#include "compiler/targets/cpu/kernels/RowUnits.h"

using namespace mlir;
namespace braid::cpu {

static constexpr int64_t kMostScratch = 64 << 10; ///< of a slice, on the stack

/// Whether the program can be cut into slices, each with its taps in whole panels.
static std::string problemOf(const RowProgram &program, int64_t slices) {
  if (program.independentSlices() % slices)
    return "heads depend on each other";
  for (const RowNode &node : program.nodes)
    if (node.op == RowOp::Tap && node.width / slices % kLanes)
      return "taps of a head are no whole panels";
  return RowPlan(program, slices).scratchBytes <= kMostScratch ? "" : "a head is too wide";
}

/// The heads of what a component of `before` computes; nothing where some is of heads and some of groups.
static std::optional<int64_t> headsOf(const RecurrenceRows &rows, const RowProgram &component) {
  std::optional<int64_t> heads;
  for (auto [output, each] : llvm::enumerate(rows.outputHeads)) {
    if (component.outputs[output] < 0)
      continue;
    if (heads && *heads != each)
      return std::nullopt;
    heads = each;
  }
  return heads;
}

std::string RecurrenceRows::problem() const {
  std::string text = after ? problemOf(*after, heads) : "";
  if (!before)
    return text;
  for (const RowProgram &component : before->components()) {
    std::optional<int64_t> slices = headsOf(*this, component);
    if (text.empty())
      text = slices ? problemOf(component, *slices) : "a group and its heads depend on each other";
  }
  return text;
}

/// Whose an output of `before` is.
static RowsOwner ownerOf(const RecurrenceRows &rows, int output) {
  return rows.outputHeads[output] == rows.heads ? RowsOwner::Head : RowsOwner::Group;
}

int64_t frameRowBytes(const RecurrenceRows &rows, RowsOwner owner) {
  int64_t features = owner == RowsOwner::Head && rows.after ? rows.after->inputs[0] / rows.heads : 0;
  for (int output = 0; output < int(rows.outputHeads.size()); ++output)
    if (ownerOf(rows, output) == owner)
      features += rows.outputWidth(output);
  return llvm::alignTo(4 * features, 64);
}

struct HeadRows::Part {
  RowProgram program;
  RowsOwner owner;
  RowPlan plan;
  LLVM::LLVMFuncOp slice, advance; ///< advance: null without states

  Part(Emit &e, RowProgram from, RowsOwner owner, int64_t slices, const RowLocals &locals)
      : program(std::move(from)), owner(owner), plan(program, slices) {
    slice = emitRowSlice(e, plan, locals);
    for (int state = 0; state < int(program.states.size()); ++state)
      if (!advance && program.readsState(state))
        advance = emitRowAdvance(e, plan);
  }
};

HeadRows::HeadRows(Emit &e, const Recurrence &spec) : e(e), rows(*spec.rows) {
  if (rows.after)
    resultWidth = rows.after->inputs[0] / rows.heads;
  int64_t bytes[2] = {0, 4 * resultWidth}; // of a row of a group's and of a head's frame
  for (auto [arg, output] : llvm::enumerate(rows.argOutputs)) {
    size_t first = llvm::find(rows.argOutputs, output) - rows.argOutputs.begin(); // two arguments may be one value
    Argument &place = places.emplace_back(first < arg ? places[first] : Argument{});
    if (output < 0 || first < arg)
      continue;
    int64_t &all = bytes[int(ownerOf(rows, output))];
    place = {ownerOf(rows, output), rows.outputWidth(output), all};
    all += 4 * place.width;
  }
  if (rows.before) {
    RowLocals locals{{}, SmallVector<bool>(rows.before->outputs.size(), true)};
    for (RowProgram &part : rows.before->components()) {
      int64_t slices = *headsOf(rows, part);
      RowsOwner owner = slices == rows.heads ? RowsOwner::Head : RowsOwner::Group;
      parts.push_back(std::make_shared<Part>(e, std::move(part), owner, slices, locals));
      scratchBytes = std::max(scratchBytes, parts.back()->plan.scratchBytes);
    }
  }
  if (rows.after) {
    SmallVector<bool> inputs(rows.after->inputs.size(), false);
    inputs[0] = true;
    last = std::make_shared<Part>(e, *rows.after, RowsOwner::Head, rows.heads, RowLocals{inputs, {}});
    scratchBytes = std::max(scratchBytes, last->plan.scratchBytes);
  }
}

size_t HeadRows::pointerCount(const RecurrenceRows &rows) {
  size_t count = 0;
  if (rows.before)
    count += rowPointerCount(*rows.before) - rows.before->outputs.size();
  if (rows.after)
    count += rowPointerCount(*rows.after) - rows.after->outputs.size() - 1;
  return count;
}

Value HeadRows::place(const Frame &frame, int64_t offset, int64_t width) {
  Value bytes = e.sub(e.mul(frame.rows, e.i64(offset)), e.mul(frame.first, e.i64(4 * width)));
  return e.at(frame.data, bytes);
}

SmallVector<Value> HeadRows::arguments(ValueRange args, const Frame &group, const Frame &head) {
  SmallVector<Value> all(args);
  for (auto [arg, which] : llvm::zip(all, places))
    if (which.width)
      arg = place(which.owner == RowsOwner::Group ? group : head, which.offset, which.width);
  return all;
}

Value HeadRows::result(Value out, const Frame &head) { return last ? place(head, 0, resultWidth) : out; }

Value HeadRows::scratch() { return e.stackSlot(scratchBytes); }

void HeadRows::before(ValueRange pointers, const Unit &unit, Value begin, Value end, Value count, const Frame &frame) {
  if (!frameRowBytes(rows, unit.owner) || !rows.before)
    return;
  SmallVector<Value> operands{begin, end, unit.number, count, unit.following, scratch()};
  llvm::append_range(operands, pointers.take_front(rowPointerCount(*rows.before) - rows.before->outputs.size()));
  for (int output = 0; output < int(rows.outputHeads.size()); ++output) {
    const Argument &which = places[llvm::find(rows.argOutputs, output) - rows.argOutputs.begin()];
    bool isOwn = which.owner == unit.owner; // others belong to other components
    operands.push_back(isOwn ? place(frame, which.offset, which.width) : LLVM::ZeroOp::create(e, e.ptr()).getResult());
  }
  for (const auto &part : parts)
    if (part->owner == unit.owner)
      e.call(part->slice, operands);
}

void HeadRows::after(ValueRange pointers, const Unit &head, Value begin, Value end, Value count, const Frame &frame,
                     Value out) {
  if (!last)
    return;
  SmallVector<Value> operands{begin, end, head.number, count, head.following, scratch(), result(out, frame)};
  llvm::append_range(operands, pointers.take_back(rowPointerCount(*rows.after) - 2));
  operands.push_back(out);
  e.call(last->slice, operands);
}

void HeadRows::advance(ValueRange pointers, RowsOwner owner, Value number, Value count) {
  for (const auto &part : parts)
    if (part->advance && part->owner == owner) {
      SmallVector<Value> operands{count, number};
      llvm::append_range(operands, pointers.take_front(rows.before->inputs.size() + rows.before->states.size()));
      e.call(part->advance, operands);
    }
}

void HeadRows::moveToFront(RowsOwner owner, const Frame &frame, Value from, int64_t tokens) {
  for (const Argument &which : places) {
    if (!which.width || which.owner != owner)
      continue;
    Value to = place({frame.data, frame.rows, e.i64(0)}, which.offset, which.width);
    e.copyFloats(e.at(to, e.mul(from, e.i64(4 * which.width))), to, tokens * which.width);
  }
}

} // namespace braid::cpu
