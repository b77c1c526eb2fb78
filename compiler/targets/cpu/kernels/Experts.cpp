// SPDX-License-Identifier: Apache-2.0
/// \file
/// The kernel of a mixture of experts. The pairs (token, slot) are sorted by expert; then two contractions over the
/// sorted rows. Tasks of the first one are ranges of all experts' panels, tasks of the second one are ranges of output
/// columns that walk all experts and add: which task computes what does not matter to any value.
#include "compiler/targets/cpu/kernels/Experts.h"

#include "compiler/targets/cpu/Schedule.h"
#include "compiler/targets/cpu/kernels/Activations.h"
#include "compiler/targets/cpu/kernels/Epilogue.h"
#include "compiler/targets/cpu/kernels/PanelProduct.h"
#include "compiler/targets/cpu/kernels/QuantTile.h"
#include "compiler/targets/cpu/kernels/TileRows.h"

using namespace mlir;
namespace braid::cpu {
namespace {

/// Whether rows of f32 as they are will not do.
bool mustPrepare(const Isa &isa, const Contraction &spec) {
  return activationsFor(isa, spec.layout, spec.activations) != ActivationType::F32 ||
         spec.layout.paddedK() != spec.layout.k;
}

/// Where what lies in the scratch, in bytes: the sorting first, of i32.
struct Places {
  int64_t offsets, cursors, active, pairs; ///< [experts + 1], [experts], [experts + 1] (their number first), [rows * slots]
  explicit Places(const Experts &spec)
      : offsets(0), cursors(4 * (spec.experts + 1)), active(cursors + 4 * spec.experts),
        pairs(active + 4 * (spec.experts + 1)) {}
};
int64_t sortBytes(const Experts &spec, int64_t rows) {
  return llvm::alignTo(Places(spec).pairs + 4 * rows * spec.slots, 64);
}

} // namespace

int64_t Experts::scratchBytes(int64_t rows) const {
  int64_t pairs = rows * slots;
  return sortBytes(*this, rows) + up.scratchBytes(pairs) + llvm::alignTo(pairs * inner() * 4, 64) + down.scratchBytes(pairs);
}

namespace {

/// One contraction over sorted rows. A unit is the panels that one epilogue call finishes.
struct Stage {
  const Contraction &spec;
  const TileSchedule &tiles;
  int64_t rowBytes, n, unitPanels, matrices, unitColumns, units, expertBytes;
  PanelProduct product;

  Stage(const Isa &isa, const Contraction &spec)
      : spec(spec), tiles(tilesFor(isa, spec.layout, spec.activations)), rowBytes(activationRowBytes(isa, spec)),
        n(spec.segments[0]), unitPanels(tiles.unitPanels(spec.gated)), matrices(spec.gated ? 2 : 1),
        unitColumns(16 * unitPanels / matrices), units((n + unitColumns - 1) / unitColumns), expertBytes(spec.packedBytes()),
        product{isa, spec.layout, spec.activations, rowBytes, unitPanels} {}
  int64_t unitBytes() const { return unitPanels * spec.layout.panelBytes(); }
};

class Kernel {
public:
  Kernel(Emit &e, const Isa &isa, const Experts &spec)
      : e(e), isa(isa), spec(spec), places(spec), up(isa, spec.up), down(isa, spec.down) {}
  LLVM::LLVMFuncOp emit();

private:
  Value number(Value base, int64_t place, Value index) {
    return arith::ExtUIOp::create(e, e.getI64Type(), e.load(e.getI32Type(), entry(base, place, index), 4));
  }
  void put(Value value, Value base, int64_t place, Value index) {
    e.store(arith::TruncIOp::create(e, e.getI32Type(), value), entry(base, place, index), 4);
  }
  Value entry(Value base, int64_t place, Value index) { return e.at(e.at(base, place), e.mul(index, e.i64(4))); }
  void sort(Value rows, Value ids, Value scratch);
  void prepareInputs(Value call, Value rows, Value x, Value scratch, Value a);
  void prepareInner(Value call, Value pairs, Value hidden, Value a);
  void runUp(Value call, Value rows, Value a, Value weights, Value scratch, Value out);
  void runDown(Value call, Value rows, Value a, Value weights, Value scratch, Value mix, Value residual, Value out);
  void emitMix();
  /// Tasks for `units` of `bytes` each: enough to balance the threads, but no smaller than a task is worth.
  Value chunkOf(Value call, Value units, Value bytes);
  /// body(first sorted row, rows) for blocks of an expert's rows that stay in the cache.
  void forRowBlocks(const Stage &stage, Value scratch, Value expert, llvm::function_ref<void(Value, Value)> body);

  Emit &e;
  const Isa &isa;
  const Experts &spec;
  const Places places;
  const Stage up, down;
  LLVM::LLVMFuncOp mix = {};
};

/// A counting sort: tokens of an expert stay in their order.
void Kernel::sort(Value rows, Value ids, Value scratch) {
  Value pairs = e.mul(rows, e.i64(spec.slots)), one = e.i64(1), zero = e.i64(0), experts = e.i64(spec.experts);
  auto expertOf = [&](Value pair) { // whatever the id, a place inside of the tables
    Value id = e.load(e.getI32Type(), e.at(ids, e.mul(pair, e.i64(4))), 4);
    Value wide = arith::ExtUIOp::create(e, e.getI64Type(), id);
    return e.min(wide, e.i64(spec.experts - 1));
  };
  e.loop(zero, experts, one, [&](Value i) { put(zero, scratch, places.cursors, i); });
  e.loop(zero, pairs, one, [&](Value pair) {
    Value expert = expertOf(pair);
    put(e.add(number(scratch, places.cursors, expert), one), scratch, places.cursors, expert);
  });
  auto ends = e.loop(zero, experts, one, {zero, zero}, [&](Value i, ValueRange in) -> SmallVector<Value> {
    Value count = number(scratch, places.cursors, i);
    put(in[0], scratch, places.offsets, i);
    put(in[0], scratch, places.cursors, i);
    put(i, scratch, places.active + 4, in[1]); // overwritten by the next one where nobody came
    return {e.add(in[0], count), e.add(in[1], e.min(count, one))};
  });
  put(ends[0], scratch, places.offsets, experts);
  put(ends[1], scratch, places.active, zero);
  e.loop(zero, pairs, one, [&](Value pair) {
    Value expert = expertOf(pair), at = number(scratch, places.cursors, expert);
    put(pair, scratch, places.pairs, at);
    put(e.add(at, one), scratch, places.cursors, expert);
  });
}

/// Sorted rows of x.
void Kernel::prepareInputs(Value call, Value rows, Value x, Value scratch, Value a) {
  auto function = emitPrepareRow(e, isa, spec.up);
  Value count = e.mul(rows, e.i64(spec.slots));
  e.parallel(spec.name + ".prepare", call, e.ceilDiv(count, 4), {count, x, scratch, a}, [&](ValueRange v, Value index) {
    Value first = e.mul(index, e.i64(4)), end = e.min(v[0], e.add(first, e.i64(4)));
    e.loop(first, end, e.i64(1), [&](Value row) {
      Value token = e.div(number(v[2], places.pairs, row), e.i64(spec.slots));
      Value from = e.at(v[1], e.mul(token, e.i64(4 * spec.width())));
      e.call(function, {from, from, e.at(v[3], e.mul(row, e.i64(up.rowBytes)))});
    });
  });
}

void Kernel::prepareInner(Value call, Value pairs, Value hidden, Value a) {
  auto function = emitPrepareRow(e, isa, spec.down);
  e.parallel(spec.name + ".inner", call, e.ceilDiv(pairs, 4), {pairs, hidden, a}, [&](ValueRange v, Value index) {
    Value first = e.mul(index, e.i64(4)), end = e.min(v[0], e.add(first, e.i64(4)));
    e.loop(first, end, e.i64(1), [&](Value row) {
      Value from = e.at(v[1], e.mul(row, e.i64(4 * spec.inner())));
      e.call(function, {from, from, e.at(v[2], e.mul(row, e.i64(down.rowBytes)))});
    });
  });
}

Value Kernel::chunkOf(Value call, Value units, Value bytes) {
  const Schedule &schedule = scheduleFor(isa);
  Value threads = e.field(call, Emit::Field::Threads);
  Value perThread = e.div(e.mul(units, bytes), e.mul(threads, e.i64(schedule.taskBytes)));
  perThread = e.max(e.i64(1), e.min(perThread, e.i64(schedule.expertTasksPerThread)));
  Value chunks = e.mul(threads, perThread);
  return e.max(e.i64(1), e.div(e.sub(e.add(units, chunks), e.i64(1)), chunks));
}

void Kernel::forRowBlocks(const Stage &stage, Value scratch, Value expert,
                          llvm::function_ref<void(Value, Value)> body) {
  const int64_t tallest = stage.tiles.rows.front();
  const int64_t block = std::max<int64_t>(1, scheduleFor(isa).rowBlockBytes / stage.rowBytes / tallest) * tallest;
  Value from = number(scratch, places.offsets, expert), to = number(scratch, places.offsets, e.add(expert, e.i64(1)));
  e.loop(from, to, e.i64(block), [&](Value first) { body(first, e.min(e.i64(block), e.sub(to, first))); });
}

void Kernel::runUp(Value call, Value rows, Value a, Value weights, Value scratch, Value out) {
  LLVM::LLVMFuncOp epilogue = emitEpilogue(e, spec.up, up.unitPanels);
  const int64_t outStride = mustPrepare(isa, spec.down) ? 4 * spec.inner() : down.rowBytes;
  Value total = e.mul(number(scratch, places.active, e.i64(0)), e.i64(up.units));
  Value chunk = chunkOf(call, total, e.mul(rows, e.i64(up.unitBytes())));
  Value tasks = e.div(e.sub(e.add(total, chunk), e.i64(1)), chunk);
  e.parallel(spec.name + ".up", call, tasks, {rows, a, weights, scratch, out, total, chunk}, [&](ValueRange v, Value index) {
    Value a = v[1], weights = v[2], scratch = v[3], out = v[4], units = e.i64(up.units);
    Value from = e.mul(index, v[6]), to = e.min(v[5], e.add(from, v[6]));
    Value slot = e.stackSlot(up.tiles.rows.front() * up.unitPanels * 64);
    Value lastPlace = e.div(e.sub(e.add(to, units), e.i64(1)), units);
    e.loop(e.div(from, units), lastPlace, e.i64(1), [&](Value place) {
      Value expert = number(scratch, places.active + 4, place), start = e.mul(place, units);
      Value firstUnit = e.max(e.i64(0), e.sub(from, start)), lastUnit = e.min(units, e.sub(to, start));
      Value matrix = e.at(weights, e.mul(expert, e.i64(up.expertBytes)));
      forRowBlocks(up, scratch, expert, [&](Value first, Value count) {
        Value blockA = e.at(a, e.mul(first, e.i64(up.rowBytes)));
        e.loop(firstUnit, lastUnit, e.i64(1), [&](Value unit) {
          Value column = e.mul(unit, e.i64(up.unitColumns)), columns = e.sub(e.i64(up.n), column);
          Value panels = e.min(e.i64(up.unitPanels), e.mul(e.ceilDiv(columns, 16), e.i64(up.matrices)));
          Value w = e.at(matrix, e.mul(unit, e.i64(up.unitBytes())));
          forRowTiles(e, up.tiles.rows, count, [&](Value row, int height) {
            up.product.emit(e, height, e.at(blockA, e.mul(row, e.i64(up.rowBytes))), w, panels, slot);
            Value offset = e.add(e.mul(e.add(first, row), e.i64(outStride)), e.mul(column, e.i64(4)));
            e.call(epilogue, {slot, e.i64(height), e.at(out, offset), e.i64(outStride), slot, slot, slot, columns});
          });
        });
      });
    });
  });
}

/// `void <name>.mix(ptr tile, i64 rows, ptr pairs, ptr weights, ptr out, i64 columns)`: adds each row of the tile, times
/// its pair's weight, to its token's row. `out` is at the tile's first column.
void Kernel::emitMix() {
  Type p = e.ptr(), i64 = e.getI64Type();
  mix = e.function(spec.name + ".mix", {p, i64, p, p, p, i64}, [&](ValueRange args) {
    SmallVector<Value> masks;
    for (int64_t v = 0; v < down.unitPanels; ++v)
      masks.push_back(e.tailMask(e.sub(args[5], e.i64(16 * v))));
    e.loop(e.i64(0), args[1], e.i64(1), [&](Value row) {
      Value pair = number(args[2], 0, row);
      Value weight = e.splat(e.load(e.getF32Type(), e.at(args[3], e.mul(pair, e.i64(4))), 4));
      Value from = e.at(args[0], e.mul(row, e.i64(64 * down.unitPanels)));
      Value to = e.at(args[4], e.mul(e.div(pair, e.i64(spec.slots)), e.i64(4 * spec.width())));
      for (int64_t v = 0; v < down.unitPanels; ++v) {
        Value address = e.at(to, 64 * v);
        Value sum = e.fma(weight, e.load(e.vf32(), e.at(from, 64 * v), 64), e.loadMasked(e.vf32(), address, masks[v]));
        e.storeMasked(sum, address, masks[v]);
      }
    });
  });
}

void Kernel::runDown(Value call, Value rows, Value a, Value weights, Value scratch, Value mixing, Value residual,
                     Value out) {
  emitMix();
  Value active = number(scratch, places.active, e.i64(0));
  Value chunk = chunkOf(call, e.i64(down.units), e.mul(e.mul(active, rows), e.i64(down.unitBytes())));
  Value tasks = e.div(e.sub(e.add(e.i64(down.units), chunk), e.i64(1)), chunk);
  SmallVector<Value> values{rows, a, weights, scratch, mixing, residual, out, chunk};
  e.parallel(spec.name + ".down", call, tasks, values, [&](ValueRange v, Value index) {
    Value rows = v[0], a = v[1], weights = v[2], scratch = v[3], mixing = v[4], residual = v[5], out = v[6];
    Value firstUnit = e.mul(index, v[7]), lastUnit = e.min(e.i64(down.units), e.add(firstUnit, v[7]));
    Value slot = e.stackSlot(down.tiles.rows.front() * down.unitPanels * 64);
    Value firstColumn = e.mul(firstUnit, e.i64(down.unitColumns));
    Value lastColumn = e.min(e.i64(down.n), e.mul(lastUnit, e.i64(down.unitColumns)));
    e.loop(e.i64(0), rows, e.i64(1), [&](Value row) {
      Value line = e.mul(row, e.i64(4 * spec.width()));
      e.loop(firstColumn, lastColumn, e.i64(16), [&](Value column) {
        Value offset = e.add(line, e.mul(column, e.i64(4))), mask = e.tailMask(e.sub(lastColumn, column));
        Value start = spec.residual ? e.loadMasked(e.vf32(), e.at(residual, offset), mask) : e.constant(e.vf32(), 0.0);
        e.storeMasked(start, e.at(out, offset), mask);
      });
    });
    e.loop(e.i64(0), number(scratch, places.active, e.i64(0)), e.i64(1), [&](Value place) {
      Value expert = number(scratch, places.active + 4, place);
      Value matrix = e.at(weights, e.mul(expert, e.i64(down.expertBytes)));
      forRowBlocks(down, scratch, expert, [&](Value first, Value count) {
        Value blockA = e.at(a, e.mul(first, e.i64(down.rowBytes)));
        e.loop(firstUnit, lastUnit, e.i64(1), [&](Value unit) {
          Value column = e.mul(unit, e.i64(down.unitColumns)), columns = e.sub(e.i64(down.n), column);
          Value panels = e.min(e.i64(down.unitPanels), e.ceilDiv(columns, 16));
          Value w = e.at(matrix, e.mul(unit, e.i64(down.unitBytes())));
          forRowTiles(e, down.tiles.rows, count, [&](Value row, int height) {
            down.product.emit(e, height, e.at(blockA, e.mul(row, e.i64(down.rowBytes))), w, panels, slot);
            e.call(mix, {slot, e.i64(height), entry(scratch, places.pairs, e.add(first, row)), mixing,
                         e.at(out, e.mul(column, e.i64(4))), columns});
          });
        });
      });
    });
  });
}

LLVM::LLVMFuncOp Kernel::emit() {
  Type p = e.ptr();
  return e.function(spec.name, {p, e.getI64Type(), p, p, p, p, p, p, p, p}, [&](ValueRange args) {
    Value call = args[0], rows = args[1], x = args[2], scratch = args[8];
    Value pairs = e.mul(rows, e.i64(spec.slots)), pairBytes = e.mul(pairs, e.i64(4));
    auto lines = [&](Value bytes) { return e.mul(e.ceilDiv(bytes, 64), e.i64(64)); };
    Value a = e.at(scratch, lines(e.add(pairBytes, e.i64(places.pairs))));
    Value inner = e.at(a, e.mul(pairs, e.i64(up.rowBytes)));
    Value b = mustPrepare(isa, spec.down) ? e.at(inner, lines(e.mul(pairBytes, e.i64(spec.inner())))) : inner;
    sort(rows, args[3], scratch);
    prepareInputs(call, rows, x, scratch, a);
    runUp(call, rows, a, args[5], scratch, inner);
    if (mustPrepare(isa, spec.down))
      prepareInner(call, pairs, inner, b);
    runDown(call, rows, b, args[6], scratch, args[4], args[7], args[9]);
  });
}

} // namespace

LLVM::LLVMFuncOp emitExperts(Emit &e, const Isa &isa, const Experts &spec) {
  assert(spec.up.layout.k == spec.down.segments[0] && spec.up.segments[0] == spec.down.layout.k && "two maps that fit");
  return Kernel(e, isa, spec).emit();
}

} // namespace braid::cpu
