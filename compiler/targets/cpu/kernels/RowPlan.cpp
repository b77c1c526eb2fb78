// SPDX-License-Identifier: Apache-2.0
/// \file
/// Planning the loops of row programs.
#include "compiler/targets/cpu/kernels/RowPlan.h"

#include <map>

using namespace mlir;
namespace braid::cpu {

static bool isLeaf(const RowNode &node) {
  switch (node.op) {
  case RowOp::Input:
  case RowOp::Earlier:
  case RowOp::Weight:
  case RowOp::Tap:
  case RowOp::Constant: return true;
  default: return false;
  }
}

/// Cycles of a vector of 16, about.
static int64_t ownCost(const RowNode &node) {
  switch (node.op) {
  case RowOp::Constant: return 0;
  case RowOp::Div:
  case RowOp::Sqrt: return 10;
  case RowOp::Rsqrt: return 20;
  case RowOp::Log: return 25;
  case RowOp::Rope: return 4;
  case RowOp::Function:
    switch (node.function) {
    case Nonlinearity::None:
    case Nonlinearity::Relu:
    case Nonlinearity::Relu2: return 2;
    case Nonlinearity::Exp: return 20;
    case Nonlinearity::Silu:
    case Nonlinearity::Sigmoid: return 30;
    default: return 60;
    }
  default: return 1;
  }
}

/// The most slices of at least 512 features, of whole vectors where there are such (taps lie in panels of a vector).
static int64_t chooseSlices(const RowProgram &program, int64_t width) {
  const int64_t most = program.independentSlices();
  bool hasTaps = llvm::any_of(program.weights, [](const RowProgram::Weight &weight) { return weight.taps != 0; });
  int64_t best = 1, bestWhole = 0;
  for (int64_t slices = 1; slices * 512 <= width; ++slices)
    if (most % slices == 0) {
      best = slices;
      if (width / slices % kLanes == 0)
        bestWhole = slices;
    }
  return bestWhole ? bestWhole : hasTaps ? 1 : best;
}

RowPlan::RowPlan(const RowProgram &program, int64_t wanted)
    : program(program), places(program.nodes.size()), users(program.nodes.size()) {
  int64_t widest = 0;
  for (auto [id, node] : llvm::enumerate(program.nodes)) {
    widest = std::max(widest, node.width);
    for (RowId operand : node.operands)
      users[operand].push_back(id);
  }
  slices = wanted ? wanted : chooseSlices(program, widest);
  for (auto [i, id] : llvm::enumerate(program.outputs))
    if (id >= 0 && places[id].output < 0) {
      places[id].output = i;
      places[id].isStored = !isLeaf(program.nodes[id]);
    }
  assignLevels();
  sink();
  chooseStores();
  makeLoops();
  estimate();
}

bool RowPlan::isInMemory(RowId id, int level) const {
  RowOp op = program.nodes[id].op;
  return op == RowOp::Reduce ? places[id].level <= level : places[id].isStored && places[id].level < level;
}

void RowPlan::assignLevels() {
  for (auto [id, node] : llvm::enumerate(program.nodes)) {
    int level = 0;
    for (RowId operand : node.operands) {
      RowOp op = program.nodes[operand].op;
      bool isComputed = !isLeaf(program.nodes[operand]) && op != RowOp::Reduce;
      bool ends = node.op == RowOp::Reduce || (readsFromMemory(id) && isComputed);
      level = std::max(level, places[operand].level + ends);
    }
    places[id].level = level;
  }
}

/// Whether computing a node in a later loop makes no other value wait in memory.
bool RowPlan::canSink(RowId id, int level) const {
  return llvm::all_of(program.nodes[id].operands, [&](RowId operand) {
    const RowNode &node = program.nodes[operand];
    return isLeaf(node) || node.op == RowOp::Reduce || readsFromMemory(id) || places[operand].level >= level ||
           (places[operand].output < 0 && users[operand].size() == 1 && canSink(operand, level));
  });
}

/// Computes what only later loops need in those.
void RowPlan::sink() {
  for (RowId id = program.nodes.size(); id-- > 0;) {
    const RowNode &node = program.nodes[id];
    if (isLeaf(node) || node.op == RowOp::Reduce || places[id].output >= 0 || users[id].empty())
      continue;
    int target = INT_MAX;
    for (RowId user : users[id])
      target = std::min(target, useLevel(user));
    if (target > places[id].level && canSink(id, target))
      places[id].level = target;
  }
}

int64_t RowPlan::cost(RowId id) const {
  const RowNode &node = program.nodes[id];
  int64_t sum = ownCost(node);
  for (RowId operand : node.operands)
    if (!isLeaf(program.nodes[operand]) && program.nodes[operand].op != RowOp::Reduce && !places[operand].isStored)
      sum += cost(operand);
  return sum;
}

/// A value that later loops need is stored, unless it is quickly computed again.
void RowPlan::chooseStores() {
  for (auto [id, node] : llvm::enumerate(program.nodes)) {
    Place &place = places[id];
    if (isLeaf(node))
      continue;
    bool isNeeded = node.op == RowOp::Reduce, isReadElsewhere = false;
    for (RowId user : users[id]) {
      isReadElsewhere |= readsFromMemory(user);
      isNeeded |= useLevel(user) > place.level;
    }
    if (!place.isStored && (isReadElsewhere || (isNeeded && (node.op == RowOp::Reduce || cost(id) > 3))))
      place.isStored = true;
    if (place.isStored && place.output < 0) {
      place.offset = scratchBytes;
      scratchBytes += (width(id) * 4 + 63) / 64 * 64;
    }
  }
}

void RowPlan::visit(const RowLoop &loop, llvm::function_ref<void(RowId)> action) const {
  SmallVector<RowId> work(loop.stores);
  for (RowId reduction : loop.reductions)
    work.push_back(program.nodes[reduction].operands[0]);
  llvm::DenseSet<RowId> seen;
  while (!work.empty()) {
    RowId id = work.pop_back_val();
    if (!seen.insert(id).second)
      continue;
    action(id);
    if (!readsFromMemory(id) && !isInMemory(id, loop.level))
      llvm::append_range(work, program.nodes[id].operands);
  }
}

/// Without sums, heads of an odd size are walked one by one where a number serves a head.
int64_t RowPlan::nestFor(const RowLoop &loop) const {
  int64_t heads = 1;
  visit(loop, [&](RowId id) {
    const RowNode &node = program.nodes[id];
    if (isInMemory(id, loop.level))
      return;
    if (node.op == RowOp::Spread && loop.width / width(node.operands[0]) % kLanes)
      heads = width(node.operands[0]);
    if (node.op != RowOp::Weight)
      return;
    int64_t count = program.weights[node.index].count;
    if (node.tiled ? count % kLanes != 0 : count > 1 && count < node.width && node.width / count % kLanes != 0)
      heads = node.tiled ? loop.width / count : count / slices;
  });
  return heads;
}

void RowPlan::makeLoops() {
  // By level, then by width; sums of unlike heads have a loop each.
  std::map<std::pair<int, int64_t>, std::map<int64_t, RowLoop>> all;
  for (RowId id = 0; id < RowId(program.nodes.size()); ++id) {
    const RowNode &node = program.nodes[id];
    if (node.op != RowOp::Reduce)
      continue;
    int64_t wide = width(node.operands[0]), heads = node.heads / slices;
    int level = places[id].level - 1;
    RowLoop &loop = all[{level, wide}].try_emplace(heads, RowLoop{level, wide, heads, {}, {}}).first->second;
    loop.reductions.push_back(id);
  }
  for (RowId id = 0; id < RowId(program.nodes.size()); ++id) {
    const Place &place = places[id];
    bool isOutput = llvm::is_contained(program.outputs, id);
    if (program.nodes[id].op == RowOp::Reduce || !(place.isStored || isOutput))
      continue;
    auto &nests = all[{place.level, width(id)}];
    if (nests.empty())
      nests.try_emplace(0, RowLoop{place.level, width(id), 0, {}, {}});
    nests.begin()->second.stores.push_back(id);
  }
  for (auto &[key, nests] : all)
    for (auto &[heads, loop] : nests) {
      if (!loop.heads) {
        loop.heads = nestFor(loop);
        bool hasRope = false;
        visit(loop, [&](RowId id) { hasRope |= program.nodes[id].op == RowOp::Rope; });
        loop.isScalar = loop.width <= 4 && !hasRope;
      }
      loops.push_back(std::move(loop));
    }
}

void RowPlan::estimate() {
  for (RowLoop &loop : loops) {
    loop.cycles = 2 + loop.stores.size() + loop.reductions.size();
    visit(loop, [&](RowId id) { loop.cycles += isInMemory(id, loop.level) ? 1 : ownCost(program.nodes[id]); });
    int64_t inHead = loop.width / loop.heads, lanes = loop.isScalar ? 1 : kLanes;
    sliceCycles += loop.heads * ((inHead + lanes - 1) / lanes * loop.cycles + (loop.reductions.empty() ? 2 : 20));
  }
}

} // namespace braid::cpu
