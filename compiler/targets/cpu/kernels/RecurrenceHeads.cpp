// SPDX-License-Identifier: Apache-2.0
/// \file
/// A task's heads, their scratch and their frames.
#include "compiler/targets/cpu/kernels/RecurrenceHeads.h"

using namespace mlir;
namespace braid::cpu {

static constexpr int64_t kStackBytes = 32 << 10; ///< a step's scratch up to here is on the stack

/// Tokens of a call, or of the longest piece with the block after it; a multiple of 16, as frames want it.
static int64_t pieceRows(ArrayRef<RecurrencePlan> plans) {
  int64_t most = 0;
  for (const RecurrencePlan &plan : plans)
    most = std::max(most, plan.slots() * plan.tokens());
  return llvm::alignTo(most, 16);
}

/// Bytes of a row of the frames of all heads, or of all groups.
static int64_t frameBytes(const Recurrence &spec, RowsOwner owner) {
  return spec.rows ? frameRowBytes(*spec.rows, owner) * (owner == RowsOwner::Head ? spec.heads : spec.groups()) : 0;
}
static int64_t frameBytes(const Recurrence &spec) {
  return frameBytes(spec, RowsOwner::Head) + frameBytes(spec, RowsOwner::Group);
}

int64_t RecurrenceHeads::scratchBytes(const Recurrence &spec, ArrayRef<RecurrencePlan> plans, int64_t tokens) {
  int64_t bytes = 0, tasks = 0;
  for (const RecurrencePlan &plan : plans) {
    int64_t slots = std::min(tokens / plan.tokens(), plan.slots());
    bytes = std::max(bytes, plan.taskBytes() + slots * plan.slotBytes());
    tasks = spec.heads * (plan.hasColumns() ? 1 : plan.blocks());
  }
  return frameBytes(spec) * llvm::alignTo(tokens, 16) + tasks * bytes;
}

int64_t RecurrenceHeads::groupBytes() const {
  const RecurrencePlan &plan = plans.front();
  int64_t each = 4 * spec.stateNumbers() / spec.heads + plan.taskBytes() + plan.slots() * plan.slotBytes();
  return spec.headsOfGroup() * each + pieceRows(plans) * (frameBytes(spec) / spec.groups());
}

void RecurrenceHeads::begin(Value tokens, Value partsOfGroup, Value partsOfHead) {
  rows = tokens;
  groupParts = partsOfGroup;
  headParts = partsOfHead;
  ownsGroup = e.less(groupParts, e.i64(2));
  ownsHead = e.less(headParts, e.i64(2));
}

Value RecurrenceHeads::takeTask(Value index, Value memory) {
  Value owner = e.div(index, headParts);
  group = e.div(owner, groupParts);
  firstMember = e.rem(owner, groupParts);
  endMember = e.select(ownsGroup, e.i64(spec.headsOfGroup()), e.add(firstMember, e.i64(1)));
  placeFrames(memory);
  placeScratch(memory, index);
  return e.rem(index, headParts);
}

Value RecurrenceHeads::unitCount() { return e.select(ownsHead, e.i64(spec.groups()), e.i64(spec.heads)); }

void RecurrenceHeads::takeUnit(Value number, Value memory) {
  Value each = e.select(ownsHead, e.i64(1), e.i64(spec.headsOfGroup()));
  group = e.div(number, each);
  member = e.rem(number, each);
  head = headOf(group, member);
  placeFrames(memory);
}

void RecurrenceHeads::forEach(llvm::function_ref<void()> body) {
  auto take = [&](Value index) {
    member = index;
    head = headOf(group, member);
    scratch = e.at(ofHeads, e.mul(e.sub(member, firstMember), headBytes));
    body();
  };
  if (!areGrouped())
    return take(e.i64(0));
  e.loop(firstMember, endMember, e.i64(1), take);
}

Value RecurrenceHeads::headOf(Value group, Value member) {
  if (!areGrouped())
    return group;
  return spec.tiled ? e.add(group, e.mul(member, e.i64(spec.groups())))
                    : e.add(e.mul(group, e.i64(spec.headsOfGroup())), member);
}

HeadRows::Unit RecurrenceHeads::groupUnit() { return {RowsOwner::Group, group, groupAfter()}; }

HeadRows::Unit RecurrenceHeads::headUnit() {
  Value next = e.add(member, e.i64(1)), isInGroup = e.less(next, e.i64(spec.headsOfGroup()));
  Value following = headOf(e.select(isInGroup, group, groupAfter()), e.select(isInGroup, next, e.i64(0)));
  return {RowsOwner::Head, head, following};
}

/// Rows of a frame of all tokens: all that lies in it is aligned, unless it is of one token.
Value RecurrenceHeads::frameRows() {
  return e.select(e.less(rows, e.i64(2)), rows, e.mul(e.ceilDiv(rows, 16), e.i64(16)));
}

void RecurrenceHeads::placeFrames(Value memory) {
  if (!spec.rows)
    return;
  Value all = frameRows(), piece = e.min(all, e.i64(pieceRows(plans)));
  Value ofGroups = e.at(memory, e.mul(all, e.i64(frameBytes(spec, RowsOwner::Head))));
  headFrames = {memory, e.select(ownsHead, piece, all), e.i64(0)};
  groupFrames = {ofGroups, e.select(ownsGroup, piece, all), e.i64(0)};
  for (auto [owner, frame] : {std::pair(RowsOwner::Head, &headFrames), std::pair(RowsOwner::Group, &groupFrames)})
    frame->data = e.at(frame->data, e.mul(e.mul(group, frame->rows), e.i64(frameBytes(spec, owner) / spec.groups())));
}

void RecurrenceHeads::placeScratch(Value memory, Value index) {
  headBytes = e.i64(0);
  int64_t ofStep = 0;
  for (const RecurrencePlan &plan : plans) {
    Value slots = e.min(e.div(rows, e.i64(plan.tokens())), e.i64(plan.slots()));
    headBytes = e.max(headBytes, e.add(e.i64(plan.taskBytes()), e.mul(slots, e.i64(plan.slotBytes()))));
    ofStep = std::max(ofStep, plan.taskBytes() + (plan.tokens() == 1 ? plan.slotBytes() : 0));
  }
  Value number = e.mul(index, e.sub(endMember, firstMember)), frames = e.mul(frameRows(), e.i64(frameBytes(spec)));
  ofHeads = e.at(e.at(memory, frames), e.mul(number, headBytes));
  const int64_t slots = spec.headsOfGroup() * ofStep, bytes = slots + frameBytes(spec) / spec.groups();
  if (bytes > kStackBytes)
    return;
  Value stack = e.stackSlot(bytes), isStep = e.less(rows, e.i64(2));
  ofHeads = e.select(isStep, stack, ofHeads);
  if (!spec.rows)
    return;
  Value framesAt = e.at(stack, slots), ofGroup = e.at(framesAt, frameBytes(spec, RowsOwner::Head) / spec.groups());
  headFrames.data = e.select(arith::AndIOp::create(e, isStep, ownsHead), framesAt, headFrames.data);
  groupFrames.data = e.select(arith::AndIOp::create(e, isStep, ownsGroup), ofGroup, groupFrames.data);
}

HeadRows::Frame RecurrenceHeads::headFrame(Value first) {
  Value bytes = e.mul(headFrames.rows, e.i64(frameRowBytes(*spec.rows, RowsOwner::Head)));
  return {e.at(headFrames.data, e.mul(member, bytes)), headFrames.rows, e.select(ownsHead, first, e.i64(0))};
}

HeadRows::Frame RecurrenceHeads::groupFrame(Value first) {
  return {groupFrames.data, groupFrames.rows, e.select(ownsGroup, first, e.i64(0))};
}

} // namespace braid::cpu
