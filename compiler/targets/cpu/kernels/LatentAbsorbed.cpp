// SPDX-License-Identifier: Apache-2.0
/// \file
/// The absorbed form: queries times W_uk, one key head for all heads, outputs times W_uv.
#include "compiler/targets/cpu/kernels/LatentParts.h"
#include "compiler/targets/cpu/kernels/Tile.h"
#include "compiler/targets/cpu/kernels/TileRows.h"

using namespace mlir;
namespace braid::cpu {

Attention absorbedForm(const LatentAttention &spec) {
  Attention form = spec.variant;
  form.name = spec.name + "_absorbed";
  form.heads = spec.heads;
  form.kvHeads = 1;
  form.headDim = spec.rank + spec.rope;
  form.valueDim = spec.rank;
  return form;
}

AttentionShape absorbedShape(const LatentAttention &spec, const Attention &form, const Isa &isa) {
  AttentionShape shape(form, isa);
  const LatentSchedule &schedule = latentSchedule();
  shape.schedule.blockRows = schedule.absorbedRows;
  shape.schedule.blockKeys = schedule.blockKeys;
  shape.schedule.splitQueries = schedule.splitQueries;
  shape.schedule.splitKeys = schedule.splitKeys;
  shape.schedule.maxSplits = schedule.maxSplits;
  shape.schedule.streamedRows = 0;
  shape.partialBytes = 2 * 4 * kSplitSlots + schedule.maxSplits * shape.outStride;
  // Values are the latents as rows of f32.
  shape.valueCodes = Codes::F32;
  shape.valueStep = shape.outStride;
  shape.valueGranule = kLanes * shape.valueStep;
  return shape;
}

/// Scratch: queries [rows][heads][paddedDim], then weighed latents [rows][heads][paddedRank], then what splits leave.
int64_t absorbedScratch(const LatentAttention &spec, int64_t rows) {
  Attention form = absorbedForm(spec);
  AttentionShape shape = absorbedShape(spec, form, *findIsa("x86-64-v3"));
  int64_t split = std::min(rows, shape.schedule.splitQueries);
  return spec.heads * (rows * (shape.qStride + shape.outStride) + split * shape.partialBytes);
}

namespace {

/// What a task gets, in the order of its argument block.
struct TaskValues {
  Value data, q, mixed, partials, rows, position, splits, splitKeys;
  SmallVector<Value> list() const { return {data, q, mixed, partials, rows, position, splits, splitKeys}; }
  static TaskValues from(ValueRange v) { return {v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7]}; }
};

class Absorbed {
public:
  Absorbed(Emit &e, const Isa &isa, const LatentAttention &spec)
      : e(e), isa(isa), spec(spec), form(absorbedForm(spec)), shape(absorbedShape(spec, form, isa)),
        schedule(shape.schedule) {}
  void emit(ValueRange args);

private:
  void absorbQueries(ValueRange args, Value q);
  void task(const TaskValues &task, Value index);
  void finish(const TaskValues &task, const TileState &state, Value first, Value count, Value split);
  void project(ValueRange args, const TaskValues &values);

  Emit &e;
  const Isa &isa;
  const LatentAttention &spec;
  const Attention form;
  const AttentionShape shape;
  const AttentionSchedule &schedule;
  LLVM::LLVMFuncOp tile, merge, latents;
};

/// Of each head: [W_uk^T q_nope | q_rope], scaled. A task a head: its weights are read once.
void Absorbed::absorbQueries(ValueRange args, Value q) {
  SmallVector<Value> values{args[1], args[2], args[3], args[6], q};
  e.parallel(form.name + "_queries", args[0], e.i64(spec.heads), values, [&](ValueRange v, Value head) {
    Value rows = v[0], nope = e.at(v[1], e.mul(head, e.i64(4 * spec.nope)));
    Value weights = e.at(v[3], e.mul(head, e.i64(4 * spec.nope * spec.rank)));
    Value to = e.at(v[4], e.mul(head, e.i64(shape.qStride)));
    Value toStride = e.i64(spec.heads * shape.qStride), fromStride = e.i64(4 * spec.heads * spec.nope);
    forRowTiles(e, isa, rows, [&](Value row, int count) {
      auto product = [&](Value vector, int width) {
        Value column = e.mul(vector, e.i64(64));
        e.call(emitDenseTile(e, isa, {Codes::F32, count, width}),
               {e.at(nope, e.mul(row, fromStride)), fromStride, e.at(weights, column), e.i64(64), e.i64(4 * spec.rank),
                e.i64(spec.nope), e.at(e.at(to, e.mul(row, toStride)), column), toStride});
      };
      const int64_t vectors = paddedRank(spec) / kLanes;
      const int width = std::min<int64_t>(count == 1 ? 4 : tileVectors(isa), llvm::bit_floor(uint64_t(vectors)));
      Value wide = e.i64(vectors / width * width);
      e.loop(e.i64(0), wide, e.i64(width), [&](Value vector) { product(vector, width); });
      if (vectors % width)
        e.loop(wide, e.i64(vectors), e.i64(1), [&](Value vector) { product(vector, 1); });
    });
    Value factor = e.constant(e.vf32(), form.score ? spec.scale : spec.scale * kLog2E);
    e.loop(e.i64(0), rows, e.i64(1), [&](Value row) {
      Value line = e.at(to, e.mul(row, toStride));
      e.loop(e.i64(0), e.i64(4 * paddedRank(spec)), e.i64(64), [&](Value byte) {
        e.store(e.mul(e.load(e.vf32(), e.at(line, byte), 64), factor), e.at(line, byte), 64);
      });
      Value from = e.at(v[2], e.mul(e.add(e.mul(row, e.i64(spec.heads)), head), e.i64(4 * spec.rope)));
      emitScaledCopy(e, from, e.at(line, 4 * spec.rank), spec.rope, factor);
    });
  });
}

void Absorbed::task(const TaskValues &values, Value index) {
  TileState state(e, shape);
  Value scores = e.stackSlot(4 * tileRows(isa).front() * schedule.blockKeys);
  Value block = e.stackSlot(schedule.blockKeys * shape.valueStep);
  Value tileRowCount = e.mul(values.rows, e.i64(shape.group));
  Value split = e.rem(index, values.splits), end = e.add(values.position, values.rows);
  Value first = e.mul(e.div(index, values.splits), e.i64(schedule.blockRows));
  Value count = e.min(e.i64(schedule.blockRows), e.sub(tileRowCount, first));
  state.start(e, shape, count);
  Value from = e.mul(split, values.splitKeys), to = e.min(end, e.add(from, values.splitKeys));
  Value q = e.at(values.q, e.mul(first, e.i64(shape.qStride)));
  e.loop(from, to, e.i64(schedule.blockKeys), [&](Value key) {
    Value keys = e.min(e.i64(schedule.blockKeys), e.sub(to, key));
    Value granule = e.at(values.data, e.mul(e.div(key, e.i64(kLanes)), e.i64(shape.keyGranule)));
    e.loop(e.i64(0), e.ceilDiv(keys, kLanes), e.i64(1), [&](Value i) {
      e.call(latents, {e.at(granule, e.mul(i, e.i64(shape.keyGranule))), e.at(block, e.mul(i, e.i64(kLanes * shape.valueStep)))});
    });
    forRowTiles(e, isa, count, [&](Value row, int rows) {
      SmallVector<Value> operands{e.at(q, e.mul(row, e.i64(shape.qStride))), e.i64(rows), granule, block, scores};
      llvm::append_range(operands, state.at(e, shape, row));
      operands.append({key, keys, e.i64(0), end, values.position, e.add(first, row), e.i64(0)});
      e.call(tile, operands);
    });
  });
  finish(values, state, first, count, split);
}

/// Writes a task's rows: normalised, or as they are for the merge.
void Absorbed::finish(const TaskValues &values, const TileState &state, Value first, Value count, Value split) {
  Value whole = arith::CmpIOp::create(e, arith::CmpIPredicate::eq, values.splits, e.i64(1));
  e.loop(e.i64(0), count, e.i64(1), [&](Value row) {
    SmallVector<Value> at = state.at(e, shape, row);
    Value sum = e.sumLanes(e.load(e.vf32(), at[1], 64)), tileRow = e.add(first, row);
    Value partial = e.at(values.partials, e.mul(tileRow, e.i64(shape.partialBytes)));
    Value slots = e.at(partial, 8 * kSplitSlots);
    Value to = e.select(whole, e.at(values.mixed, e.mul(tileRow, e.i64(shape.outStride))),
                        e.at(slots, e.mul(split, e.i64(shape.outStride))));
    Value inverse = e.select(e.less(e.f32(0), sum), e.div(e.f32(1), sum), e.f32(0));
    Value factor = e.splat(e.select(whole, inverse, e.f32(1)));
    e.loop(e.i64(0), e.i64(shape.outStride), e.i64(64), [&](Value byte) {
      e.store(e.mul(e.load(e.vf32(), e.at(at[2], byte), 64), factor), e.at(to, byte), 64);
    });
    e.ifThen(whole, [] {}, [&] {
      Value slot = e.at(partial, e.mul(split, e.i64(4)));
      e.store(e.load(e.getF32Type(), at[0], 4), slot, 4);
      e.store(sum, e.at(slot, 4 * kSplitSlots), 4);
    });
  });
}

/// Of each head: merges its rows, then W_uv times the weighed latents.
void Absorbed::project(ValueRange args, const TaskValues &values) {
  const int64_t rowBytes = spec.heads * shape.outStride;
  SmallVector<Value> list{values.mixed, values.partials, values.rows, values.splits, args[7], args[10]};
  e.parallel(form.name + "_project", args[0], e.i64(spec.heads), list, [&](ValueRange v, Value head) {
    Value mixed = e.at(v[0], e.mul(head, e.i64(shape.outStride))), rows = v[2];
    e.ifThen(e.less(e.i64(1), v[3]), [&] {
      e.loop(e.i64(0), rows, e.i64(1), [&](Value row) {
        Value tileRow = e.add(e.mul(row, e.i64(spec.heads)), head);
        e.call(merge, {e.at(v[1], e.mul(tileRow, e.i64(shape.partialBytes))), v[3],
                       e.at(mixed, e.mul(row, e.i64(rowBytes)))});
      });
    });
    emitValues(e, isa, spec, v[4], head, mixed, rowBytes, rows, spec.value, [&](Value row) {
      return e.at(v[5], e.mul(e.add(e.mul(row, e.i64(spec.heads)), head), e.i64(4 * spec.value)));
    });
  });
}

void Absorbed::emit(ValueRange args) {
  tile = emitAttentionTile(e, isa, form, shape);
  Attention padded = form; // so that no number of a merged row is left unwritten
  padded.valueDim = paddedRank(spec);
  merge = emitAttentionMerge(e, padded, shape);
  latents = emitLatentRows(e, spec);
  TaskValues values;
  Value rows = args[1], scratch = args[9], tileRows = e.mul(rows, e.i64(spec.heads));
  values.data = e.load(e.ptr(), args[8], 8);
  values.q = scratch;
  values.mixed = e.at(scratch, e.mul(tileRows, e.i64(shape.qStride)));
  values.partials = e.at(values.mixed, e.mul(tileRows, e.i64(shape.outStride)));
  values.rows = rows;
  values.position = e.field(args[0], Emit::Field::Position);
  absorbQueries(args, values.q);
  // Splits follow from the position alone.
  Value keys = e.add(values.position, rows);
  Value share = e.mul(e.ceilDiv(e.ceilDiv(keys, schedule.maxSplits), schedule.blockKeys), e.i64(schedule.blockKeys));
  Value maySplit = e.less(rows, e.i64(schedule.splitQueries + 1));
  values.splitKeys = e.select(maySplit, e.max(e.i64(schedule.splitKeys), share), keys);
  values.splits = e.div(e.add(keys, e.sub(values.splitKeys, e.i64(1))), values.splitKeys);
  Value blocks = e.ceilDiv(tileRows, schedule.blockRows);
  e.parallel(form.name + "_task", args[0], e.mul(values.splits, blocks), values.list(),
             [&](ValueRange in, Value index) { task(TaskValues::from(in), index); });
  project(args, values);
}

} // namespace

void emitAbsorbed(Emit &e, const Isa &isa, const LatentAttention &spec, ValueRange args) {
  Absorbed(e, isa, spec).emit(args);
}

} // namespace braid::cpu
