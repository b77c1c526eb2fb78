// SPDX-License-Identifier: Apache-2.0
/// \file
/// Attention over latent rows: what both forms share, appending, and the choice of the form by the number of tokens.
#include "compiler/targets/cpu/kernels/LatentParts.h"

#include "compiler/targets/cpu/kernels/CacheElement.h"
#include "compiler/targets/cpu/kernels/PanelProduct.h"
#include "compiler/targets/cpu/kernels/QuantTile.h"
#include "compiler/targets/cpu/kernels/RowUnits.h"
#include "compiler/targets/cpu/kernels/TileRows.h"
#include "dialects/braid/Braid.h"

using namespace mlir;
namespace braid::cpu {

static constexpr unsigned kArguments = 11; ///< of the kernel, before those of its prologue

int64_t LatentAttention::rowBytes() const {
  return cacheRowBytes(variant.cache, rank + rope);
}
int64_t LatentAttention::scratchBytes(int64_t rows) const {
  int64_t few = std::min(rows, latentSchedule().expandedQueries);
  return std::max(absorbedScratch(*this, few), rows > few ? expandedScratch(*this, rows) : 0);
}

LLVM::LLVMFuncOp emitLatentRows(Emit &e, const LatentAttention &spec) {
  const Codes codes = spec.variant.cache;
  const int64_t step = kLanes * cacheElementBytes(codes), scaleBytes = cacheScaleBytes(codes, spec.rank + spec.rope);
  const int64_t groupChunks = graph::kInt8Group / kLanes;
  auto load = [&](Value address) -> Value {
    if (codes == Codes::F32)
      return e.load(e.vf32(), address, 4);
    if (codes == Codes::I8)
      return emitFromInt8(e, address);
    if (codes == Codes::F16)
      return arith::ExtFOp::create(e, e.vf32(), e.load(e.vec(e.getF16Type()), address, 2));
    return emitFromBf16(e, address);
  };
  return e.function(spec.name + "_latents", {e.ptr(), e.ptr()}, [&](ValueRange args) {
    e.loop(e.i64(0), e.i64(paddedRank(spec) / kLanes), e.i64(1), [&](Value chunk) {
      Value from = e.at(e.at(args[0], scaleBytes), e.mul(chunk, e.i64(kLanes * step))), to = e.at(args[1], e.mul(chunk, e.i64(64)));
      SmallVector<Value> rows;
      for (int64_t d = 0; d < kLanes; ++d)
        rows.push_back(load(e.at(from, d * step)));
      if (scaleBytes) {
        Value group = e.mul(e.div(chunk, e.i64(groupChunks)), e.i64(64));
        Value scales = e.load(e.vf32(), e.at(args[0], group), 64);
        for (Value &row : rows)
          row = e.mul(row, scales);
      }
      emitTranspose(e, rows);
      for (int64_t key = 0; key < kLanes; ++key)
        e.store(rows[key], e.at(to, key * 4 * paddedRank(spec)), 64);
    });
  });
}

void emitScaledCopy(Emit &e, Value from, Value to, int64_t width, Value factor) {
  e.loop(e.i64(0), e.i64(width), e.i64(kLanes), [&](Value d) {
    Value mask = e.tailMask(e.sub(e.i64(width), d)), byte = e.mul(d, e.i64(4));
    e.storeMasked(e.mul(e.loadMasked(e.vf32(), e.at(from, byte), mask), factor), e.at(to, byte), mask);
  });
}

void emitValues(Emit &e, const Isa &isa, const LatentAttention &spec, Value valueWeight, Value head, Value rows,
                int64_t rowBytes, Value count, int64_t width, llvm::function_ref<Value(Value)> lineOf) {
  const TileSchedule &tiles = tilesFor(isa, spec.valueLayout, ActivationType::F32);
  const PanelProduct product{isa, spec.valueLayout, ActivationType::F32, rowBytes, tiles.vectors};
  Value weights = e.at(valueWeight, e.mul(head, e.i64(spec.valueLayout.bytes(spec.value))));
  Value slot = e.stackSlot(tiles.rows.front() * product.unitPanels * 64);
  e.loop(e.i64(0), e.i64(width), e.i64(16 * product.unitPanels), [&](Value column) {
    Value columns = e.sub(e.i64(width), column);
    Value panels = e.min(e.i64(product.unitPanels), e.ceilDiv(columns, 16));
    Value w = e.at(weights, e.mul(e.div(column, e.i64(16)), e.i64(spec.valueLayout.panelBytes())));
    forRowTiles(e, tiles.rows, count, [&](Value row, int height) {
      product.emit(e, height, e.at(rows, e.mul(row, e.i64(rowBytes))), w, panels, slot);
      for (int i = 0; i < height; ++i) {
        Value line = e.at(lineOf(e.add(row, e.i64(i))), e.mul(column, e.i64(4)));
        for (int64_t j = 0; j < product.unitPanels; ++j)
          e.storeMasked(e.load(e.vf32(), e.at(slot, 64 * (i * product.unitPanels + j)), 64), e.at(line, 64 * j),
                        e.tailMask(e.sub(columns, e.i64(16 * j))));
      }
    });
  });
}

TileState::TileState(Emit &e, const AttentionShape &shape)
    : maxima(e.stackSlot(4 * shape.schedule.blockRows + 64)), sums(e.stackSlot(64 * shape.schedule.blockRows)),
      outputs(e.stackSlot(shape.outStride * shape.schedule.blockRows)) {}

void TileState::start(Emit &e, const AttentionShape &shape, Value count) const {
  e.loop(e.i64(0), count, e.i64(1), [&](Value row) {
    e.store(e.f32(-3.402823466e38), e.at(maxima, e.mul(row, e.i64(4))), 4);
    e.store(e.constant(e.vf32(), 0.0), e.at(sums, e.mul(row, e.i64(64))), 64);
    Value out = e.at(outputs, e.mul(row, e.i64(shape.outStride)));
    e.loop(e.i64(0), e.i64(shape.outStride), e.i64(64), [&](Value byte) {
      e.store(e.constant(e.vf32(), 0.0), e.at(out, byte), 64);
    });
  });
}

SmallVector<Value> TileState::at(Emit &e, const AttentionShape &shape, Value row) const {
  return {e.at(maxima, e.mul(row, e.i64(4))), e.at(sums, e.mul(row, e.i64(64))),
          e.at(outputs, e.mul(row, e.i64(shape.outStride)))};
}

namespace {

/// A part of the prologue, which a task computes for some rows.
struct ProloguePart {
  std::unique_ptr<RowProgram> program;
  RowPlan plan;
  LLVM::LLVMFuncOp units;

  ProloguePart(Emit &e, RowProgram part)
      : program(std::make_unique<RowProgram>(std::move(part))), plan(*program, /*slices=*/1), units(emitRowUnits(e, plan)) {}
};

} // namespace

/// Latents and shared keys into the cache. A task owns one granule, so that no two write to one cache line.
static void emitAppend(Emit &e, const Isa &isa, const LatentAttention &spec, const RowProgram &prologue,
                       ValueRange args) {
  const Attention form = absorbedForm(spec);
  const AttentionShape shape = absorbedShape(spec, form, isa);
  Value position = e.field(args[0], Emit::Field::Position), state = args[8], lanes = e.i64(kLanes);
  Value last = e.sub(e.add(position, args[1]), e.i64(1));
  Value granules = e.add(e.sub(e.div(last, lanes), e.div(position, lanes)), e.i64(1));
  SmallVector<Value> values{position, args[1], args[4], args[5], e.load(e.ptr(), state, 8),
                            e.load(e.getI64Type(), e.at(state, 8), 8)};
  llvm::append_range(values, args.drop_front(kArguments));
  std::vector<ProloguePart> parts;
  int64_t scratchBytes = 64;
  if (!prologue.outputs.empty())
    for (RowProgram &part : prologue.components())
      scratchBytes = std::max(scratchBytes, parts.emplace_back(e, std::move(part)).plan.scratchBytes);
  e.parallel(spec.name + "_append", args[0], granules, values, [&](ValueRange v, Value index) {
    Value position = v[0], lanes = e.i64(kLanes);
    Value start = e.mul(e.add(e.div(position, lanes), index), lanes);
    Value from = e.max(position, start), to = e.min(e.add(position, v[1]), e.add(start, lanes));
    Value granule = e.at(v[4], emitGranuleOffset(e, shape, start, v[5]));
    Value scratch = parts.empty() ? Value() : e.stackSlot(scratchBytes);
    for (const ProloguePart &part : parts) {
      SmallVector<Value> operands{e.sub(from, position), e.sub(to, position), scratch};
      llvm::append_range(operands, v.drop_front(6));
      e.call(part.units, operands);
    }
    Value row = e.stackSlot(shape.qStride);
    if (spec.rank + spec.rope != shape.paddedDim)
      e.store(e.constant(e.vf32(), 0.0), e.at(row, shape.qStride - 64), 64);
    e.loop(from, to, e.i64(1), [&](Value key) {
      Value token = e.sub(key, position);
      auto copy = [&](Value source, int64_t width, int64_t column) {
        e.copyFloats(e.at(source, e.mul(token, e.i64(4 * width))), e.at(row, 4 * column), width);
      };
      copy(v[2], spec.rank, 0);
      copy(v[3], spec.rope, spec.rank);
      Value lane = e.sub(key, start);
      if (spec.variant.cache == Codes::I8)
        emitRoundToInt8(e, shape.paddedDim, row, e.at(granule, e.mul(lane, e.i64(4))));
      emitScatterKey(e, spec.variant.cache, shape, row, granule, lane);
    });
  });
}

LLVM::LLVMFuncOp emitLatentAttention(Emit &e, const Isa &isa, const LatentAttention &spec, const RowProgram &prologue) {
  SmallVector<Type> params(kArguments + rowPointerCount(prologue), e.ptr());
  params[1] = e.getI64Type();
  return e.function(spec.name, params, [&](ValueRange args) {
    emitAppend(e, isa, spec, prologue, args);
    Value few = e.less(args[1], e.i64(latentSchedule().expandedQueries + 1));
    e.ifThen(few, [&] { emitAbsorbed(e, isa, spec, args); }, [&] { emitExpanded(e, isa, spec, args); });
  });
}

} // namespace braid::cpu
