// SPDX-License-Identifier: Apache-2.0
/// \file
/// The attention kernel as a whole: prologue, tasks over (key head, block of tile rows, split of the keys), merge.
#include "compiler/targets/cpu/kernels/Attention.h"

#include "compiler/targets/cpu/Schedule.h"
#include "compiler/targets/cpu/kernels/AttentionParts.h"
#include "compiler/targets/cpu/kernels/CacheElement.h"
#include "compiler/targets/cpu/kernels/Tile.h"

using namespace mlir;
namespace braid::cpu {

static int64_t paddedDim(const Attention &spec) { return llvm::alignTo(spec.headDim, kLanes); }

int64_t Attention::rowBytes() const { return cacheRowBytes(cache, headDim); }

int64_t attentionQueryBytes(const Attention &spec, int64_t rows) { return rows * spec.heads * paddedDim(spec) * 4; }

AttentionShape::AttentionShape(const Attention &spec, const Isa &isa)
    : schedule(attentionScheduleFor(isa, cacheElementBytes(spec.cache))), group(spec.heads / spec.kvHeads),
      paddedDim(cpu::paddedDim(spec)), vectors(paddedDim / kLanes), valueVectors(llvm::divideCeil(spec.valueDim, kLanes)),
      elementBytes(cacheElementBytes(spec.cache)),
      dots(spec.rounds && spec.cache == Codes::BF16 && hasBf16Dot(isa)),
      productBytes(dots ? 2 * elementBytes : elementBytes), rowBytes(spec.rowBytes()), qStride(4 * paddedDim),
      outStride(64 * valueVectors), partialBytes(2 * 4 * kSplitSlots + schedule.maxSplits * outStride),
      keyCodes(spec.cache), valueCodes(spec.cache), keyGranule(kLanes * rowBytes), keyStep(kLanes * elementBytes),
      valueStep(paddedDim * elementBytes),
      scaleBytes(cacheScaleBytes(spec.cache, spec.headDim)),
      valueGranule(kLanes * rowBytes) {
  assert(spec.heads % spec.kvHeads == 0 && schedule.maxSplits <= kSplitSlots);
}

int64_t Attention::scratchBytes(int64_t rows) const {
  int64_t bytes = 0;
  for (StringRef name : {"x86-64-v3", "x86-64-v4"}) {
    AttentionShape shape(*this, *findIsa(name));
    bytes = std::max(bytes, std::min(rows, shape.schedule.splitQueries) * heads * shape.partialBytes);
  }
  return attentionQueryBytes(*this, rows) + bytes;
}

Value emitGranuleOffset(Emit &e, const AttentionShape &shape, Value position, Value cacheRows) {
  Value granule = e.rem(e.div(position, e.i64(kLanes)), e.div(cacheRows, e.i64(kLanes)));
  return e.mul(granule, e.i64(kLanes * shape.rowBytes));
}

void emitStoreHead(Emit &e, int64_t headDim, ValueRange vectors, Value out) {
  for (auto [j, vector] : llvm::enumerate(vectors)) {
    int64_t lanes = std::min(kLanes, headDim - int64_t(j) * kLanes);
    Value address = e.at(out, int64_t(64 * j));
    if (lanes == kLanes)
      e.store(vector, address, 4);
    else
      e.storeMasked(vector, address, e.tailMask(e.i64(lanes)));
  }
}

namespace {

/// What a task gets. The order is that of its argument block.
struct TaskValues {
  Value data, cacheRows, q, partials, out, rows, position, splits, splitKeys;
  SmallVector<Value> list() const {
    return {data, cacheRows, q, partials, out, rows, position, splits, splitKeys};
  }
  static TaskValues from(ValueRange v) { return {v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8]}; }
};

class Kernel {
public:
  Kernel(Emit &e, const Isa &isa, const Attention &spec)
      : e(e), isa(isa), spec(spec), shape(spec, isa), schedule(shape.schedule) {}

  LLVM::LLVMFuncOp emit();

private:
  /// The keys that a call may look at: from the start of the oldest granule to behind the last appended position.
  struct KeyRange {
    Value oldest, start, end;
  };
  KeyRange keyRange(const TaskValues &task) {
    Value end = e.add(task.position, task.rows);
    Value oldest = e.max(e.i64(0), e.sub(end, task.cacheRows));
    if (spec.window > 0)
      oldest = e.max(oldest, e.sub(task.position, e.i64(spec.window)));
    return {oldest, e.sub(oldest, e.rem(oldest, e.i64(kLanes))), end};
  }

  void task(const TaskValues &task, Value index);
  void walkKeys(const TaskValues &task, const KeyRange &range, Value from, Value to, Value planes, Value q, Value first,
                Value count, Value kvHead);
  void finish(const TaskValues &task, Value first, Value count, Value kvHead, Value split);
  Value outRow(const TaskValues &task, Value tileRow, Value kvHead) {
    Value query = e.div(tileRow, e.i64(shape.group));
    Value head = e.add(e.mul(kvHead, e.i64(shape.group)), e.rem(tileRow, e.i64(shape.group)));
    Value row = e.add(e.mul(query, e.i64(spec.heads)), head);
    return e.at(task.out, e.mul(row, e.i64(4 * spec.headDim)));
  }
  Value partial(const TaskValues &task, Value tileRow, Value kvHead) {
    Value row = e.add(e.mul(kvHead, e.mul(task.rows, e.i64(shape.group))), tileRow);
    return e.at(task.partials, e.mul(row, e.i64(shape.partialBytes)));
  }

  Emit &e;
  const Isa &isa;
  const Attention &spec;
  const AttentionShape shape;
  const AttentionSchedule &schedule;
  LLVM::LLVMFuncOp tile, merge;
  Value scores, maxima, sums, outputs; ///< of the task: stack
};

/// Passes the tile rows over the keys [from, to), block by block; no block crosses the end of the ring.
void Kernel::walkKeys(const TaskValues &task, const KeyRange &range, Value from, Value to, Value planes, Value q,
                      Value first, Value count, Value kvHead) {
  Value keyPlane = e.at(planes, e.mul(kvHead, e.mul(task.cacheRows, e.i64(shape.rowBytes))));
  Value toValues = e.mul(e.i64(spec.kvHeads), e.mul(task.cacheRows, e.i64(shape.rowBytes)));
  Value granules = e.div(task.cacheRows, e.i64(kLanes));
  Value startGranule = e.rem(e.div(range.start, e.i64(kLanes)), granules);
  Value wrap = e.add(range.start, e.mul(e.sub(granules, startGranule), e.i64(kLanes)));
  e.loop(e.i64(0), e.i64(2), e.i64(1), [&](Value segment) {
    Value isFirst = arith::CmpIOp::create(e, arith::CmpIPredicate::eq, segment, e.i64(0));
    Value segmentFrom = e.select(isFirst, from, e.max(from, wrap));
    Value segmentTo = e.select(isFirst, e.min(to, wrap), to);
    e.loop(segmentFrom, segmentTo, e.i64(schedule.blockKeys), [&](Value key) {
      Value keys = e.min(e.i64(schedule.blockKeys), e.sub(segmentTo, key));
      Value keyBlock = e.at(keyPlane, emitGranuleOffset(e, shape, key, task.cacheRows));
      Value valueBlock = e.at(keyBlock, toValues);
      forRowTiles(e, isa, count, [&](Value row, int rows) {
        e.call(tile, {e.at(q, e.mul(row, e.i64(shape.qStride))), e.i64(rows), keyBlock, valueBlock, scores,
                      e.at(maxima, e.mul(row, e.i64(4))), e.at(sums, e.mul(row, e.i64(64))),
                      e.at(outputs, e.mul(row, e.i64(shape.qStride))), key, keys, range.oldest, range.end,
                      task.position, e.add(first, row), kvHead});
      });
    });
  });
}

/// Writes a task's rows: normalised to `out`, or as they are for the merge.
void Kernel::finish(const TaskValues &task, Value first, Value count, Value kvHead, Value split) {
  Value whole = arith::CmpIOp::create(e, arith::CmpIPredicate::eq, task.splits, e.i64(1));
  e.loop(e.i64(0), count, e.i64(1), [&](Value row) {
    Value sum = e.sumLanes(e.load(e.vf32(), e.at(sums, e.mul(row, e.i64(64))), 64));
    Value from = e.at(outputs, e.mul(row, e.i64(shape.qStride)));
    Value tileRow = e.add(first, row);
    SmallVector<Value> vectors;
    for (int64_t j = 0; j < shape.vectors; ++j)
      vectors.push_back(e.load(e.vf32(), e.at(from, 64 * j), 64));
    e.ifThen(
        whole,
        [&] {
          Value visible = e.less(e.f32(0), sum);
          Value inverse = e.splat(e.select(visible, e.div(e.f32(1), sum), e.f32(0)));
          SmallVector<Value> scaled;
          for (Value v : vectors)
            scaled.push_back(e.mul(v, inverse));
          emitStoreHead(e, spec.headDim, scaled, outRow(task, tileRow, kvHead));
        },
        [&] {
          Value to = partial(task, tileRow, kvHead);
          Value slot = e.mul(split, e.i64(4));
          e.store(e.load(e.getF32Type(), e.at(maxima, e.mul(row, e.i64(4))), 4), e.at(to, slot), 4);
          e.store(sum, e.at(e.at(to, 4 * kSplitSlots), slot), 4);
          Value target = e.at(e.at(to, 8 * kSplitSlots), e.mul(split, e.i64(shape.qStride)));
          for (auto [j, v] : llvm::enumerate(vectors))
            e.store(v, e.at(target, int64_t(64 * j)), 64);
        });
  });
}

void Kernel::task(const TaskValues &values, Value index) {
  scores = e.stackSlot(4 * tileRows(isa).front() * schedule.blockKeys);
  maxima = e.stackSlot(4 * schedule.blockRows + 64);
  sums = e.stackSlot(64 * schedule.blockRows);
  outputs = e.stackSlot(shape.qStride * schedule.blockRows);

  // Late rows come first: with a causal mask they see most keys. Splits are innermost: they are neighbours in memory.
  Value tileRowCount = e.mul(values.rows, e.i64(shape.group));
  Value blocks = e.ceilDiv(tileRowCount, schedule.blockRows);
  Value split = e.rem(index, values.splits);
  Value rest = e.div(index, values.splits);
  Value kvHead = e.rem(rest, e.i64(spec.kvHeads));
  Value block = e.sub(e.sub(blocks, e.i64(1)), e.div(rest, e.i64(spec.kvHeads)));
  Value first = e.mul(block, e.i64(schedule.blockRows));
  Value count = e.min(e.i64(schedule.blockRows), e.sub(tileRowCount, first));

  e.loop(e.i64(0), count, e.i64(1), [&](Value row) {
    e.store(e.f32(-3.402823466e38), e.at(maxima, e.mul(row, e.i64(4))), 4);
    e.store(e.constant(e.vf32(), 0.0), e.at(sums, e.mul(row, e.i64(64))), 64);
    Value out = e.at(outputs, e.mul(row, e.i64(shape.qStride)));
    for (int64_t j = 0; j < shape.vectors; ++j)
      e.store(e.constant(e.vf32(), 0.0), e.at(out, 64 * j), 64);
  });

  KeyRange range = keyRange(values);
  Value from = e.add(range.start, e.mul(split, values.splitKeys));
  Value to = e.min(range.end, e.add(from, values.splitKeys));
  Value q = e.at(values.q, e.mul(e.add(e.mul(kvHead, tileRowCount), first), e.i64(shape.qStride)));
  walkKeys(values, range, from, to, values.data, q, first, count, kvHead);
  finish(values, first, count, kvHead, split);
}

LLVM::LLVMFuncOp Kernel::emit() {
  tile = emitAttentionTile(e, isa, spec, shape);
  merge = emitAttentionMerge(e, spec, shape);
  Type p = e.ptr(), i64 = e.getI64Type();
  return e.function(spec.name, {p, i64, p, p, p, p, p, p, p, p, p}, [&](ValueRange args) {
    Value call = args[0], rows = args[1], state = args[8], scratch = args[9];
    emitAttentionPrologue(e, spec, shape, call, args);

    TaskValues values;
    values.data = e.load(p, state, 8);
    values.cacheRows = e.load(i64, e.at(state, 8), 8);
    values.q = scratch;
    values.partials = e.at(scratch, e.mul(rows, e.i64(attentionQueryBytes(spec, 1))));
    values.out = args[10];
    values.rows = rows;
    values.position = e.field(call, Emit::Field::Position);

    // Splits follow from the position alone.
    KeyRange range = keyRange(values);
    Value keys = e.sub(range.end, range.start);
    Value share = e.max(e.ceilDiv(keys, schedule.maxSplits),
                        e.ceilDiv(e.mul(keys, e.i64(spec.kvHeads)), schedule.splitTasks));
    share = e.mul(e.ceilDiv(share, schedule.blockKeys), e.i64(schedule.blockKeys));
    Value splitKeys = e.max(e.i64(schedule.splitKeys), share);
    Value maySplit = e.less(rows, e.i64(schedule.splitQueries + 1));
    values.splitKeys = e.select(maySplit, splitKeys, keys);
    values.splits = e.div(e.add(keys, e.sub(values.splitKeys, e.i64(1))), values.splitKeys);
    Value blocks = e.ceilDiv(e.mul(rows, e.i64(shape.group)), schedule.blockRows);
    Value tasks = e.mul(e.mul(values.splits, blocks), e.i64(spec.kvHeads));
    e.parallel(spec.name + "_task", call, tasks, values.list(),
               [&](ValueRange in, Value index) { task(TaskValues::from(in), index); });

    e.ifThen(e.less(e.i64(1), values.splits), [&] {
      e.parallel(spec.name + "_merges", call, e.i64(spec.kvHeads), values.list(), [&](ValueRange in, Value kvHead) {
        TaskValues task = TaskValues::from(in);
        e.loop(e.i64(0), e.mul(task.rows, e.i64(shape.group)), e.i64(1), [&](Value row) {
          e.call(merge, {partial(task, row, kvHead), task.splits, outRow(task, row, kvHead)});
        });
      });
    });
  });
}

} // namespace

LLVM::LLVMFuncOp emitAttention(Emit &e, const Isa &isa, const Attention &spec) { return Kernel(e, isa, spec).emit(); }

} // namespace braid::cpu
