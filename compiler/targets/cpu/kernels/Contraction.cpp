// SPDX-License-Identifier: Apache-2.0
/// \file
/// The contraction kernel: prologue over rows, then tasks that walk groups of panels and tiles of rows.
#include "compiler/targets/cpu/kernels/Contraction.h"

#include "compiler/targets/cpu/Schedule.h"
#include "compiler/targets/cpu/kernels/Activations.h"
#include "compiler/targets/cpu/kernels/Epilogue.h"
#include "compiler/targets/cpu/kernels/PanelProduct.h"
#include "compiler/targets/cpu/kernels/QuantTile.h"
#include "compiler/targets/cpu/kernels/TileRows.h"

using namespace mlir;
namespace braid::cpu {
namespace {

/// One matrix (or gated pair) as tasks see it. A unit is the panels that one epilogue call finishes.
struct Segment {
  int64_t n, firstUnit, firstPanel, firstBias;
};

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
  Value factorOf(size_t segment) const { return e.f32(spec.factors.empty() ? 1 : spec.factors[segment]); }
  Value prepare(Value call, Value rows, Value x, Value gamma, Value scratch) const;
  void launch(Value call, Value rows, Value a, Value weights, Value bias, Value residual, ValueRange outs) const;
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

/// The rows that micro-kernels read: x itself if it can be, else prepared in scratch.
Value Launcher::prepare(Value call, Value rows, Value x, Value gamma, Value scratch) const {
  const int64_t rowsPerTask = 4;
  auto function = emitPrepareRow(e, isa, spec);
  auto run = [&] {
    e.parallel(spec.name + ".prepare", call, e.ceilDiv(rows, rowsPerTask), {rows, x, gamma, scratch},
               [&](ValueRange values, Value index) {
                 Value first = e.mul(index, e.i64(rowsPerTask));
                 Value end = e.min(values[0], e.add(first, e.i64(rowsPerTask)));
                 e.loop(first, end, e.i64(1), [&](Value row) {
                   Value from = e.at(values[1], e.mul(row, e.i64(4 * layout.k)));
                   e.call(function, {from, values[2], e.at(values[3], e.mul(row, e.i64(rowBytes)))});
                 });
               });
  };
  bool exact = activationsFor(isa, layout, spec.activations) == ActivationType::F32;
  if (spec.norm || !exact || layout.paddedK() != layout.k) {
    run();
    return scratch;
  }
  Value many = e.less(e.i64(1), rows);
  e.ifThen(many, run);
  return e.select(many, scratch, x);
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

void Launcher::launch(Value call, Value rows, Value a, Value weights, Value bias, Value residual,
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
  e.parallel(spec.name + ".tiles", call, e.mul(blocks, chunks), values, [&](ValueRange v, Value index) {
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
  });
}

} // namespace

LLVM::LLVMFuncOp emitContraction(Emit &e, const Isa &isa, const Contraction &spec, LLVM::LLVMFuncOp rowEpilogue) {
  assert((spec.rowSegment >= 0) == bool(rowEpilogue) && (!rowEpilogue || !spec.gated) && "rows of one plain segment");
  assert(!spec.segments.empty() && (!spec.residual || spec.outputs() == 1) && "a residual has one output to go to");
  assert((!spec.gated || (spec.segments.size() == 2 && spec.segments[0] == spec.segments[1])) && "a pair of equals");
  Launcher launcher{e, isa, spec};
  launcher.layOut();
  launcher.epilogue = emitEpilogue(e, spec, launcher.unitPanels);
  launcher.rowEpilogue = rowEpilogue;
  Type p = e.ptr();
  SmallVector<Type> params{p, e.getI64Type(), p, p, p, p, p, p};
  const int64_t outputs = spec.outputs() - bool(rowEpilogue);
  params.append(outputs + (rowEpilogue ? rowEpilogue.getNumArguments() - 3 : 0), p);
  return e.function(spec.name, params, [&](ValueRange args) {
    Value call = args[0], rows = args[1], scratch = args[7];
    Value values = e.at(scratch, e.mul(rows, e.i64(launcher.rowBytes))); // of the row epilogue
    Value a = launcher.prepare(call, rows, args[2], args[3], scratch);
    SmallVector<Value> outs(args.slice(8, outputs));
    if (rowEpilogue)
      outs.insert(outs.begin() + spec.rowSegment, values);
    launcher.launch(call, rows, a, args[4], args[5], args[6], outs);
    if (rowEpilogue)
      launcher.endRows(call, rows, values, args.drop_front(8 + outputs));
  });
}

} // namespace braid::cpu
