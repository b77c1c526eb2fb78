// SPDX-License-Identifier: Apache-2.0
/// \file
/// What the tokens of a chunk write, when it depends on what they read of each other: a unit lower triangular system.
///
/// Its inverse is built from blocks of 4 x 4, where (I - x)^-1 = (I + x)(I + x^2) exactly, merged in pairs. The product
/// form (I + x)(I + x^2)(I + x^4)... of the whole matrix loses all digits when keys repeat.
#include "passes/derive/ChunkEmitter.h"

using namespace mlir;
namespace braid::derive {

static Value eye(Tensors &b, int64_t n) {
  return b.map({n, n}, {}, [&](ValueRange) -> Value {
    Value same = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, b.position(0), b.position(1));
    return arith::SelectOp::create(b, same, b.f32(1), b.f32(0));
  });
}

/// Rows [row + size1, ... + size2) of the inverse, whose diagonal blocks are known: T21 = T22 X21 T11.
static Value merge(Tensors &b, Value x, Value inverse, OpFoldResult row, OpFoldResult middle, int64_t size1,
                   int64_t size2) {
  auto part = [&](Value of, OpFoldResult i, OpFoldResult j, int64_t rows, int64_t columns) {
    return b.slice(of, {i, j}, {rows, columns}, {rows, columns});
  };
  Value low = b.matmul(part(x, middle, row, size2, size1), part(inverse, row, row, size1, size1));
  Value found = b.matmul(part(inverse, middle, middle, size2, size2), low);
  return b.insert(found, inverse, {middle, row}, {size2, size1});
}

Value ChunkEmitter::inverse(Value x) {
  const int64_t n = b.shapeOf(x)[0], base = 4;
  Value one = eye(b, base), zero = b.index(0), end = b.index(n);
  Value result = b.loop(zero, end, b.index(base), b.zeros({n, n}), [&](Value i, ValueRange c) -> SmallVector<Value> {
    Value block = b.slice(x, {i, i}, {base, base}, {base, base});
    Value first = b.add(one, block);
    Value all = b.matmul(first, b.matmul(block, block), first); // first + first x^2
    return {b.insert(all, c[0], {i, i}, {base, base})};
  })[0];
  for (int64_t size = base; size < n; size *= 2) {
    const int64_t whole = n / (2 * size) * (2 * size), rest = n - whole;
    if (whole)
      result = b.loop(zero, b.index(whole), b.index(2 * size), result,
                      [&](Value i, ValueRange c) -> SmallVector<Value> {
                        Value middle = arith::AddIOp::create(b, i, b.index(size));
                        return {merge(b, x, c[0], i, middle, size, size)};
                      })[0];
    if (rest > size)
      result = merge(b, x, result, b.getIndexAttr(whole), b.getIndexAttr(whole + size), size, rest - size);
  }
  return result;
}

/// How what write `to` writes depends on what write `from` has written, or null.
Value ChunkEmitter::coupling(unsigned from, unsigned to) {
  Value sum;
  for (const Term &term : form.writes[to].affine->terms)
    if (Value found = pairs(term.read, from))
      sum = b.add(sum, b.map(b.shapeOf(found), {{found, {0, 1}}, {masked(term.coefficient), {0}}},
                             [&](ValueRange v) { return b.mul(v[0], v[1]); }));
  return sum;
}

ChunkEmitter::Writes ChunkEmitter::solve(bool ofColumns) {
  Writes result;
  for (unsigned state = 0; state < form.decays.size(); ++state)
    if (form.isColumn(state) == ofColumns)
      result.states.push_back(state);
  SmallVector<unsigned> solved; // positions of the writes that depend on reads
  for (auto [index, write] : llvm::enumerate(form.writes)) {
    if (form.isColumn(write.state) != ofColumns)
      continue;
    if (!write.affine->terms.empty())
      solved.push_back(result.writes.size());
    result.writes.push_back(index);
    Value base = masked(write.affine->base);
    if (base && ofColumns)
      base = b.reshape(base, {shape.tokens, 1});
    result.direct.push_back(base);
    result.weights.emplace_back(result.states.size());
  }
  if (solved.empty())
    return result;
  const int64_t C = shape.tokens, J = solved.size(), n = C * J, columns = ofColumns ? 1 : shape.V;
  // The rows of the system are ordered by token, then by write.
  auto rowsOf = [&](unsigned j) { return SmallVector<OpFoldResult>{b.getIndexAttr(j), b.getIndexAttr(0)}; };
  auto stack = [&](ArrayRef<Value> parts, int64_t width) -> Value {
    if (llvm::none_of(parts, [](Value part) { return bool(part); }))
      return {};
    if (J == 1)
      return parts[0];
    Value all = b.zeros({n, width});
    for (auto [j, part] : llvm::enumerate(parts))
      if (part)
        all = b.insert(part, all, rowsOf(j), {C, width}, {J, 1});
    return all;
  };
  auto unstack = [&](Value all, unsigned j, int64_t width) {
    return all && J > 1 ? b.slice(all, rowsOf(j), {C, width}, {C, width}, {J, 1}) : all;
  };

  Value system;
  for (auto [j, to] : llvm::enumerate(solved))
    for (auto [i, from] : llvm::enumerate(solved)) {
      Value block = coupling(result.writes[from], result.writes[to]);
      if (J == 1) {
        system = block;
      } else if (block) {
        system = system ? system : b.zeros({n, n});
        SmallVector<OpFoldResult> offsets{b.getIndexAttr(j), b.getIndexAttr(i)};
        system = b.insert(block, system, offsets, {C, C}, {J, J});
      }
    }
  Value inverse = system ? this->inverse(system) : Value();
  auto apply = [&](Value right) { return right && inverse ? b.matmul(inverse, right) : right; };

  SmallVector<Value> direct;
  for (unsigned to : solved) {
    Value sum = result.direct[to];
    for (auto [from, index] : llvm::enumerate(result.writes))
      if (!llvm::is_contained(solved, from) && result.direct[from])
        if (Value found = coupling(index, result.writes[to]))
          sum = b.matmul(found, result.direct[from], sum);
    direct.push_back(sum);
  }
  Value all = apply(stack(direct, columns));
  for (auto [j, to] : llvm::enumerate(solved))
    result.direct[to] = unstack(all, j, columns);
  for (auto [s, state] : llvm::enumerate(result.states)) {
    SmallVector<Value> weights;
    for (unsigned to : solved) {
      Value sum;
      for (const Term &term : form.writes[result.writes[to]].affine->terms)
        if (form.reads[term.read].state == state) {
          Value factor = readFactor(term.read);
          sum = b.add(sum, b.map(b.shapeOf(factor), {{factor, {0, 1}}, {masked(term.coefficient), {0}}},
                                 [&](ValueRange v) { return b.mul(v[0], v[1]); }));
        }
      weights.push_back(sum);
    }
    Value all = apply(stack(weights, shape.K));
    for (auto [j, to] : llvm::enumerate(solved))
      result.weights[to][s] = unstack(all, j, shape.K);
  }
  return result;
}

} // namespace braid::derive
