// SPDX-License-Identifier: Apache-2.0
/// \file
/// Parses lists of numbers.
#include "tools/braid/TokenList.h"

#include "models/formats/FormatError.h"
#include "models/formats/Json.h"
#include "tools/braid/CommandLine.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/FileSystem.h"

#include <limits>
#include <numeric>

namespace braid::tools {

constexpr int64_t maxId = std::numeric_limits<int32_t>::max();

static llvm::Expected<std::vector<int64_t>> parseNumbers(llvm::StringRef option, llvm::StringRef text, int64_t low) {
  llvm::SmallVector<llvm::StringRef> parts;
  text.split(parts, ',');
  std::vector<int64_t> numbers;
  for (llvm::StringRef part : parts) {
    int64_t number;
    if (part.trim().getAsInteger(10, number) || number < low || number > maxId)
      return makeError(option + ": expected numbers of " + llvm::Twine(low) + " or more with commas between, got '" +
                       formats::printable(part) + "'");
    numbers.push_back(number);
  }
  return numbers;
}

static llvm::Expected<std::vector<int32_t>> readTokens(llvm::StringRef path) {
  if (!llvm::sys::fs::exists(path))
    return makeError("--tokens: expected ids with commas between, or a JSON file; got '" + formats::printable(path) +
                     "'");
  llvm::Expected<formats::Json> json = formats::parseJson(path, 256 << 20);
  if (!json)
    return json.takeError();
  const formats::Json *list = &*json;
  if (list->is_object() && list->contains("tokens"))
    list = &(*list)["tokens"];
  if (!list->is_array())
    return makeError(path + ": expected an array of token ids, or an object with one as 'tokens'");
  std::vector<int32_t> tokens;
  tokens.reserve(list->size());
  for (const formats::Json &id : *list) {
    if (!id.is_number_integer() || id < 0 || id > maxId)
      return makeError(path + ": token " + llvm::Twine(tokens.size()) + ": expected an id, got " +
                       formats::shortText(id));
    tokens.push_back(id.get<int32_t>());
  }
  if (tokens.empty())
    return makeError(path + ": expected at least one token");
  return tokens;
}

llvm::Expected<std::vector<int32_t>> parseTokens(llvm::StringRef argument) {
  if (argument.empty() || argument.find_first_not_of("0123456789, -") != llvm::StringRef::npos)
    return readTokens(argument);
  llvm::Expected<std::vector<int64_t>> numbers = parseNumbers("--tokens", argument, 0);
  if (!numbers)
    return numbers.takeError();
  return std::vector<int32_t>(numbers->begin(), numbers->end());
}

llvm::Expected<std::vector<int64_t>> parseSplit(llvm::StringRef argument, int64_t count) {
  if (argument.empty())
    return std::vector<int64_t>{count};
  if (argument == "all1")
    return std::vector<int64_t>(count, 1);
  llvm::Expected<std::vector<int64_t>> sizes = parseNumbers("--split", argument, 1);
  if (!sizes)
    return sizes.takeError();
  if (int64_t sum = std::accumulate(sizes->begin(), sizes->end(), int64_t(0)); sum != count)
    return makeError("--split: expected pieces of " + llvm::Twine(count) + " tokens in all, got " + llvm::Twine(sum));
  return sizes;
}

} // namespace braid::tools
