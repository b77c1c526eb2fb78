// SPDX-License-Identifier: Apache-2.0
/// \file
/// Decays over the tokens of a chunk: sums of logarithms, never differences, so that no exponent is positive and each
/// is as exact as its own size allows, however large the sum over the whole chunk is.
#include "passes/derive/ChunkEmitter.h"

using namespace mlir;
namespace braid::derive {

const ChunkEmitter::ScalarDecay &ChunkEmitter::scalarDecay(unsigned state) {
  ScalarDecay &decay = scalarDecays[state];
  ExprId id = form.decays[state].scalarLog;
  if (decay.total || id == noExpr)
    return decay;
  const int64_t C = shape.tokens;
  Value log = maskedLog(id);
  at(isShared(id), [&] {
    auto sum = [&](bool isBefore) {
      return b.sum({C, C}, {0}, {{log, {1}}}, [&](ValueRange v) {
        Value r = b.position(0), j = b.position(1);
        return b.where(isBefore ? b.less(j, r) : b.less(r, j), v[0]);
      });
    };
    decay.before = sum(true);
    decay.after = sum(false);
    decay.total = b.sum({C}, {}, {{log, {0}}}, [](ValueRange v) { return v[0]; });
    // Row r is row r - 1, and its token for the columns in front of it.
    Value one = b.index(1);
    Value sums = b.loop(one, b.index(C), one, b.zeros({C, C}), [&](Value r, ValueRange carried) -> SmallVector<Value> {
      Value previous = arith::SubIOp::create(b, r, one);
      OpFoldResult zero = b.getIndexAttr(0);
      Value row = b.slice(carried[0], {previous, zero}, {1, C}, {C});
      Value token = b.slice(log, {previous}, {1}, {});
      row = b.map({C}, {{row, {0}}, {token, {}}}, [&](ValueRange v) {
        return b.add(v[0], b.where(b.less(b.position(0), previous), v[1]));
      });
      return {b.insert(row, carried[0], {r, zero}, {1, C})};
    })[0];
    decay.between = b.map({C, C}, {{sums, {0, 1}}}, [&](ValueRange v) {
      return b.where(b.less(b.position(1), b.position(0)), b.exp(v[0]));
    });
    return Value();
  });
  return decay;
}

Value ChunkEmitter::blocks(Value x) { return b.reshape(x, {blockCount(), shape.block, shape.K}); }

const ChunkEmitter::KeyDecay &ChunkEmitter::keyDecay(unsigned state) {
  KeyDecay &decay = keyDecays[state];
  ExprId id = form.decays[state].keyLog;
  if (decay.total || id == noExpr)
    return decay;
  const int64_t n = blockCount(), B = shape.block, K = shape.K;
  Value log = maskedLog(id);
  at(isShared(id), [&] {
    decay.log = blocks(log);
    auto inBlock = [&](bool isBefore) {
      return b.sum({n, B, B, K}, {0, 1, 3}, {{decay.log, {0, 2, 3}}}, [&](ValueRange v) {
        Value r = b.position(1), j = b.position(2);
        return b.where(isBefore ? b.less(j, r) : b.less(r, j), v[0]);
      });
    };
    decay.before = inBlock(true);
    decay.after = inBlock(false);
    Value block = b.sum({n, B, K}, {0, 2}, {{decay.log, {0, 1, 2}}}, [](ValueRange v) { return v[0]; });
    auto ofBlocks = [&](bool isEarlier) {
      return b.sum({n, n, K}, {0, 2}, {{block, {1, 2}}}, [&](ValueRange v) {
        Value r = b.position(0), j = b.position(1);
        return b.where(isEarlier ? b.less(j, r) : b.less(r, j), v[0]);
      });
    };
    decay.earlier = ofBlocks(true);
    decay.later = ofBlocks(false);
    decay.total = b.sum({n, K}, {1}, {{block, {0, 1}}}, [](ValueRange v) { return v[0]; });
    Value between = b.sum({n, n, n, K}, {0, 1, 3}, {{block, {2, 3}}}, [&](ValueRange v) {
      Value row = b.position(0), column = b.position(1), c = b.position(2);
      return b.where(b.less(c, row), b.where(b.less(column, c), v[0]));
    });
    decay.between = b.exp(between);
    return Value();
  });
  return decay;
}

Value ChunkEmitter::readFactor(unsigned index) {
  const Read &read = form.reads[index];
  const ScalarDecay &scalar = scalarDecay(read.state);
  const KeyDecay &key = keyDecay(read.state);
  Value raw = masked(read.raw), log = maskedLog(read.log);
  const Decay &decay = form.decays[read.state];
  const int64_t C = shape.tokens, K = shape.K;
  return at(isShared({read.raw, read.log, decay.scalarLog, decay.keyLog}), [&] {
    Value sum = log;
    if (key.total)
      sum = b.add(sum, b.reshape(b.map({blockCount(), shape.block, K}, {{key.before, {0, 1, 2}}, {key.earlier, {0, 2}}},
                                       [&](ValueRange v) { return b.add(v[0], v[1]); }), {C, K}));
    Value result = sum ? b.mul(raw, b.exp(sum)) : raw;
    if (scalar.total)
      result = b.map({C, K}, {{result, {0, 1}}, {b.exp(scalar.before), {0}}},
                     [&](ValueRange v) { return b.mul(v[0], v[1]); });
    return result;
  });
}

Value ChunkEmitter::writeFactor(unsigned index) {
  const Write &write = form.writes[index];
  const ScalarDecay &scalar = scalarDecay(write.state);
  const KeyDecay &key = keyDecay(write.state);
  Value raw = masked(write.raw), log = maskedLog(write.log);
  const Decay &decay = form.decays[write.state];
  const int64_t C = shape.tokens, K = shape.K;
  return at(isShared({write.raw, write.log, decay.scalarLog, decay.keyLog}), [&] {
    Value sum = log;
    if (key.total)
      sum = b.add(sum, b.reshape(b.map({blockCount(), shape.block, K}, {{key.after, {0, 1, 2}}, {key.later, {0, 2}}},
                                       [&](ValueRange v) { return b.add(v[0], v[1]); }), {C, K}));
    Value result = sum ? b.mul(raw, b.exp(sum)) : raw;
    if (scalar.total)
      result = b.map({C, K}, {{result, {0, 1}}, {b.exp(scalar.after), {0}}},
                     [&](ValueRange v) { return b.mul(v[0], v[1]); });
    return result;
  });
}

Value ChunkEmitter::decayed(unsigned state, Value x) {
  const ScalarDecay &scalar = scalarDecay(state);
  const KeyDecay &key = keyDecay(state);
  if (key.total)
    x = b.map(b.shapeOf(x), {{x, {0, 1}}, {b.exp(key.total), {0}}}, [&](ValueRange v) { return b.mul(v[0], v[1]); });
  if (scalar.total)
    x = b.map(b.shapeOf(x), {{x, {0, 1}}, {b.exp(scalar.total), {}}}, [&](ValueRange v) { return b.mul(v[0], v[1]); });
  return x;
}

} // namespace braid::derive
