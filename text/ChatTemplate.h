// SPDX-License-Identifier: Apache-2.0
/// \file
/// Chat templates: a subset of Jinja2 as Hugging Face's apply_chat_template runs it.
#pragma once

#include "text/Json.h"

#include <memory>
#include <optional>
#include <string>

namespace braid::text {

/// A parsed template; immutable, may be used from several threads at once.
class ChatTemplate {
public:
  /// Parses a template (trim_blocks and lstrip_blocks on). Template errors name the line; at most 1 MiB of source.
  static Result<ChatTemplate> parse(std::string_view source);

  /// From a model directory: chat_template.jinja, or "chat_template" of tokenizer_config.json (a string, or a list of
  /// named ones of which `name` is taken). Special tokens of tokenizer_config.json become variables.
  static Result<ChatTemplate> load(const std::string &directory, const std::string &name = "default");
  /// From the text of a tokenizer_config.json.
  static Result<ChatTemplate> fromConfig(std::string_view json, const std::string &name = "default");

  /// Renders with `variables` (an object: messages, tools, add_generation_prompt, ...). `now` is the time that
  /// strftime_now shows, in seconds; the current one by default. Output, memory, depth and steps are bounded.
  Result<std::string> render(const Json &variables, std::optional<int64_t> now = {}) const;

private:
  struct Parsed;
  std::shared_ptr<const Parsed> parsed;
};

} // namespace braid::text
