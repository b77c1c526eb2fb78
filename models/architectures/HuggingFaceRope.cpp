// SPDX-License-Identifier: Apache-2.0
/// \file
/// Rope by the fields of a config.json.
#include "models/architectures/Rope.h"
#include "models/architectures/Stack.h"

#include <cmath>

using namespace braid::formats;
namespace braid::models {

/// Llama 3's scaling: long wavelengths are stretched, short ones kept, those between blended.
static void scaleLlama3(Fields &scaling, std::vector<float> &frequencies) {
  double factor = scaling.number("factor", 1e-6);
  double low = scaling.number("low_freq_factor", 1e-6), high = scaling.number("high_freq_factor", 1e-6);
  double original = scaling.integer("original_max_position_embeddings", 1, int64_t(1) << 30);
  for (float &frequency : frequencies) {
    double wavelength = 2 * M_PI / frequency;
    if (wavelength > original / low) {
      frequency = frequency / factor;
    } else if (wavelength > original / high) {
      double smooth = (original / wavelength - low) / (high - low);
      frequency = (1 - smooth) * frequency / factor + smooth * frequency;
    }
  }
}

static void readYarn(Fields &scaling, double theta, int64_t dims, int64_t context, Rope &rope) {
  Yarn yarn;
  yarn.factor = scaling.number("factor", 1e-6);
  yarn.original = scaling.integerOr("original_max_position_embeddings", context, 1, int64_t(1) << 30);
  yarn.fast = scaling.numberOr("beta_fast", 32, 1e-6);
  yarn.slow = scaling.numberOr("beta_slow", 1, 1e-6);
  yarn.truncate = scaling.booleanOr("truncate", true);
  scaleYarn(yarn, theta, dims, rope.frequencies);
  auto attention = [&](double scale) { return yarnTemperature(yarn.factor, scale); };
  if (scaling.has("attention_factor")) {
    rope.factor = scaling.number("attention_factor", 0);
    scaling.ignore({"mscale", "mscale_all_dim"});
  } else if (scaling.has("mscale") && scaling.has("mscale_all_dim")) {
    rope.factor = attention(scaling.number("mscale", 0)) / attention(scaling.number("mscale_all_dim", 0));
  } else {
    rope.factor = attention(1);
    scaling.ignore({"mscale", "mscale_all_dim"});
  }
}

Rope readRope(Fields &fields, int64_t dims, int64_t context) {
  if (dims < 2 || dims % 2)
    fields.fault("head_dim", "expected an even number of rotating features, got " + llvm::Twine(dims));
  // transformers 5 writes `rope_parameters`, before it was `rope_theta` and `rope_scaling`.
  std::optional<Fields> scaling = fields.object("rope_parameters");
  if (!scaling)
    scaling = fields.object("rope_scaling");
  double theta = fields.numberOr("rope_theta", 10000, 1);
  if (scaling)
    theta = scaling->numberOr("rope_theta", theta, 1);
  Rope rope{ropeFrequencies(theta, dims)};
  if (!scaling)
    return rope;
  llvm::StringRef key = scaling->has("rope_type") ? "rope_type" : "type";
  switch (scaling->choiceOr(key, 0, {"default", "linear", "llama3", "yarn"})) {
  case 1: {
    double factor = scaling->number("factor", 1e-6);
    for (float &frequency : rope.frequencies)
      frequency = frequency / factor;
    break;
  }
  case 2:
    scaleLlama3(*scaling, rope.frequencies);
    break;
  case 3:
    readYarn(*scaling, theta, dims, context, rope);
    break;
  }
  scaling->ignore({"rope_type", "type"});
  return rope;
}

} // namespace braid::models
