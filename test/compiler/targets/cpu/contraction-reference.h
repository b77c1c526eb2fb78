// SPDX-License-Identifier: Apache-2.0
/// \file
/// A contraction computed naively in double precision, and the random problem that it and a kernel are given.
#pragma once

#include "compiler/targets/cpu/Pack.h"
#include "compiler/targets/cpu/kernels/Contraction.h"

#include <string>
#include <vector>

namespace braid::cpu {

/// A weight format under test; the layout's k is set by each contraction.
struct Format {
  std::string name;
  WeightLayout layout;
};
std::vector<Format> formats();

/// Random weights, inputs and what comes out of them.
class Problem {
public:
  Problem(const Contraction &spec, const Format &format, int64_t maxRows);
  /// Calls the kernel with `rows` rows, for several thread counts; an error text, or empty.
  std::string check(void *kernel, int64_t rows);
  /// The same for an embedding of the first segment.
  std::string checkEmbed(void *kernel, double scale);

private:
  void makeWeights();
  /// Row r of x as the kernel's arithmetic sees it: normed in f32; int8 codes times scales where it quantises.
  std::vector<double> prepared(int64_t r) const;
  /// Output o of row r; `tolerance` says how far f32 arithmetic may be from it.
  void reference(const std::vector<double> &x, int64_t r, int64_t output, std::vector<double> &values,
                 std::vector<double> &tolerance) const;

  const Contraction &spec;
  const WeightLayout &layout;
  int64_t k;
  std::vector<std::vector<float>> weights; ///< a matrix [n][k] a segment, as double would hold them
  std::vector<uint8_t> packedStore;
  uint8_t *packed;
  std::vector<float> x, gamma, bias, residual;
};

} // namespace braid::cpu
