// SPDX-License-Identifier: Apache-2.0
/// \file
/// Reads the decoder's JSON and starts runs.
#include "text/Decoder.h"
#include "text/DecodeStages.h"
#include "text/Normalizer.h"

namespace braid::text {

static constexpr const char *where = "decoder";

void DecodeRun::feedFrom(size_t stage, std::string_view token, std::string &out) {
  if (stage == stages.size()) {
    out += token;
    return;
  }
  stages[stage]->feed(token, [&](std::string_view text) { feedFrom(stage + 1, text, out); });
}

void DecodeRun::finish(std::string &out) {
  for (size_t i = 0; i < stages.size(); ++i)
    stages[i]->finish([&](std::string_view text) { feedFrom(i + 1, text, out); });
}

Status Decoder::add(const Json &json, int depth) {
  if (depth > 8 || parts.size() > 64)
    return limitExceeded(std::string(where) + ": too many nested components");
  auto type = componentType(json, where);
  if (!type)
    return type.error();
  if (*type == "ByteLevel") {
    parts.push_back({[](bool streaming, bool) { return byteLevelStage(streaming); }, true});
  } else if (*type == "ByteFallback") {
    parts.push_back({[](bool streaming, bool) { return byteFallbackStage(streaming); }, false});
  } else if (*type == "Fuse") {
    parts.push_back({[](bool streaming, bool) { return fuseStage(streaming); }, true});
  } else if (*type == "Strip") {
    auto content = stringMember(json, "content", where);
    auto start = uintMember(json, "start", 1 << 20, where);
    auto stop = uintMember(json, "stop", 1 << 20, where);
    if (!content || !start || !stop)
      return !content ? content.error() : !start ? start.error() : stop.error();
    if (content->empty())
      return invalid(std::string(where) + ": Strip: empty content");
    parts.push_back({[content = *content, start = *start, stop = *stop](bool, bool fused) {
                       return stripStage(content, start, stop, fused);
                     },
                     false});
  } else if (*type == "Replace") {
    auto replace = createReplace(json, where);
    if (!replace)
      return replace.error();
    parts.push_back({[replace = *replace](bool, bool) { return replaceStage(replace); }, false});
  } else if (*type == "Metaspace") {
    auto mark = stringMember(json, "replacement", where);
    auto prefixSpace = boolMember(json, "add_prefix_space", true, where);
    if (!mark || !prefixSpace)
      return mark ? prefixSpace.error() : mark.error();
    if (mark->empty())
      return invalid(std::string(where) + ": Metaspace: empty replacement");
    const Json *scheme = member(json, "prepend_scheme");
    bool prefixed = *prefixSpace && !(scheme && *scheme == "never");
    parts.push_back(
        {[mark = *mark, prefixed](bool, bool fused) { return metaspaceStage(mark, prefixed, fused); }, false});
  } else if (*type == "Sequence") {
    return forEachMember(json, "decoders", where, [&](const Json &element) { return add(element, depth + 1); });
  } else {
    return unsupported(std::string(where) + ": type " + inQuotes(*type) + " is not supported");
  }
  return Ok{};
}

Result<Decoder> Decoder::create(const Json &json) {
  Decoder decoder;
  if (json.is_null()) {
    decoder.parts.push_back({[](bool, bool) { return spacesStage(); }, false});
    return decoder;
  }
  if (Status status = decoder.add(json, 0); !status)
    return status.error();
  return decoder;
}

DecodeRun Decoder::start(bool streaming) const {
  std::vector<std::unique_ptr<DecodeStage>> stages;
  bool fused = false;
  for (const Part &part : parts) {
    stages.push_back(part.make(streaming, fused));
    fused |= part.fuses;
  }
  return DecodeRun(std::move(stages));
}

} // namespace braid::text
