// SPDX-License-Identifier: Apache-2.0
/// \file
/// Rotations in row programs.
#include "compiler/targets/cpu/kernels/RowCode.h"

using namespace mlir;
namespace braid::cpu {

Value RowCode::rope(const RowNode &node) {
  const int64_t dims = program.inputs[node.index], width = node.width / node.heads;
  // Vectors within a head, within a half of it.
  bool isWhole = width % kLanes == 0 && headWidth() % kLanes == 0;
  bool isEven = isWhole && (node.interleaved ? dims % kLanes == 0 : dims / 2 % kLanes == 0);
  return isEven ? ropeOfVectors(node) : ropeOfLanes(node);
}

/// No lane has another case than its neighbours.
Value RowCode::ropeOfVectors(const RowNode &node) {
  const int64_t dims = program.inputs[node.index], half = dims / 2, width = node.width / node.heads;
  RowId source = node.operands[0];
  Value base = program.nodes[source].op == RowOp::Input ? memory.inputs[program.nodes[source].index] : homeOf(source);
  Value table = memory.tables[node.index], inHead = remainder(at.feature, width), zero = e.i64(0);
  Value x = contiguous(base, at.feature);
  Value rotates = e.less(inHead, e.i64(dims));
  auto entry = [&](Value pair, int64_t part, int64_t lanes) {
    return e.load(e.vec(e.getF32Type(), lanes), e.at(e.at(table, e.mul(pair, e.i64(4))), 4 * part), 4);
  };
  Value y, cosine, sine;
  if (node.interleaved) {
    SmallVector<int64_t> swapped, doubled;
    SmallVector<float> signs;
    for (int64_t i = 0; i < kLanes; ++i) {
      swapped.push_back(i ^ 1);
      doubled.push_back(i / 2);
      signs.push_back(i % 2 ? 1 : -1);
    }
    Value pair = e.select(rotates, quotient(inHead, 2), zero);
    auto twice = [&](Value v) -> Value { return vector::ShuffleOp::create(e, v, v, doubled); };
    y = vector::ShuffleOp::create(e, x, x, swapped);
    cosine = twice(entry(pair, 0, kLanes / 2));
    Value sign = arith::ConstantOp::create(e, DenseElementsAttr::get(e.vf32(), ArrayRef(signs)));
    sine = e.mul(twice(entry(pair, half, kLanes / 2)), sign);
  } else {
    Value isFirst = e.less(inHead, e.i64(half));
    Value pair = e.select(rotates, remainder(inHead, half), zero);
    Value distance = e.select(isFirst, e.i64(half), e.i64(-half));
    y = contiguous(base, e.add(at.feature, e.select(rotates, distance, zero)));
    cosine = entry(pair, 0, kLanes);
    sine = entry(pair, half, kLanes);
    sine = e.mul(sine, e.splat(e.select(isFirst, e.f32(-1), e.f32(1))));
  }
  Value rotated = e.add(e.mul(x, cosine), e.mul(y, sine));
  return dims == width ? rotated : e.select(rotates, rotated, x);
}

Value RowCode::ropeOfLanes(const RowNode &node) {
  const int64_t dims = program.inputs[node.index], half = dims / 2, width = node.width / node.heads;
  RowId source = node.operands[0];
  Value base = program.nodes[source].op == RowOp::Input ? memory.inputs[program.nodes[source].index] : homeOf(source);
  Value table = memory.tables[node.index], feature = featureLanes(), inHead = remainder(feature, width);
  Type integers = feature.getType();
  auto constant = [&](int64_t v) { return e.constant(integers, v); };
  Value rotates = e.less(inHead, constant(dims)), isFirst, pair, partner;
  if (node.interleaved) {
    Value odd = remainder(inHead, 2);
    isFirst = arith::CmpIOp::create(e, arith::CmpIPredicate::eq, odd, constant(0));
    pair = quotient(inHead, 2);
    partner = e.select(isFirst, e.add(feature, constant(1)), e.sub(feature, constant(1)));
  } else {
    isFirst = e.less(inHead, constant(half));
    pair = remainder(inHead, half);
    partner = e.select(isFirst, e.add(feature, constant(half)), e.sub(feature, constant(half)));
  }
  pair = e.select(rotates, pair, constant(0));
  partner = e.select(rotates, partner, feature);
  Value x = contiguous(base, at.feature), y = gather(base, partner);
  Value cosine = gather(table, pair), sine = gather(table, e.add(pair, constant(half)));
  sine = e.select(isFirst, arith::NegFOp::create(e, sine), sine);
  return e.select(rotates, e.add(e.mul(x, cosine), e.mul(y, sine)), x);
}

} // namespace braid::cpu
