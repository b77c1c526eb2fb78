// SPDX-License-Identifier: Apache-2.0
/// \file
/// Compares the mean negative log-likelihood of a text with a recorded one, and another artifact's perplexity with it.
#include "test/end-to-end/Library.h"

#include "models/formats/Json.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

using namespace braid::check;

/// Adds what a row of logits says of the token that followed.
static double lossOf(const float *logits, size_t vocab, int32_t next) {
  double largest = *std::max_element(logits, logits + vocab), sum = 0;
  for (size_t i = 0; i < vocab; ++i)
    sum += std::exp(logits[i] - largest);
  return largest + std::log(sum) - logits[next];
}

/// In nats a token; the first token is not predicted.
static double meanLoss(const std::string &artifact, const Tokens &tokens) {
  Library library(artifact);
  Model model(library, 0, "");
  if (!model.isLoaded())
    fail(artifact + ": no level of this library runs on this CPU");
  size_t vocab = model.info.vocab;
  for (int32_t token : tokens)
    if (token < 0 || size_t(token) >= vocab)
      fail("a token is outside the vocabulary");
  Session session = model.session(tokens.size());
  constexpr size_t kPiece = 256; // bounds the memory of the logits
  double sum = 0;
  for (size_t begin = 0; begin + 1 < tokens.size(); begin += kPiece) {
    Tokens piece(tokens.begin() + begin, tokens.begin() + std::min(begin + kPiece, tokens.size() - 1));
    Logits logits = model.empty(piece);
    session.prefill(piece, 0, piece.size(), logits);
    for (size_t i = 0; i < piece.size(); ++i)
      sum += lossOf(logits.data() + i * vocab, vocab, tokens[begin + i + 1]);
  }
  return sum / double(tokens.size() - 1);
}

int main(int argc, char **argv) {
  if (argc != 4 && argc != 6) {
    std::fprintf(stderr, "usage: perplexity-check ARTIFACT NLL.json TOLERANCE [OTHER_ARTIFACT SHARE]\n"
                         "  TOLERANCE: of the loss, relative; SHARE: of the other's perplexity, relative to the first's\n");
    return 2;
  }
  llvm::Expected<braid::formats::Json> recorded = braid::formats::parseJson(argv[2], 1 << 20);
  if (!recorded)
    fail(llvm::toString(recorded.takeError()));
  Tokens tokens = recorded->at("tokens").get<Tokens>();
  double want = recorded->at("nll").get<double>();
  if (tokens.size() < 2)
    fail(std::string(argv[2]) + ": expected at least two tokens");

  double loss = meanLoss(argv[1], tokens);
  std::printf("loss %.6f, recorded %.6f: off by %.2g\n", loss, want, std::fabs(loss / want - 1));
  if (!(std::fabs(loss / want - 1) <= std::atof(argv[3])))
    fail(std::string("expected a loss within ") + argv[3]);
  if (argc == 6) {
    double other = meanLoss(argv[4], tokens), share = std::exp(other - loss) - 1;
    std::printf("perplexity %.4f, the other's %.4f: %+.3f %%\n", std::exp(loss), std::exp(other), 100 * share);
    if (!(std::fabs(share) <= std::atof(argv[5])))
      fail(std::string("expected a perplexity within ") + argv[5]);
  }
  std::puts("PASS");
  return 0;
}
