// SPDX-License-Identifier: Apache-2.0
/// \file
/// What each read finds of each write within the chunk: one C x C matrix, strictly lower triangular.
///
/// Without key-channel decays it is one matrix product, times the scalar decay between the tokens. Key-channel decays
/// stand within the sum over channels. Between blocks of tokens they are split at the first token of the row's block:
/// a product of the decays in front of it and behind it, both at most 1. Within a block the written keys decay token
/// by token as the rows go by.
#include "passes/derive/ChunkEmitter.h"

using namespace mlir;
namespace braid::derive {

Value ChunkEmitter::pairs(unsigned read, unsigned write) {
  if (form.reads[read].state != form.writes[write].state)
    return {};
  Value &result = pairCache[{read, write}];
  if (result)
    return result;
  unsigned state = form.reads[read].state;
  ExprId scalarLog = form.decays[state].scalarLog;
  const ScalarDecay &decay = scalarDecay(state);
  Value raw = rawPairs(read, write);
  const int64_t C = shape.tokens;
  const bool isWithin = form.decays[state].keyLog != noExpr;
  bool shared = isShared({form.reads[read].raw, form.reads[read].log, form.writes[write].raw, form.writes[write].log,
                          scalarLog, form.decays[state].keyLog});
  return result = at(shared, [&]() -> Value {
    if (decay.between)
      return b.mul(raw, decay.between);
    if (isWithin)
      return raw;
    return b.map({C, C}, {{raw, {0, 1}}},
                 [&](ValueRange v) { return b.where(b.less(b.position(1), b.position(0)), v[0]); });
  });
}

/// Without scalar decays; then all pairs without key decays, the lower triangle with them.
Value ChunkEmitter::rawPairs(unsigned read, unsigned write) {
  Value &result = rawPairCache[{read, write}];
  if (result)
    return result;
  if (form.decays[form.reads[read].state].keyLog != noExpr)
    return result = keyPairs(read, write);
  ExprId left = form.reads[read].key, right = form.writes[write].key;
  Value x = masked(left), y = transposedKey(write);
  return result = at(isShared({left, right}), [&] { return b.matmul(x, y); });
}

/// The key of a write, K x C.
Value ChunkEmitter::transposedKey(unsigned write) {
  ExprId id = form.writes[write].key;
  Value &result = transposed[id];
  if (!result) {
    Value key = masked(id);
    result = at(isShared(id), [&] { return b.transpose(key); });
  }
  return result;
}

Value ChunkEmitter::keyPairs(unsigned readIndex, unsigned writeIndex) {
  const Read &read = form.reads[readIndex];
  const Write &write = form.writes[writeIndex];
  const KeyDecay &decay = keyDecay(read.state);
  Value rawRead = masked(read.raw), readLog = maskedLog(read.log), rawWrite = masked(write.raw),
        writeLog = maskedLog(write.log);
  const int64_t C = shape.tokens, B = shape.block, K = shape.K, n = blockCount();
  return at(isShared({read.raw, read.log, write.raw, write.log, form.decays[read.state].keyLog}), [&]() -> Value {
    auto withLog = [&](Value raw, Value log) { return blocks(log ? b.mul(raw, b.exp(log)) : raw); };
    auto flipped = [&](Value x) -> Value { // blocks x block x K -> blocks x K x block
      Value empty = tensor::EmptyOp::create(b, {n, K, B}, b.getF32Type());
      return linalg::TransposeOp::create(b, x, empty, ArrayRef<int64_t>{0, 2, 1}).getResult()[0];
    };
    Value left = withLog(rawRead, readLog), right = withLog(rawWrite, writeLog);
    Value farLeft = b.mul(blocks(rawRead), b.exp(b.add(readLog ? blocks(readLog) : Value(), decay.before)));
    Value farRight = flipped(b.mul(blocks(rawWrite), b.exp(b.add(writeLog ? blocks(writeLog) : Value(), decay.after))));
    Value factors = b.exp(decay.log), nearRight = flipped(right);
    Value zero = b.index(0), one = b.index(1), count = b.index(n), size = b.index(B);
    OpFoldResult first = b.getIndexAttr(0);
    auto matrixOf = [&](Value x, Value block, int64_t rows, int64_t columns) {
      return b.slice(x, {block, first, first}, {1, rows, columns}, {rows, columns});
    };
    return b.loop(zero, count, one, b.zeros({C, C}), [&](Value block, ValueRange carried) -> SmallVector<Value> {
      Value start = arith::MulIOp::create(b, block, size);
      // Columns of earlier blocks.
      Value rows = matrixOf(farLeft, block, B, K);
      Value pairs = b.loop(zero, block, one, carried, [&](Value earlier, ValueRange inner) -> SmallVector<Value> {
        Value between = b.slice(decay.between, {block, earlier, first}, {1, 1, K}, {K});
        Value decayed = b.map({B, K}, {{rows, {0, 1}}, {between, {1}}},
                              [&](ValueRange v) { return b.mul(v[0], v[1]); });
        Value tile = b.matmul(decayed, matrixOf(farRight, earlier, K, B));
        Value column = arith::MulIOp::create(b, earlier, size);
        return {b.insert(tile, inner[0], {start, column}, {B, B})};
      })[0];
      // The block itself: row r, then its decay for all columns in front of it.
      Value keys = matrixOf(nearRight, block, K, B);
      auto nextRow = [&](Value r, ValueRange inner) -> SmallVector<Value> {
        Value row = b.slice(left, {block, r, first}, {1, 1, K}, {K});
        Value factor = b.slice(factors, {block, r, first}, {1, 1, K}, {K});
        Value found = b.sum({K, B}, {1}, {{row, {0}}, {inner[0], {0, 1}}}, [&](ValueRange v) {
          return b.where(b.less(b.position(1), r), b.mul(v[0], v[1]));
        });
        Value decayed = b.update(inner[0], {{factor, {0}}}, [&](ValueRange v) {
          return arith::SelectOp::create(b, b.less(b.position(1), r), b.mul(v[0], v[1]), v[1]);
        });
        Value position = arith::AddIOp::create(b, start, r);
        return {decayed, b.insert(found, inner[1], {position, start}, {1, B})};
      };
      return {b.loop(zero, size, one, {keys, pairs}, nextRow)[1]};
    })[0];
  });
}

} // namespace braid::derive
