// SPDX-License-Identifier: Apache-2.0
/// \file
/// Building row programs, and how finely their rows can be cut.
#include "compiler/targets/cpu/kernels/RowProgram.h"

#include <numeric>

namespace braid::cpu {

RowId RowProgram::add(RowNode node) {
  auto same = std::find(nodes.begin(), nodes.end(), node);
  if (same != nodes.end())
    return same - nodes.begin();
  nodes.push_back(std::move(node));
  return nodes.size() - 1;
}

bool RowProgram::isTiled(int weight) const {
  return std::any_of(nodes.begin(), nodes.end(), [&](const RowNode &node) {
    return node.op == RowOp::Weight && node.index == weight && node.tiled;
  });
}

bool RowProgram::readsState(int state) const {
  return std::any_of(nodes.begin(), nodes.end(), [&](const RowNode &node) {
    return node.op == RowOp::Earlier && node.state == state;
  });
}

std::vector<RowProgram> RowProgram::components() const {
  // Nodes and, after them, states: what is joined has one number.
  std::vector<int> group(nodes.size() + states.size());
  std::iota(group.begin(), group.end(), 0);
  auto join = [&](int a, int b) {
    const int from = group[a], to = group[b];
    std::replace(group.begin(), group.end(), from, to);
  };
  auto isShared = [&](RowId id) {
    return nodes[id].op == RowOp::Input || nodes[id].op == RowOp::Weight || nodes[id].op == RowOp::Tap ||
           nodes[id].op == RowOp::Constant;
  };
  for (RowId id = 0; id < RowId(nodes.size()); ++id) {
    for (RowId operand : nodes[id].operands)
      if (!isShared(operand))
        join(operand, id);
    if (nodes[id].op == RowOp::Earlier)
      join(id, nodes.size() + nodes[id].state);
  }
  std::vector<RowProgram> parts;
  std::vector<int> groups; // of the parts
  for (auto [i, output] : llvm::enumerate(outputs)) {
    auto found = std::find(groups.begin(), groups.end(), group[output]);
    if (found == groups.end()) {
      groups.push_back(group[output]);
      parts.push_back({.name = name + "." + std::to_string(parts.size()), .inputs = inputs, .states = states,
                       .weights = weights, .outputs = llvm::SmallVector<RowId>(outputs.size(), -1)});
      found = groups.end() - 1;
    }
    RowProgram &part = parts[found - groups.begin()];
    std::function<RowId(RowId)> copy = [&](RowId id) {
      RowNode node = nodes[id];
      for (RowId &operand : node.operands)
        operand = copy(operand);
      return part.add(std::move(node));
    };
    part.outputs[i] = copy(output);
  }
  return parts;
}

int64_t RowProgram::independentSlices() const {
  int64_t slices = 0; // any number
  auto divides = [&](int64_t count) { slices = std::gcd(slices, count); };
  for (const RowNode &node : nodes) {
    if (node.width)
      divides(node.width);
    if (node.op == RowOp::Reduce || node.op == RowOp::Rope)
      divides(node.heads);
    if (node.op == RowOp::Weight && node.tiled)
      divides(node.width / weights[node.index].count);
    if (node.op == RowOp::Weight && !node.tiled && weights[node.index].count > 1)
      divides(isTiled(node.index) ? 1 : weights[node.index].count); // a weight that is read both ways has no slices
  }
  return slices;
}

} // namespace braid::cpu
