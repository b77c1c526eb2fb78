// SPDX-License-Identifier: Apache-2.0
/// \file
/// Stages keep what they must and pass on the rest.
#include "text/DecodeStages.h"
#include "text/PreTokenizer.h"
#include "text/Unicode.h"

#include <algorithm>

namespace braid::text {
namespace {

class ByteLevelStage : public DecodeStage {
public:
  explicit ByteLevelStage(bool streaming) : streaming(streaming) {}
  void feed(std::string_view token, const Emit &emit) override {
    size_t before = bytes.size();
    for (size_t at = 0; at < token.size();) {
      int byte = symbolByte(nextCodepoint(token, at));
      if (byte < 0) { // not written in byte symbols: an added token, meant as it is
        bytes.resize(before);
        bytes += token;
        break;
      }
      bytes += char(byte);
    }
    if (!streaming)
      return;
    size_t ready = completePrefix(bytes);
    if (ready) {
      emit(sanitizeUtf8(std::string_view(bytes).substr(0, ready)));
      bytes.erase(0, ready);
    }
  }
  void finish(const Emit &emit) override {
    emit(sanitizeUtf8(bytes));
    bytes.clear();
  }

private:
  bool streaming;
  std::string bytes;
};

int hexDigit(char c) {
  return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
}

class ByteFallbackStage : public DecodeStage {
public:
  explicit ByteFallbackStage(bool streaming) : streaming(streaming) {}
  void feed(std::string_view token, const Emit &emit) override {
    int high = -1, low = -1;
    if (token.size() == 6 && token.starts_with("<0x") && token[5] == '>') {
      high = token[3] == '+' ? 0 : hexDigit(token[3]);
      low = hexDigit(token[4]);
    }
    if (high < 0 || low < 0) {
      finish(emit);
      emit(token);
      return;
    }
    run += char(high << 4 | low);
    if (streaming && isValidUtf8(run)) {
      emit(run);
      run.clear();
    }
  }
  void finish(const Emit &emit) override {
    if (run.empty())
      return;
    if (isValidUtf8(run))
      emit(run);
    else
      for (size_t i = 0; i < run.size(); ++i)
        emit("\xEF\xBF\xBD");
    run.clear();
  }

private:
  bool streaming;
  std::string run;
};

class FuseStage : public DecodeStage {
public:
  explicit FuseStage(bool streaming) : streaming(streaming) {}
  void feed(std::string_view token, const Emit &emit) override {
    if (streaming)
      emit(token);
    else
      all += token;
  }
  void finish(const Emit &emit) override {
    if (!streaming)
      emit(all);
    all.clear();
  }

private:
  bool streaming;
  std::string all;
};

class StripStage : public DecodeStage {
public:
  StripStage(std::string content, uint64_t start, uint64_t stop, bool fused)
      : content(std::move(content)), start(start), stop(stop), fused(fused) {}

  void feed(std::string_view token, const Emit &emit) override {
    if (!fused)
      left = start;
    while (left && token.starts_with(content)) {
      token.remove_prefix(content.size());
      --left;
    }
    if (!token.empty())
      left = 0; // something else came first
    held += token;
    if (fused) { // keep back as much as may have to be cut in the end
      size_t end = held.size();
      for (uint64_t i = 0; i < stop && std::string_view(held).substr(0, end).ends_with(content); ++i)
        end -= content.size();
      emit(std::string_view(held).substr(0, end));
      held.erase(0, end);
    } else {
      cutTail();
      emit(held);
      held.clear();
    }
  }
  void finish(const Emit &emit) override {
    cutTail();
    if (!held.empty())
      emit(held);
    held.clear();
  }

private:
  void cutTail() {
    for (uint64_t i = 0; i < stop && held.ends_with(content); ++i)
      held.resize(held.size() - content.size());
  }
  std::string content, held;
  uint64_t start, stop, left = start;
  bool fused;
};

class MetaspaceStage : public DecodeStage {
public:
  MetaspaceStage(std::string mark, bool prefixed, bool fused) : mark(std::move(mark)), first(prefixed), fused(fused) {}
  void feed(std::string_view token, const Emit &emit) override {
    std::string out;
    while (!token.empty()) {
      if (token.starts_with(mark)) {
        if (!first)
          out += ' ';
        token.remove_prefix(mark.size());
      } else {
        out += token[0];
        token.remove_prefix(1);
      }
    }
    if (!fused)
      first = false;
    emit(out);
  }

private:
  std::string mark;
  bool first, fused;
};

class ReplaceStage : public DecodeStage {
public:
  explicit ReplaceStage(std::function<Status(std::string &)> replace) : replace(std::move(replace)) {}
  void feed(std::string_view token, const Emit &emit) override {
    std::string text(token);
    if (!replace(text)) // gave up on a hostile regex: show the token as it is
      text = token;
    emit(text);
  }

private:
  std::function<Status(std::string &)> replace;
};

class SpacesStage : public DecodeStage {
public:
  void feed(std::string_view token, const Emit &emit) override {
    if (!first)
      emit(" ");
    first = false;
    emit(token);
  }

private:
  bool first = true;
};

} // namespace

Stage byteLevelStage(bool streaming) { return std::make_unique<ByteLevelStage>(streaming); }
Stage byteFallbackStage(bool streaming) { return std::make_unique<ByteFallbackStage>(streaming); }
Stage fuseStage(bool streaming) { return std::make_unique<FuseStage>(streaming); }
Stage stripStage(std::string content, uint64_t start, uint64_t stop, bool fused) {
  return std::make_unique<StripStage>(std::move(content), start, stop, fused);
}
Stage metaspaceStage(std::string mark, bool prefixed, bool fused) {
  return std::make_unique<MetaspaceStage>(std::move(mark), prefixed, fused);
}
Stage replaceStage(std::function<Status(std::string &)> replace) {
  return std::make_unique<ReplaceStage>(std::move(replace));
}
Stage spacesStage() { return std::make_unique<SpacesStage>(); }

} // namespace braid::text
