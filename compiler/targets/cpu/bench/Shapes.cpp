// SPDX-License-Identifier: Apache-2.0
/// \file
/// Reading shapes of kernels.
#include "compiler/targets/cpu/bench/Shapes.h"

#include "compiler/targets/cpu/bench/Measure.h"

namespace braid::cpu {

/// The numbers of `text` between separators, each in 1 .. 2^20; empty where anything else stands there.
static llvm::SmallVector<int64_t> numbersOf(llvm::StringRef text) {
  llvm::SmallVector<llvm::StringRef> parts;
  text.split(parts, 'x');
  llvm::SmallVector<int64_t> numbers;
  for (llvm::StringRef part : parts) {
    int64_t number;
    if (part.getAsInteger(10, number) || number < 1 || number > 1 << 20)
      return {};
    numbers.push_back(number);
  }
  return numbers;
}

static llvm::Error fault(llvm::StringRef text, const llvm::Twine &expected) {
  return llvm::createStringError("shape: expected " + expected + ", got '" + text + "'");
}

static llvm::Error parseContraction(llvm::StringRef text, BenchShapes &shapes) {
  llvm::SmallVector<int64_t> sizes = numbersOf(text);
  if (sizes.size() != 3)
    return fault(text, "ROWSxOUTxIN or HEADS/KEY_HEADSxDIMxKEYS, each in 1 .. 1048576");
  auto [rows, n, k] = std::tuple(sizes[0], sizes[1], sizes[2]);
  if (k % 32)
    return fault(text, "in-features that are a multiple of 32");
  if (n + 16 > kStoreBytes / 4 / k || std::max(n, k) > kStoreBytes / 4 / rows)
    return fault(text, "at most " + llvm::Twine(kStoreBytes) + " bytes of f32 weights, inputs and outputs each");
  shapes.contractions.push_back({rows, n, k});
  return llvm::Error::success();
}

static llvm::Error parseAttention(llvm::StringRef text, BenchShapes &shapes) {
  auto [left, right] = text.split('/');
  llvm::SmallVector<int64_t> heads = numbersOf(left), rest = numbersOf(right);
  if (heads.size() != 1 || rest.size() != 3)
    return fault(text, "HEADS/KEY_HEADSxDIMxKEYS, each in 1 .. 1048576");
  AttentionBenchShape shape{heads[0], rest[0], rest[1], rest[2]};
  if (shape.heads % shape.kvHeads)
    return fault(text, "query heads that are a multiple of the key heads");
  if (shape.dim % 2 || shape.dim > 1024)
    return fault(text, "an even head width of at most 1024");
  // Rows of q are the largest of a prefill's buffers, cache rows of a decode's.
  if (shape.keys + 16 > kStoreBytes / 8 / int64_t(llvm::alignTo(shape.dim, 16)) / shape.heads)
    return fault(text, "at most " + llvm::Twine(kStoreBytes) + " bytes of f32 queries, keys and values");
  shapes.attentions.push_back(shape);
  return llvm::Error::success();
}

llvm::Expected<BenchShapes> parseBenchShapes(llvm::ArrayRef<std::string> texts) {
  BenchShapes shapes;
  for (llvm::StringRef text : texts)
    if (llvm::Error error = text.contains('/') ? parseAttention(text, shapes) : parseContraction(text, shapes))
      return error;
  return shapes;
}

} // namespace braid::cpu
