// SPDX-License-Identifier: Apache-2.0
/// \file
/// The expanded form: each head makes its keys and values of a block of latents, then attends to them.
#include "compiler/targets/cpu/kernels/CacheElement.h"
#include "compiler/targets/cpu/kernels/LatentParts.h"
#include "compiler/targets/cpu/kernels/QuantTile.h"
#include "compiler/targets/cpu/kernels/Tile.h"
#include "compiler/targets/cpu/kernels/TileRows.h"
#include "dialects/braid/Braid.h"

using namespace mlir;
namespace braid::cpu {

Attention expandedForm(const LatentAttention &spec) {
  Attention form = spec.variant;
  form.name = spec.name + "_expanded";
  form.heads = form.kvHeads = spec.heads;
  form.headDim = spec.nope + spec.rope;
  form.valueDim = spec.value;
  return form;
}

AttentionShape expandedShape(const LatentAttention &spec, const Attention &form, const Isa &isa) {
  AttentionShape shape(form, isa);
  const LatentSchedule &schedule = latentSchedule();
  shape.schedule.blockRows = schedule.expandedRows;
  shape.schedule.blockKeys = schedule.blockKeys;
  shape.schedule.streamedRows = 0;
  // Keys of a block lie as [dims][block], values as rows, both f32.
  shape.keyCodes = shape.valueCodes = Codes::F32;
  shape.keyGranule = 64;
  shape.keyStep = 4 * schedule.blockKeys;
  shape.valueStep = shape.outStride;
  shape.valueGranule = kLanes * shape.valueStep;
  return shape;
}

/// Scratch: queries [heads][rows][paddedDim].
int64_t expandedScratch(const LatentAttention &spec, int64_t rows) {
  Attention form = expandedForm(spec);
  return spec.heads * rows * expandedShape(spec, form, *findIsa("x86-64-v3")).qStride;
}

namespace {

struct TaskValues {
  Value data, q, keyWeight, valueWeight, out, rows, position;
  SmallVector<Value> list() const { return {data, q, keyWeight, valueWeight, out, rows, position}; }
  static TaskValues from(ValueRange v) { return {v[0], v[1], v[2], v[3], v[4], v[5], v[6]}; }
};

class Expanded {
public:
  Expanded(Emit &e, const Isa &isa, const LatentAttention &spec)
      : e(e), isa(isa), spec(spec), form(expandedForm(spec)), shape(expandedShape(spec, form, isa)),
        granuleBytes(kLanes * spec.rowBytes()), blockKeys(shape.schedule.blockKeys) {}
  void emit(ValueRange args);

private:
  void gatherQueries(ValueRange args, Value q);
  void task(const TaskValues &task, Value index);
  void expandKeys(const TaskValues &task, Value head, Value granules, Value from, Value to);
  void expandValues(const TaskValues &task, Value head, Value keys, Value granules, Value from, Value rows, Value to);

  Emit &e;
  const Isa &isa;
  const LatentAttention &spec;
  const Attention form;
  const AttentionShape shape;
  const int64_t granuleBytes, blockKeys;
  LLVM::LLVMFuncOp tile, latents;
};

/// [q_nope | q_rope] of each head and token, scaled.
void Expanded::gatherQueries(ValueRange args, Value q) {
  SmallVector<Value> values{args[1], args[2], args[3], q};
  e.parallel(form.name + "_queries", args[0], e.i64(spec.heads), values, [&](ValueRange v, Value head) {
    Value factor = e.constant(e.vf32(), form.score ? spec.scale : spec.scale * kLog2E);
    e.loop(e.i64(0), v[0], e.i64(1), [&](Value row) {
      Value to = e.at(v[3], e.mul(e.add(e.mul(head, v[0]), row), e.i64(shape.qStride)));
      Value source = e.add(e.mul(row, e.i64(spec.heads)), head);
      emitScaledCopy(e, e.at(v[1], e.mul(source, e.i64(4 * spec.nope))), to, spec.nope, factor);
      emitScaledCopy(e, e.at(v[2], e.mul(source, e.i64(4 * spec.rope))), e.at(to, 4 * spec.nope), spec.rope, factor);
    });
  });
}

/// to [nope + rope][blockKeys]: W_uk times the latents of some granules, then their shared keys.
void Expanded::expandKeys(const TaskValues &values, Value head, Value granules, Value from, Value to) {
  const Codes cache = spec.variant.cache;
  const int64_t step = kLanes * cacheElementBytes(cache), scaleBytes = cacheScaleBytes(cache, spec.rank + spec.rope);
  Value weights = e.at(values.keyWeight, e.mul(head, e.i64(4 * spec.nope * spec.rank)));
  auto product = [&](Value granule, int width) {
    Value columns = e.at(from, e.mul(granule, e.i64(granuleBytes))), target = e.at(to, e.mul(granule, e.i64(64)));
    forRowTiles(e, isa, e.i64(spec.nope), [&](Value row, int count) {
      if (cache == Codes::I8)
        return emitInt8Product(e, isa, scaleBytes,
                               {count, width, spec.rank, granuleBytes, e.at(weights, e.mul(row, e.i64(4 * spec.rank))),
                                e.i64(4 * spec.rank), columns, e.at(target, e.mul(row, e.i64(shape.keyStep))),
                                e.i64(shape.keyStep)});
      e.call(emitDenseTile(e, isa, {cache, count, width, false, cache == Codes::BF16}),
             {e.at(weights, e.mul(row, e.i64(4 * spec.rank))), e.i64(4 * spec.rank), columns, e.i64(granuleBytes),
              e.i64(step), e.i64(spec.rank), e.at(target, e.mul(row, e.i64(shape.keyStep))), e.i64(shape.keyStep)});
    });
  };
  const int width = tileVectors(isa);
  Value wide = e.mul(e.div(granules, e.i64(width)), e.i64(width));
  e.loop(e.i64(0), wide, e.i64(width), [&](Value granule) { product(granule, width); });
  if (width > 1)
    e.loop(wide, granules, e.i64(1), [&](Value granule) { product(granule, 1); });
  // A product with 1 widens; the shared keys are as they are.
  e.loop(e.i64(0), granules, e.i64(1), [&](Value granule) {
    Value one = e.stackSlot(64);
    e.store(e.f32(1), one, 4);
    Value columns = e.at(from, e.mul(granule, e.i64(granuleBytes)));
    Value source = e.at(columns, scaleBytes + spec.rank * step);
    Value target = e.at(e.at(to, e.mul(granule, e.i64(64))), spec.nope * shape.keyStep);
    e.loop(e.i64(0), e.i64(spec.rope), e.i64(1), [&](Value d) {
      if (cache == Codes::I8) {
        Value group = e.div(e.add(d, e.i64(spec.rank)), e.i64(graph::kInt8Group));
        Value scales = e.load(e.vf32(), e.at(columns, e.mul(group, e.i64(64))), 64);
        Value numbers = emitFromInt8(e, e.at(source, e.mul(d, e.i64(step))));
        return e.store(e.mul(numbers, scales), e.at(target, e.mul(d, e.i64(shape.keyStep))), 64);
      }
      e.call(emitDenseTile(e, isa, {cache, 1, 1, false, cache == Codes::BF16}),
             {one, e.i64(4), e.at(source, e.mul(d, e.i64(step))), e.i64(0), e.i64(step), e.i64(1),
              e.at(target, e.mul(d, e.i64(shape.keyStep))), e.i64(64)});
    });
  });
}

/// to [blockKeys][value]: W_uv times the latents; `rows` is room for them as rows.
void Expanded::expandValues(const TaskValues &values, Value head, Value keys, Value granules, Value from, Value rows,
                            Value to) {
  const int64_t rowBytes = 4 * paddedRank(spec);
  e.loop(e.i64(0), granules, e.i64(1), [&](Value i) {
    e.call(latents, {e.at(from, e.mul(i, e.i64(granuleBytes))), e.at(rows, e.mul(i, e.i64(kLanes * rowBytes)))});
  });
  emitValues(e, isa, spec, values.valueWeight, head, rows, rowBytes, keys, shape.outStride / 4,
             [&](Value row) { return e.at(to, e.mul(row, e.i64(shape.valueStep))); });
}

void Expanded::task(const TaskValues &values, Value index) {
  TileState state(e, shape);
  Value scores = e.stackSlot(4 * tileRows(isa).front() * blockKeys);
  Value keyBlock = e.stackSlot(form.headDim * shape.keyStep), valueBlock = e.stackSlot(blockKeys * shape.valueStep);
  Value latentBlock = e.stackSlot(4 * blockKeys * paddedRank(spec));
  // Late rows come first: with a causal mask they see most keys.
  Value blocks = e.ceilDiv(values.rows, shape.schedule.blockRows);
  Value head = e.rem(index, e.i64(spec.heads));
  Value block = e.sub(e.sub(blocks, e.i64(1)), e.div(index, e.i64(spec.heads)));
  Value first = e.mul(block, e.i64(shape.schedule.blockRows));
  Value count = e.min(e.i64(shape.schedule.blockRows), e.sub(values.rows, first));
  state.start(e, shape, count);
  Value end = e.add(values.position, values.rows);
  Value q = e.at(values.q, e.mul(e.add(e.mul(head, values.rows), first), e.i64(shape.qStride)));
  Value q0 = e.add(values.position, first), q1 = e.sub(e.add(q0, count), e.i64(1));
  e.loop(e.i64(0), end, e.i64(blockKeys), [&](Value key) {
    Value keys = e.min(e.i64(blockKeys), e.sub(end, key));
    Value some = arith::ConstantOp::create(e, e.getBoolAttr(true));
    if (form.block)
      some = form.block(e, head, q0, q1, key, e.sub(e.add(key, keys), e.i64(1))).first;
    e.ifThen(some, [&] {
      Value granules = e.ceilDiv(keys, kLanes);
      Value from = e.at(values.data, e.mul(e.div(key, e.i64(kLanes)), e.i64(granuleBytes)));
      expandKeys(values, head, granules, from, keyBlock);
      expandValues(values, head, keys, granules, from, latentBlock, valueBlock);
      forRowTiles(e, isa, count, [&](Value row, int rows) {
        SmallVector<Value> operands{e.at(q, e.mul(row, e.i64(shape.qStride))), e.i64(rows), keyBlock, valueBlock, scores};
        llvm::append_range(operands, state.at(e, shape, row));
        operands.append({key, keys, e.i64(0), end, values.position, e.add(first, row), head});
        e.call(tile, operands);
      });
    });
  });
  e.loop(e.i64(0), count, e.i64(1), [&](Value row) {
    SmallVector<Value> at = state.at(e, shape, row);
    Value sum = e.sumLanes(e.load(e.vf32(), at[1], 64));
    Value inverse = e.splat(e.select(e.less(e.f32(0), sum), e.div(e.f32(1), sum), e.f32(0)));
    SmallVector<Value> scaled;
    for (int64_t j = 0; j < shape.valueVectors; ++j)
      scaled.push_back(e.mul(e.load(e.vf32(), e.at(at[2], 64 * j), 64), inverse));
    Value line = e.add(e.mul(e.add(first, row), e.i64(spec.heads)), head);
    emitStoreHead(e, spec.value, scaled, e.at(values.out, e.mul(line, e.i64(4 * spec.value))));
  });
}

void Expanded::emit(ValueRange args) {
  tile = emitAttentionTile(e, isa, form, shape);
  latents = e.module().lookupSymbol<LLVM::LLVMFuncOp>(spec.name + "_latents");
  TaskValues values{e.load(e.ptr(), args[8], 8), args[9], args[6], args[7], args[10], args[1],
                    e.field(args[0], Emit::Field::Position)};
  gatherQueries(args, values.q);
  Value blocks = e.ceilDiv(args[1], shape.schedule.blockRows);
  e.parallel(form.name + "_task", args[0], e.mul(blocks, e.i64(spec.heads)), values.list(),
             [&](ValueRange in, Value index) { task(TaskValues::from(in), index); });
}

} // namespace

void emitExpanded(Emit &e, const Isa &isa, const LatentAttention &spec, ValueRange args) {
  Expanded(e, isa, spec).emit(args);
}

} // namespace braid::cpu
