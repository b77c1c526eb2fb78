// SPDX-License-Identifier: Apache-2.0
/// \file
/// The "decoder" of tokenizer.json: texts of tokens to the text they mean, whole or token by token.
#pragma once

#include "text/Json.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace braid::text {

using Emit = std::function<void(std::string_view)>;

/// One stage at work: takes texts of tokens, passes on what is settled.
class DecodeStage {
public:
  virtual ~DecodeStage() = default;
  virtual void feed(std::string_view token, const Emit &emit) = 0;
  /// No more tokens: passes on what was held back.
  virtual void finish(const Emit &emit) {}
};

/// A chain of stages at work.
class DecodeRun {
public:
  explicit DecodeRun(std::vector<std::unique_ptr<DecodeStage>> stages) : stages(std::move(stages)) {}
  void feed(std::string_view token, std::string &out) { feedFrom(0, token, out); }
  void finish(std::string &out);

private:
  void feedFrom(size_t stage, std::string_view token, std::string &out);
  std::vector<std::unique_ptr<DecodeStage>> stages;
};

class Decoder {
public:
  /// From its JSON; null joins tokens by spaces. Unsupported names an unknown type.
  static Result<Decoder> create(const Json &json);

  /// Starts decoding. A streaming run passes text on as early as it can; the other waits where a later token could
  /// still change an earlier one (a malformed run of byte tokens).
  DecodeRun start(bool streaming) const;

private:
  /// Makes a stage; `fused` says that all tokens before it were joined to one.
  using Maker = std::function<std::unique_ptr<DecodeStage>(bool streaming, bool fused)>;
  Status add(const Json &json, int depth);
  struct Part {
    Maker make;
    bool fuses;
  };
  std::vector<Part> parts;
};

} // namespace braid::text
