// SPDX-License-Identifier: Apache-2.0
/// \file
/// Frequencies of rotary positions, plain and by YaRN.
#include "models/architectures/Rope.h"

#include <algorithm>
#include <cmath>

namespace braid::models {

std::vector<float> ropeFrequencies(double theta, int64_t dims) {
  std::vector<float> frequencies(dims / 2);
  for (int64_t i = 0; i < dims / 2; ++i)
    frequencies[i] = 1.0f / std::pow(float(theta), float(2 * i) / float(dims));
  return frequencies;
}

void scaleYarn(const Yarn &yarn, double theta, int64_t dims, std::vector<float> &frequencies) {
  auto correction = [&](double rotations) {
    return dims * std::log(yarn.original / (rotations * 2 * M_PI)) / (2 * std::log(theta));
  };
  double low = correction(yarn.fast), high = correction(yarn.slow);
  if (yarn.truncate) {
    low = std::floor(low);
    high = std::ceil(high);
  }
  low = std::clamp(low, 0.0, double(dims - 1));
  high = std::clamp(high, 0.0, double(dims - 1));
  if (low == high)
    high += 0.001;
  for (size_t i = 0; i < frequencies.size(); ++i) {
    double ramp = std::clamp((double(i) - low) / (high - low), 0.0, 1.0);
    frequencies[i] = frequencies[i] * ((1 - ramp) + ramp / yarn.factor);
  }
}

double yarnTemperature(double factor, double scale) { return factor <= 1 ? 1.0 : 0.1 * scale * std::log(factor) + 1; }

} // namespace braid::models
