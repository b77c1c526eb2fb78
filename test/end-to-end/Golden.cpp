// SPDX-License-Identifier: Apache-2.0
/// \file
/// Recorded logits.
#include "test/end-to-end/Golden.h"

#include "models/formats/Json.h"
#include "models/formats/Safetensors.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace braid::check {

template <typename T> static std::vector<T> contentOf(const formats::TensorStore &store, const char *name) {
  llvm::Expected<const formats::Tensor *> tensor = store.get(name);
  if (!tensor)
    fail(llvm::toString(tensor.takeError()));
  std::vector<T> values((*tensor)->data.size() / sizeof(T));
  std::memcpy(values.data(), (*tensor)->data.data(), values.size() * sizeof(T));
  return values;
}

Golden Golden::read(const std::string &folder) {
  llvm::Expected<formats::Json> tokens = formats::parseJson(folder + "/tokens.json", 1 << 20);
  if (!tokens)
    fail(llvm::toString(tokens.takeError()));
  llvm::Expected<formats::TensorStore> store = formats::readSafetensors(folder + "/logits.safetensors");
  if (!store)
    fail(llvm::toString(store.takeError()));
  auto values = contentOf<float>(*store, "logits");
  Tokens ids = tokens->get<Tokens>();
  if (ids.empty() || values.size() % ids.size())
    fail(folder + ": expected a row of logits for each token");
  if (!store->find("columns"))
    return of(ids, values, values.size() / ids.size());
  Golden golden;
  golden.tokens = ids;
  golden.values = values;
  golden.columns = contentOf<int32_t>(*store, "columns");
  golden.argmax = contentOf<int32_t>(*store, "argmax");
  if (golden.columns.size() * ids.size() != values.size() || golden.argmax.size() != ids.size())
    fail(folder + ": logits, columns and argmax are not of one size");
  return golden;
}

Golden Golden::of(const Tokens &tokens, const Logits &logits, size_t vocab) {
  Golden golden;
  golden.tokens = tokens;
  golden.vocab = vocab;
  golden.values = logits;
  for (size_t i = 0; i < tokens.size(); ++i)
    golden.argmax.push_back(argmaxOf(logits.data() + i * vocab, vocab));
  return golden;
}

int32_t argmaxOf(const float *values, size_t count) { return std::max_element(values, values + count) - values; }

Distance::Distance(const Golden &golden, size_t vocab, double tolerance, bool sameArgmax)
    : golden(golden), vocab(vocab), tolerance(tolerance), sameArgmax(sameArgmax) {
  if (golden.vocab && golden.vocab != vocab)
    fail("expected a vocabulary of " + std::to_string(golden.vocab) + ", got " + std::to_string(vocab));
  for (int32_t column : golden.columns)
    if (column < 0 || size_t(column) >= vocab)
      fail("a recorded column is outside the vocabulary");
  for (float value : golden.values)
    scale = std::max(scale, std::fabs(double(value)));
}

void Distance::check(const Logits &logits, const std::string &how, size_t begin, size_t end) {
  size_t width = golden.columns.empty() ? vocab : golden.columns.size();
  for (size_t row = begin; row < std::min(end, golden.tokens.size()); ++row) {
    const float *got = logits.data() + row * vocab, *want = golden.values.data() + row * width;
    double off = 0;
    for (size_t i = 0; i < width; ++i) {
      double difference = std::fabs(double(got[golden.columns.empty() ? i : golden.columns[i]]) - want[i]);
      // A NaN is as far as can be, and no maximum may swallow it.
      off = difference <= off ? off : std::isnan(difference) ? HUGE_VAL : difference;
    }
    largest = std::max(largest, off / scale);
    if (off > tolerance * scale)
      fail(how + ": position " + std::to_string(row) + ": relative error " + std::to_string(off / scale) +
           ", expected at most " + std::to_string(tolerance));
    if (int32_t best = argmaxOf(got, vocab); sameArgmax && best != golden.argmax[row])
      fail(how + ": position " + std::to_string(row) + ": expected token " + std::to_string(golden.argmax[row]) +
           " as the best, got " + std::to_string(best));
  }
}

} // namespace braid::check
