// SPDX-License-Identifier: Apache-2.0
/// \file
/// Frequencies of rotary positions. arXiv 2104.09864.
#pragma once

#include <cstdint>
#include <vector>

namespace braid::models {

/// Of `dims` rotating features: theta^(-2i/dims), in f32 as transformers computes them.
std::vector<float> ropeFrequencies(double theta, int64_t dims);

/// YaRN (arXiv 2309.00071): a ramp between interpolated and kept frequencies.
struct Yarn {
  double factor = 1, original = 1; ///< how much longer the context becomes, and how long it was
  double fast = 32, slow = 1;      ///< rotations over the original context, where the ramp ends
  bool truncate = true;            ///< the ramp's ends to whole features
};
void scaleYarn(const Yarn &yarn, double theta, int64_t dims, std::vector<float> &frequencies);
/// What YaRN multiplies cosines and sines by, for an mscale of `scale`.
double yarnTemperature(double factor, double scale);

} // namespace braid::models
