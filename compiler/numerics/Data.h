// SPDX-License-Identifier: Apache-2.0
/// \file
/// What numeric checks run on: random weights in each storage, random and adversarial tokens.
#pragma once

#include "dialects/braid/Braid.h"
#include "models/formats/TensorFile.h"

namespace braid::numerics {

/// Numbers that depend on the seed alone (SplitMix64).
class Random {
public:
  explicit Random(uint64_t seed) : state(seed) {}
  uint64_t next();
  int64_t below(int64_t end) { return int64_t(next() % uint64_t(end)); }
  double uniform() { return double(next() >> 11) * 0x1p-53; } ///< [0, 1)
  float normal();                                             ///< about: the sum of four uniform numbers
private:
  uint64_t state;
};

/// Seed for what is called `name`.
uint64_t seedOf(llvm::StringRef name);

/// Random tensors by name, with the memory that holds them.
class RandomWeights {
public:
  /// Adds a tensor: a matrix of about 1/sqrt(columns), a vector of about 1, in the storage of its type. Blocks of
  /// quantised types are valid: any codes, finite scales.
  llvm::Error add(llvm::StringRef name, graph::WeightType type);
  const formats::TensorStore &tensors() const { return store; }

private:
  formats::TensorStore store;
  std::vector<std::unique_ptr<std::vector<uint8_t>>> memory;
};

enum class InputKind { Random, Zeros, Repeated, Large, Tiny };
/// By the name that `check.close` uses.
InputKind inputKindOf(llvm::StringRef name);

/// [count][features] numbers of one kind.
std::vector<float> makeTokens(InputKind kind, int64_t count, int64_t features, Random &random);
/// [count] ids below `vocabulary`: zeros, the last id ("large"), all one, or random.
std::vector<int32_t> makeIds(InputKind kind, int64_t count, int64_t vocabulary, Random &random);

} // namespace braid::numerics
