// SPDX-License-Identifier: Apache-2.0
/// \file
/// Where templates come from and what they see.
#include "text/ChatTemplate.h"
#include "text/Unicode.h"
#include "text/template/Evaluator.h"
#include "text/template/Parser.h"

#include <filesystem>

namespace braid::text {

struct ChatTemplate::Parsed {
  jinja::Block block;
  Json specialTokens = Json::object();
};

namespace {

Error templateError(const std::string &message) { return {ErrorKind::Template, "chat template: " + message}; }

/// The variables that tokenizer_config.json gives: bos_token, eos_token and the like, as texts.
Json specialTokens(const Json &config) {
  Json out = Json::object();
  for (const auto &[key, value] : config.items()) {
    if (!key.ends_with("_token"))
      continue;
    const Json *content = value.is_object() ? member(value, "content") : &value;
    if (content && content->is_string())
      out[key] = *content;
  }
  return out;
}

Result<std::string> templateSource(const Json &config, const std::string &name) {
  const Json *found = member(config, "chat_template");
  if (!found)
    return templateError("tokenizer_config.json has no 'chat_template'");
  if (found->is_string())
    return found->get<std::string>();
  if (!found->is_array())
    return templateError(std::string("expected a string or a list, got ") + found->type_name());
  for (const Json &entry : *found) {
    const Json *entryName = member(entry, "name"), *source = member(entry, "template");
    if (entryName && source && *entryName == name && source->is_string())
      return source->get<std::string>();
  }
  return templateError("tokenizer_config.json has no template " + inQuotes(name));
}

} // namespace

Result<ChatTemplate> ChatTemplate::parse(std::string_view source) {
  if (source.size() > 1 << 20)
    return limitExceeded("chat template: larger than 1 MiB");
  if (!isValidUtf8(source))
    return templateError("not valid UTF-8");
  try {
    auto parsed = std::make_shared<Parsed>();
    parsed->block = jinja::parseTemplate(source);
    ChatTemplate result;
    result.parsed = std::move(parsed);
    return result;
  } catch (const jinja::TemplateError &e) {
    return templateError(e.message);
  } catch (const std::exception &e) {
    return limitExceeded(std::string("chat template: ") + e.what());
  }
}

Result<ChatTemplate> ChatTemplate::fromConfig(std::string_view json, const std::string &name) {
  auto config = parseJson(json, "tokenizer_config.json");
  if (!config)
    return config.error();
  auto source = templateSource(*config, name);
  if (!source)
    return source.error();
  auto result = parse(*source);
  if (!result)
    return result;
  auto parsed = std::make_shared<Parsed>(*result->parsed);
  parsed->specialTokens = specialTokens(*config);
  result->parsed = std::move(parsed);
  return result;
}

Result<ChatTemplate> ChatTemplate::load(const std::string &directory, const std::string &name) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  auto config = readFile((fs::path(directory) / "tokenizer_config.json").string(), 64 << 20);
  fs::path own = fs::path(directory) / "chat_template.jinja";
  if (name != "default" || !fs::exists(own, ignored))
    return config ? fromConfig(*config, name) : Result<ChatTemplate>(config.error());
  auto source = readFile(own.string(), 1 << 20);
  if (!source)
    return source.error();
  auto result = parse(*source);
  if (!result || !config)
    return result;
  auto json = parseJson(*config, "tokenizer_config.json");
  if (!json)
    return json.error();
  auto parsed = std::make_shared<Parsed>(*result->parsed);
  parsed->specialTokens = specialTokens(*json);
  result->parsed = std::move(parsed);
  return result;
}

Result<std::string> ChatTemplate::render(const Json &variables, std::optional<int64_t> now) const {
  if (!variables.is_object())
    return invalid("chat template: expected an object of variables");
  try {
    jinja::Dict globals;
    for (const auto &[key, value] : parsed->specialTokens.items())
      if (!variables.contains(key))
        globals.emplace_back(jinja::Value(key), jinja::Value::fromJson(value));
    for (const auto &[key, value] : variables.items())
      globals.emplace_back(jinja::Value(key), jinja::Value::fromJson(value));
    jinja::Evaluator evaluator(globals, std::time_t(now.value_or(std::time(nullptr))));
    return evaluator.run(parsed->block);
  } catch (const jinja::TemplateError &e) {
    return templateError(e.message);
  } catch (const std::exception &e) {
    return limitExceeded(std::string("chat template: ") + e.what());
  }
}

} // namespace braid::text
