// SPDX-License-Identifier: Apache-2.0
/// \file
/// The contraction kernel: prologue over rows, then tasks that walk groups of panels and tiles of rows. Contractions that
/// are taken together share both fork-joins.
#include "compiler/targets/cpu/kernels/Contraction.h"

#include "compiler/targets/cpu/Schedule.h"
#include "compiler/targets/cpu/kernels/Activations.h"
#include "compiler/targets/cpu/kernels/Epilogue.h"
#include "compiler/targets/cpu/kernels/PanelProduct.h"
#include "compiler/targets/cpu/kernels/QuantTile.h"
#include "compiler/targets/cpu/kernels/TileRows.h"

#include <deque>

using namespace mlir;
namespace braid::cpu {
namespace {

/// One matrix (or gated pair) as tasks see it. A unit is the panels that one epilogue call finishes.
struct Segment {
  int64_t n, firstUnit, firstPanel, firstBias;
};

/// What one contraction has in a fork-join: so many tasks, with these values.
struct Tasks {
  Value count;
  SmallVector<Value> values;
  std::function<void(ValueRange values, Value index)> body;
};

/// One fork-join for the tasks of all.
void runTogether(Emit &e, const Twine &name, Value call, ArrayRef<Tasks> all) {
  SmallVector<Value> values; // where the tasks of each end, then the values of each
  Value total = e.i64(0);
  for (const Tasks &each : all)
    values.push_back(total = e.add(total, each.count));
  for (const Tasks &each : all)
    llvm::append_range(values, each.values);
  std::function<void(size_t, ValueRange, ValueRange, Value)> run = [&](size_t i, ValueRange ends, ValueRange values, Value index) {
    auto runOwn = [&] {
      all[i].body(values.take_front(all[i].values.size()), i ? e.sub(index, ends[i - 1]) : index);
    };
    if (i + 1 == all.size())
      return runOwn();
    e.ifThen(e.less(index, ends[i]), runOwn, [&] { run(i + 1, ends, values.drop_front(all[i].values.size()), index); });
  };
  e.parallel(name.str(), call, total, values, [&](ValueRange v, Value index) {
    run(0, v.take_front(all.size()), v.drop_front(all.size()), index);
  });
}

struct Launcher {
  Emit &e;
  const Isa &isa;
  const Contraction &spec;
  const WeightLayout &layout = spec.layout;
  const Schedule &schedule = scheduleFor(isa);
  const TileSchedule &tiles = tilesFor(isa, spec.layout, spec.activations);
  const int64_t rowBytes = activationRowBytes(isa, spec);
  const int64_t unitPanels = tiles.unitPanels(spec.gated), matrices = spec.gated ? 2 : 1;
  const int64_t unitColumns = 16 * unitPanels / matrices;
  const PanelProduct product{isa, spec.layout, spec.activations, rowBytes, unitPanels};
  SmallVector<Segment> segments = {};
  int64_t units = 0;
  LLVM::LLVMFuncOp epilogue = {}, rowEpilogue = {};

  void layOut();
  /// Whether a single row is read where it is.
  bool readsInput() const {
    bool exact = activationsFor(isa, layout, spec.activations) == ActivationType::F32;
    return !spec.norm && exact && layout.paddedK() == layout.k;
  }
  Value factorOf(size_t segment) const { return e.f32(spec.factors.empty() ? 1 : spec.factors[segment]); }
  size_t pointerCount() const;
  Value activations(Value rows, Value x, Value scratch) const;
  Tasks prepare(Value rows, Value x, Value gamma, Value scratch) const;
  Tasks tilesOf(Value call, Value rows, Value a, Value weights, Value bias, Value residual, ValueRange outs) const;
  void endRows(Value call, Value rows, Value values, ValueRange others) const;
};

void Launcher::layOut() {
  int64_t panel = 0, bias = 0;
  for (int64_t n : spec.gated ? ArrayRef(spec.segments).take_front(1) : ArrayRef(spec.segments)) {
    segments.push_back({n, units, panel, bias});
    units += (n + unitColumns - 1) / unitColumns;
    panel += WeightLayout::panels(n);
    bias += n;
  }
}

/// Of the function's parameters, those of this contraction.
size_t Launcher::pointerCount() const {
  LLVM::LLVMFuncOp ends = rowEpilogue; // accessors of ops are not const
  return 6 + spec.outputs() + (ends ? ends.getNumArguments() - 4 : 0);
}

/// The rows that micro-kernels read: x itself if it can be, else prepared in scratch.
Value Launcher::activations(Value rows, Value x, Value scratch) const {
  return readsInput() ? e.select(e.less(e.i64(1), rows), scratch, x) : scratch;
}

Tasks Launcher::prepare(Value rows, Value x, Value gamma, Value scratch) const {
  const int64_t rowsPerTask = 4;
  auto function = emitPrepareRow(e, isa, spec);
  return {e.ceilDiv(rows, rowsPerTask), {rows, x, gamma, scratch}, [=, this](ValueRange values, Value index) {
            Value first = e.mul(index, e.i64(rowsPerTask));
            Value end = e.min(values[0], e.add(first, e.i64(rowsPerTask)));
            e.loop(first, end, e.i64(1), [&](Value row) {
              Value from = e.at(values[1], e.mul(row, e.i64(4 * layout.k)));
              e.call(function, {from, values[2], e.at(values[3], e.mul(row, e.i64(rowBytes)))});
            });
          }};
}

/// What follows from whole rows: of one, at once by the thread that needs it next.
void Launcher::endRows(Value call, Value rows, Value values, ValueRange others) const {
  const int64_t rowsPerTask = 16;
  auto run = [&](Value first, Value end, ValueRange pointers) {
    SmallVector<Value> operands{first, end};
    llvm::append_range(operands, pointers);
    e.call(rowEpilogue, operands);
  };
  SmallVector<Value> pointers{values};
  llvm::append_range(pointers, others);
  e.ifThen(
      e.less(e.i64(1), rows),
      [&] {
        SmallVector<Value> shared{rows};
        llvm::append_range(shared, pointers);
        e.parallel(spec.name + ".ends", call, e.ceilDiv(rows, rowsPerTask), shared, [&](ValueRange v, Value index) {
          Value first = e.mul(index, e.i64(rowsPerTask));
          run(first, e.min(v[0], e.add(first, e.i64(rowsPerTask))), v.drop_front());
        });
      },
      [&] { run(e.i64(0), rows, pointers); });
}

Tasks Launcher::tilesOf(Value call, Value rows, Value a, Value weights, Value bias, Value residual,
                        ValueRange outs) const {
  const int64_t tallest = tiles.rows.front();
  const int64_t rowBlock = std::max<int64_t>(1, schedule.rowBlockBytes / rowBytes / tallest) * tallest;
  const int64_t unitBytes = unitPanels * layout.panelBytes();
  // Enough tasks to balance the threads; but a task pays for its first cache misses, so that small ones come one a
  // thread. Which task computes an output does not matter to its value.
  Value blocks = e.ceilDiv(rows, rowBlock), threads = e.field(call, Emit::Field::Threads);
  Value perThread = e.div(e.mul(rows, e.i64(units * unitBytes)), e.mul(threads, e.i64(schedule.taskBytes)));
  perThread = e.max(e.i64(1), e.min(perThread, e.i64(schedule.tasksPerThread)));
  Value wanted = e.mul(threads, perThread);
  Value chunksWanted = e.max(e.i64(1), e.div(wanted, e.max(e.i64(1), blocks)));
  Value unitsPerChunk = e.div(e.add(e.i64(units - 1), chunksWanted), chunksWanted);
  Value chunks = e.div(e.sub(e.add(e.i64(units), unitsPerChunk), e.i64(1)), unitsPerChunk);

  SmallVector<Value> values{rows, a, weights, bias, residual, unitsPerChunk, chunks};
  llvm::append_range(values, outs);
  return {e.mul(blocks, chunks), values, [=, this](ValueRange v, Value index) {
    Value rows = v[0], a = v[1], weights = v[2], bias = v[3], residual = v[4], unitsPerChunk = v[5], chunks = v[6];
    Value firstRow = e.mul(e.div(index, chunks), e.i64(rowBlock));
    Value blockRows = e.min(e.i64(rowBlock), e.sub(rows, firstRow));
    Value blockA = e.at(a, e.mul(firstRow, e.i64(rowBytes)));
    Value firstUnit = e.mul(e.rem(index, chunks), unitsPerChunk);
    Value lastUnit = e.min(e.i64(units), e.add(firstUnit, unitsPerChunk));
    Value slot = e.stackSlot(tallest * unitPanels * 64);
    e.loop(firstUnit, lastUnit, e.i64(1), [&](Value unit) {
      // The unit's segment, by comparing with where each one starts.
      Value n = e.i64(segments[0].n), start = e.i64(0), panel = e.i64(0), biasAt = e.i64(0), out = v[7];
      Value factor = factorOf(0), upFactor = spec.gated ? factorOf(1) : factor;
      for (size_t s = 1; s < segments.size(); ++s) {
        Value before = e.less(unit, e.i64(segments[s].firstUnit));
        n = e.select(before, n, e.i64(segments[s].n));
        start = e.select(before, start, e.i64(segments[s].firstUnit));
        panel = e.select(before, panel, e.i64(segments[s].firstPanel));
        biasAt = e.select(before, biasAt, e.i64(segments[s].firstBias));
        out = e.select(before, out, v[7 + s]);
        factor = e.select(before, factor, factorOf(s));
      }
      Value local = e.sub(unit, start), column = e.mul(local, e.i64(unitColumns)), columns = e.sub(n, column);
      Value first = e.add(panel, e.mul(local, e.i64(unitPanels)));
      Value w = e.at(weights, e.mul(first, e.i64(layout.panelBytes())));
      Value panels = e.min(e.i64(unitPanels), e.mul(e.ceilDiv(columns, 16), e.i64(matrices)));
      Value biasFrom = spec.bias ? e.at(bias, e.mul(e.add(biasAt, column), e.i64(4))) : bias;
      Value upBias = spec.bias && spec.gated ? e.at(biasFrom, 4 * segments[0].n) : bias;
      Value outStride = e.mul(n, e.i64(4));
      forRowTiles(e, tiles.rows, blockRows, [&](Value row, int count) {
        product.emit(e, count, e.at(blockA, e.mul(row, e.i64(rowBytes))), w, panels, slot);
        Value offset = e.add(e.mul(e.add(firstRow, row), outStride), e.mul(column, e.i64(4)));
        Value residualFrom = spec.residual ? e.at(residual, offset) : residual;
        SmallVector<Value> operands{slot,     e.i64(count), e.at(out, offset), outStride,
                                    biasFrom, upBias,       residualFrom,      columns};
        if (!spec.factors.empty())
          llvm::append_values(operands, factor, upFactor);
        e.call(epilogue, operands);
      });
    });
  }};
}

} // namespace

LLVM::LLVMFuncOp emitContraction(Emit &e, const Isa &isa, const Contraction &spec, LLVM::LLVMFuncOp rowEpilogue) {
  return emitContractions(e, isa, spec.name, spec, rowEpilogue);
}

LLVM::LLVMFuncOp emitContractions(Emit &e, const Isa &isa, StringRef name, ArrayRef<Contraction> specs,
                                  ArrayRef<LLVM::LLVMFuncOp> rowEpilogues) {
  std::deque<Launcher> launchers; // tasks point to them
  size_t pointers = 0;
  for (auto [spec, rowEpilogue] : llvm::zip_equal(specs, rowEpilogues)) {
    assert((spec.rowSegment >= 0) == bool(rowEpilogue) && (!rowEpilogue || !spec.gated) && "rows of one plain segment");
    assert(!spec.segments.empty() && (!spec.residual || spec.outputs() == 1) && "a residual has one output to go to");
    assert((!spec.gated || (spec.segments.size() == 2 && spec.segments[0] == spec.segments[1])) && "a pair of equals");
    Launcher &launcher = launchers.emplace_back(Launcher{e, isa, spec});
    launcher.layOut();
    launcher.epilogue = emitEpilogue(e, spec, launcher.unitPanels);
    launcher.rowEpilogue = rowEpilogue;
    pointers += launcher.pointerCount();
  }
  SmallVector<Type> params{e.ptr(), e.getI64Type()};
  params.append(pointers, e.ptr());
  return e.function(name, params, [&](ValueRange args) {
    Value call = args[0], rows = args[1];
    SmallVector<ValueRange> own;
    SmallVector<Tasks> preparing, tiles;
    ValueRange left = args.drop_front(2);
    for (const Launcher &launcher : launchers) {
      own.push_back(left.take_front(launcher.pointerCount()));
      left = left.drop_front(launcher.pointerCount());
      preparing.push_back(launcher.prepare(rows, own.back()[0], own.back()[1], own.back()[5]));
    }
    auto prepareRow = [&] { // at once, by the thread that needs it next
      for (auto [launcher, tasks] : llvm::zip(launchers, preparing))
        if (!launcher.readsInput())
          tasks.body(tasks.values, e.i64(0));
    };
    e.ifThen(e.less(rows, e.i64(2)), prepareRow, [&] { runTogether(e, name + ".prepare", call, preparing); });
    auto valuesOf = [&](const Launcher &launcher, ValueRange v) { // of the row epilogue
      return e.at(v[5], e.mul(rows, e.i64(launcher.rowBytes)));
    };
    for (auto [launcher, v] : llvm::zip(launchers, own)) {
      SmallVector<Value> outs(v.slice(6, launcher.spec.outputs() - bool(launcher.rowEpilogue)));
      if (launcher.rowEpilogue)
        outs.insert(outs.begin() + launcher.spec.rowSegment, valuesOf(launcher, v));
      Value a = launcher.activations(rows, v[0], v[5]);
      tiles.push_back(launcher.tilesOf(call, rows, a, v[2], v[3], v[4], outs));
    }
    runTogether(e, name + ".tiles", call, tiles);
    for (auto [launcher, v] : llvm::zip(launchers, own))
      if (launcher.rowEpilogue)
        launcher.endRows(call, rows, valuesOf(launcher, v), v.drop_front(5 + launcher.spec.outputs()));
  });
}

} // namespace braid::cpu
