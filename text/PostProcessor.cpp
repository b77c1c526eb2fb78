// SPDX-License-Identifier: Apache-2.0
/// \file
/// TemplateProcessing and its fixed relatives.
#include "text/PostProcessor.h"
#include "text/Normalizer.h"
#include "text/Vocabulary.h"

namespace braid::text {

static constexpr const char *where = "post_processor";

Status PostProcessor::addTemplate(const Json &json) {
  const Json *single = member(json, "single");
  const Json *special = member(json, "special_tokens");
  if (!single || !single->is_array())
    return invalid(std::string(where) + ": TemplateProcessing: expected an array 'single'");
  std::vector<uint32_t> left, right;
  bool seen = false;
  for (const Json &part : *single) {
    if (member(part, "Sequence")) {
      if (seen)
        return unsupported(std::string(where) + ": a template that repeats its sequence");
      seen = true;
      continue;
    }
    const Json *token = member(part, "SpecialToken");
    if (!token)
      return invalid(std::string(where) + ": template part is neither Sequence nor SpecialToken");
    auto name = stringMember(*token, "id", where);
    if (!name)
      return name.error();
    const Json *entry = special ? member(*special, name->c_str()) : nullptr;
    const Json *ids = entry ? member(*entry, "ids") : nullptr;
    if (!ids || !ids->is_array() || ids->size() > 256)
      return invalid(std::string(where) + ": special token " + inQuotes(*name) +
                     ": expected a list of at most 256 'ids'");
    for (const Json &id : *ids) {
      if (!id.is_number_unsigned() || id.get<uint64_t>() > maxTokenId)
        return invalid(std::string(where) + ": special token " + inQuotes(*name) + ": bad id " +
                       id.dump(-1, ' ', false, Json::error_handler_t::replace));
      (seen ? right : left).push_back(id.get<uint32_t>());
    }
  }
  if (!seen)
    return invalid(std::string(where) + ": a template without a sequence");
  before.insert(before.begin(), left.begin(), left.end());
  behind.insert(behind.end(), right.begin(), right.end());
  return Ok{};
}

/// BERT's and RoBERTa's: "cls" before, "sep" behind, each a pair of text and id.
Status PostProcessor::addPair(const Json &json) {
  auto idOf = [&json](const char *key) -> Result<uint32_t> {
    const Json *pair = member(json, key);
    if (!pair || !pair->is_array() || pair->size() != 2 || !(*pair)[1].is_number_unsigned() ||
        (*pair)[1].get<uint64_t>() > maxTokenId)
      return invalid(std::string(where) + ": expected '" + key + "' to be a pair of text and id");
    return (*pair)[1].get<uint32_t>();
  };
  auto cls = idOf("cls"), sep = idOf("sep");
  if (!cls || !sep)
    return cls ? sep.error() : cls.error();
  before.insert(before.begin(), *cls);
  behind.push_back(*sep);
  return Ok{};
}

Status PostProcessor::add(const Json &json, int depth) {
  if (json.is_null())
    return Ok{};
  if (depth > 8 || before.size() + behind.size() > 4096)
    return limitExceeded(std::string(where) + ": too many nested components");
  auto type = componentType(json, where);
  if (!type)
    return type.error();
  if (*type == "ByteLevel") // moves offsets only
    return Ok{};
  if (*type == "TemplateProcessing")
    return addTemplate(json);
  if (*type == "BertProcessing" || *type == "RobertaProcessing")
    return addPair(json);
  if (*type != "Sequence")
    return unsupported(std::string(where) + ": type " + inQuotes(*type) + " is not supported");
  return forEachMember(json, "processors", where, [&](const Json &element) { return add(element, depth + 1); });
}

Result<PostProcessor> PostProcessor::create(const Json &json) {
  PostProcessor processor;
  if (Status status = processor.add(json, 0); !status)
    return status.error();
  return processor;
}

void PostProcessor::apply(std::vector<uint32_t> &ids) const {
  ids.insert(ids.begin(), before.begin(), before.end());
  ids.insert(ids.end(), behind.begin(), behind.end());
}

} // namespace braid::text
