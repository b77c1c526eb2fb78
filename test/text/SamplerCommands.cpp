// SPDX-License-Identifier: Apache-2.0
/// \file
/// Commands of text-tool on the sampler.
#include "test/text/TextTool.h"
#include "text/Json.h"
#include "text/Sampler.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>

namespace braid::text::tool {
namespace {

Result<SamplerSettings> readSettings(const std::string &text) {
  auto json = parseJson(text, "settings");
  if (!json)
    return json.error();
  SamplerSettings s;
  s.temperature = json->value("temperature", s.temperature);
  s.topK = json->value("top_k", s.topK);
  s.topP = json->value("top_p", s.topP);
  s.minP = json->value("min_p", s.minP);
  s.repetitionPenalty = json->value("repetition_penalty", s.repetitionPenalty);
  s.seed = json->value("seed", s.seed);
  return s;
}

/// The documented order, written plainly: sorts everything, libm's exp.
std::map<uint32_t, double> plain(std::vector<float> logits, const std::vector<uint32_t> &accepted,
                                 const SamplerSettings &s) {
  for (uint32_t id : accepted)
    logits[id] = logits[id] < 0 ? logits[id] * s.repetitionPenalty : logits[id] / s.repetitionPenalty;
  std::vector<std::pair<double, uint32_t>> order;
  float top = *std::max_element(logits.begin(), logits.end());
  for (size_t i = 0; i < logits.size(); ++i)
    order.push_back({(logits[i] - top) * (1 / s.temperature), uint32_t(i)});
  std::sort(order.begin(), order.end(),
            [](auto a, auto b) { return a.first != b.first ? a.first > b.first : a.second < b.second; });
  if (s.topK && s.topK < order.size()) {
    double kth = order[s.topK - 1].first;
    std::erase_if(order, [kth](auto o) { return o.first < kth; });
  }
  double total = 0, before = 0;
  for (auto &o : order)
    total += o.first = std::exp(float(o.first));
  if (s.topP < 1)
    for (size_t i = 0; i < order.size(); before += order[i++].first)
      if (i && before >= double(s.topP) * total)
        order.resize(i);
  std::erase_if(order, [&](auto o) { return o.first < double(s.minP); });
  total = 0;
  for (auto o : order)
    total += o.first;
  std::map<uint32_t, double> out;
  for (auto o : order)
    out[o.second] = o.first / total;
  return out;
}

} // namespace

int sample(const Arguments &arguments) {
  auto settings = readSettings(arguments.at(0));
  if (!settings)
    return fail(settings.error());
  auto logits = parseJson(arguments.at(1), "logits");
  if (!logits)
    return fail(logits.error());
  std::vector<float> values;
  for (const Json &v : *logits)
    values.push_back(v.is_null() ? std::nanf("") : v.get<float>());
  auto sampler = Sampler::create(values.size(), *settings);
  if (!sampler)
    return fail(sampler.error());
  for (size_t i = 3; i < arguments.size(); ++i)
    sampler->accept(uint32_t(std::stoul(arguments[i])));
  double total = 0;
  for (auto c : sampler->candidates(values.data()))
    total += c.weight;
  for (auto c : sampler->candidates(values.data()))
    std::printf("%u: %.4f\n", c.id, c.weight / total);
  std::printf("drawn:");
  for (int i = 0, n = arguments.size() > 2 ? std::stoi(arguments[2]) : 0; i < n; ++i)
    std::printf(" %u", sampler->sample(values.data()));
  std::printf("\n");
  return 0;
}

int samplerCheck(const Arguments &) {
  Random random(7);
  int rounds = 0;
  for (; rounds < 600; ++rounds) {
    size_t n = 1 + random.next() % (rounds % 10 ? 300 : 20000);
    std::vector<float> logits(n);
    float spread = float(random.uniform() * 20);
    bool ties = rounds % 3 == 0;
    for (float &l : logits) {
      l = float(random.uniform() - 0.5) * spread;
      if (ties)
        l = std::round(l);
    }
    SamplerSettings s;
    s.temperature = float(0.1 + 2 * random.uniform());
    s.topK = rounds % 2 ? uint32_t(random.next() % 60) : 0;
    s.topP = rounds % 5 < 3 ? float(0.01 + 0.98 * random.uniform()) : 1;
    s.minP = rounds % 7 < 3 ? float(0.3 * random.uniform()) : 0;
    s.repetitionPenalty = rounds % 4 ? 1.f : 1.3f;
    auto sampler = Sampler::create(n, s);
    if (!sampler)
      return fail(sampler.error());
    std::vector<uint32_t> accepted;
    for (size_t i = 0; i < n / 7; ++i) {
      uint32_t id = uint32_t(random.next() % n);
      sampler->accept(id);
      if (std::find(accepted.begin(), accepted.end(), id) == accepted.end())
        accepted.push_back(id);
    }
    auto want = plain(logits, accepted, s);
    const auto &got = sampler->candidates(logits.data());
    double total = 0, difference = 0;
    for (auto c : got)
      total += c.weight;
    for (auto c : got)
      difference = std::max(difference, std::fabs(c.weight / total - (want.count(c.id) ? want[c.id] : 9)));
    if (got.size() != want.size() || difference > 1e-6) {
      std::printf("round %d: %zu survivors, expected %zu, difference %g\n", rounds, got.size(), want.size(),
                  difference);
      return 1;
    }
  }
  std::printf("%d random cases agree\n", rounds);

  // Draws follow the probabilities: chi-square with 7 degrees of freedom, 99.9 % below 24.3.
  std::vector<float> logits = {0.f, 1.f, -1.f, 0.5f, 2.f, 1.5f, -2.f, 0.25f};
  SamplerSettings s;
  s.seed = 42;
  auto sampler = Sampler::create(logits.size(), s);
  std::vector<double> count(8);
  const int draws = 100000;
  for (int i = 0; i < draws; ++i)
    count[sampler->sample(logits.data())] += 1;
  double chi = 0;
  for (auto [id, p] : plain(logits, {}, s))
    chi += (count[id] - draws * p) * (count[id] - draws * p) / (draws * p);
  std::printf("draws follow the distribution: %s\n", chi < 24.3 ? "yes" : "no");
  return chi < 24.3 ? 0 : 1;
}

} // namespace braid::text::tool
