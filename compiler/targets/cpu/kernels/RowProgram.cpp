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
