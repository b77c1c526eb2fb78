// SPDX-License-Identifier: Apache-2.0
/// \file
/// Rope by GGUF metadata.
#include "models/architectures/GgufStack.h"
#include "models/architectures/Rope.h"
#include "models/formats/Dequantize.h"
#include "models/formats/FormatError.h"

using namespace braid::formats;
namespace braid::models {

/// Llama 3's frequency divisors are a tensor in GGUF files.
static llvm::Error applyRopeFactors(const ModelFile &file, std::vector<float> &frequencies) {
  const Tensor *factors = file.tensors.find("rope_freqs.weight");
  if (!factors)
    return llvm::Error::success();
  if (factors->dtype != DType::F32 || factors->shape.size() != 1 ||
      factors->shape[0] != int64_t(frequencies.size()))
    return tensorError(file.path, factors->name,
                       "expected " + llvm::Twine(frequencies.size()) + " numbers of type F32");
  std::vector<float> values(frequencies.size());
  if (llvm::Error error = dequantizeRows(*factors, 0, factors->rowCount(), values))
    return error;
  for (auto [frequency, value] : llvm::zip(frequencies, values)) {
    if (!(value > 0))
      return tensorError(file.path, factors->name, "expected positive numbers");
    frequency /= value;
  }
  return llvm::Error::success();
}

llvm::Expected<Rope> readGgufRope(Fields &fields, const ModelFile &file, int64_t dims, int64_t context,
                                  double *temperature) {
  double theta = fields.numberOr("rope.freq_base", 10000, 1);
  size_t kind = fields.choiceOr("rope.scaling.type", 0, {"none", "linear", "yarn"});
  double factor = fields.numberOr("rope.scaling.factor", 1, 1e-6);
  if (dims < 2 || dims % 2)
    fields.fault("rope.dimension_count", "expected an even number of features that rotate, got " + llvm::Twine(dims));
  Rope rope{ropeFrequencies(theta, dims)};
  if (kind == 1)
    for (float &frequency : rope.frequencies)
      frequency = frequency / factor;
  if (kind == 2) {
    Yarn yarn;
    yarn.factor = factor;
    yarn.original = fields.integerOr("rope.scaling.original_context_length", context, 1, int64_t(1) << 30);
    yarn.fast = fields.numberOr("rope.scaling.yarn_beta_fast", yarn.fast, 1e-6);
    yarn.slow = fields.numberOr("rope.scaling.yarn_beta_slow", yarn.slow, 1e-6);
    if (fields.numberOr("rope.scaling.yarn_ext_factor", 1, -1, 1e6) != 1)
      fields.fault("rope.scaling.yarn_ext_factor", "expected 1");
    scaleYarn(yarn, theta, dims, rope.frequencies);
    // A tenth of mscale_all_dim. Files with it do not have mscale, which is then taken to be the same: no factor is left.
    double all = temperature ? fields.numberOr("rope.scaling.yarn_log_multiplier", 0, 0, 1e6) * 10 : 0;
    rope.factor = fields.numberOr("rope.scaling.yarn_attn_factor", all ? 1 : yarnTemperature(factor, 1), 0, 1e6);
    if (all)
      *temperature = std::pow(yarnTemperature(factor, all), 2);
  }
  // What the training was; it changes nothing.
  fields.ignore({"rope.scaling.finetuned"});
  if (kind != 2)
    fields.ignore({"rope.scaling.original_context_length"});
  if (llvm::Error error = applyRopeFactors(file, rope.frequencies))
    return error;
  return rope;
}

} // namespace braid::models
