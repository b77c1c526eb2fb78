// SPDX-License-Identifier: Apache-2.0
/// \file
/// PCRE2 behind Regex: compile once, match with bounded work and a growing JIT stack.
#define PCRE2_CODE_UNIT_WIDTH 8
#include "text/Regex.h"
#include "text/Unicode.h"

#include <pcre2.h>

namespace braid::text {

struct Regex::Code {
  pcre2_code *handle;
  explicit Code(pcre2_code *handle) : handle(handle) {}
  Code(const Code &) = delete;
  ~Code() { pcre2_code_free(handle); }
};

namespace {

/// What one thread needs to match: offsets of the whole match, limits, and a stack for jitted code.
struct Scratch {
  pcre2_match_data *data = pcre2_match_data_create(1, nullptr);
  pcre2_match_context *context = pcre2_match_context_create(nullptr);
  pcre2_jit_stack *stack = pcre2_jit_stack_create(32 << 10, 4 << 20, nullptr);
  Scratch() {
    if (context) {
      pcre2_jit_stack_assign(context, nullptr, stack);
      pcre2_set_heap_limit(context, 64 << 10); // KiB
      pcre2_set_depth_limit(context, 1000000);
    }
  }
  ~Scratch() {
    pcre2_match_data_free(data);
    pcre2_match_context_free(context);
    pcre2_jit_stack_free(stack);
  }
};

} // namespace

Result<Regex> Regex::compile(std::string_view pattern) {
  if (pattern.size() > 16 << 10)
    return limitExceeded("regex of " + std::to_string(pattern.size()) + " bytes: expected at most 16384");
  if (!isValidUtf8(pattern))
    return invalid("regex is not valid UTF-8");
  std::string translated = translatePattern(pattern);
  int code = 0;
  size_t offset = 0;
  pcre2_compile_context *context = pcre2_compile_context_create(nullptr);
  if (!context)
    return limitExceeded("out of memory for a regex");
  pcre2_set_parens_nest_limit(context, 100);
  // Oniguruma's ^ and $ always match at line ends.
  pcre2_code *handle = pcre2_compile(
      reinterpret_cast<PCRE2_SPTR>(translated.data()), translated.size(),
      PCRE2_UTF | PCRE2_UCP | PCRE2_MULTILINE | PCRE2_NEVER_BACKSLASH_C | PCRE2_NO_UTF_CHECK, &code, &offset, context);
  pcre2_compile_context_free(context);
  if (!handle) {
    char message[256] = {};
    pcre2_get_error_message(code, reinterpret_cast<PCRE2_UCHAR *>(message), sizeof message);
    return invalid("regex " + inQuotes(std::string(pattern)) + ": " + message);
  }
  pcre2_jit_compile(handle, PCRE2_JIT_COMPLETE); // where there is no JIT the interpreter runs
  return Regex(std::make_shared<const Code>(handle));
}

Status Regex::split(std::string_view text, std::vector<Span> &spans) const {
  static thread_local Scratch scratch;
  if (!scratch.data || !scratch.context)
    return limitExceeded("out of memory for a regex match");
  // Enough for any pattern that is linear in its text, little enough to stop one that is not.
  pcre2_set_match_limit(scratch.context, uint32_t(std::min<size_t>(1000000 + 16 * text.size(), 1u << 30)));
  size_t at = 0, done = 0, last = SIZE_MAX;
  while (at <= text.size()) {
    int count = pcre2_match(code->handle, reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), at,
                            PCRE2_NO_UTF_CHECK, scratch.data, scratch.context);
    if (count == PCRE2_ERROR_NOMATCH)
      break;
    if (count < 0)
      return limitExceeded("regex match gave up: too much backtracking (code " + std::to_string(count) + ")");
    size_t *offsets = pcre2_get_ovector_pointer(scratch.data);
    size_t begin = offsets[0], end = offsets[1];
    // \K inside a lookaround can put the end before the start; treat it as no match at all.
    if (end < begin || begin < done)
      return unsupported("regex moves the start of its match backwards");
    if (begin == end && end == last) { // no empty match right behind a match
      if (at >= text.size())
        break;
      nextCodepoint(text, at);
      continue;
    }
    if (done < begin)
      spans.push_back({done, begin, false});
    spans.push_back({begin, end, true});
    at = done = last = end;
  }
  if (done < text.size())
    spans.push_back({done, text.size(), false});
  return Ok{};
}

} // namespace braid::text
