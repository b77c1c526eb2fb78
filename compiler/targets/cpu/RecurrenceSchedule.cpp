// SPDX-License-Identifier: Apache-2.0
/// \file
/// The recurrence schedules. For each read a sweep holds a sum for each vector, for each write its value; beside those
/// the state itself and one broadcast factor.
#include "compiler/targets/cpu/RecurrenceSchedule.h"

using namespace braid::derive;
namespace braid::cpu {

RecurrenceSchedule recurrenceScheduleFor(const Isa &isa) {
  return {.preparedTokens = 32, .unrolledRows = isa.avx512 ? 2 : 1, .stepUnrolledRows = 4, .groupBytes = 640 << 10};
}

namespace {
/// Reads and writes of a state.
struct Rank {
  int64_t reads = 0, writes = 0;
};
Rank rankOf(const NormalForm &form, unsigned state) {
  auto isOfState = [state](const auto &each) { return each.state == state; };
  return {llvm::count_if(form.reads, isOfState), llvm::count_if(form.writes, isOfState)};
}

/// Time of a token and head, in vector operations.
double costOf(const Isa &isa, const NormalForm &form, unsigned tokens, int64_t K, int64_t V) {
  const double kSums = 10; // of a vector's lanes
  const double kExp = 20;
  // A register of columns needs a broadcast load for each multiply-add, which keeps both units equally busy.
  const double each = isa.avx512 && *recurrenceVectors(isa, form, tokens) == 1 ? 1.15 : 1;
  double rows = double(K) / 16, columns = double(V) / 16, earlier = (tokens - 1) / 2.0, cost = 0;
  for (auto [index, decay] : llvm::enumerate(form.decays)) {
    if (form.isColumn(index))
      continue;
    Rank rank = rankOf(form, index);
    double overlaps = earlier * rank.reads * rank.writes;
    bool hasKeyDecay = decay.keyFactor != noExpr;
    // The sweep: a store takes about as long as a multiply-add, and a decay is one multiply.
    cost += each * K * columns * (rank.reads + rank.writes + (decay.isNone() ? 1.0 : 2.0) / tokens);
    cost += overlaps * (rows + kSums + columns);
    if (hasKeyDecay)
      cost += rows * (rank.reads + earlier * rank.writes);
    if (decay.valueFactor != noExpr) // of each token its factor, and what it decays in the block
      cost += columns * (kExp + 1 + earlier * (rank.reads + rank.writes)) + (hasKeyDecay ? K * columns / tokens : 0);
  }
  return cost;
}
} // namespace

std::optional<int> recurrenceVectors(const Isa &isa, const NormalForm &form, unsigned tokens) {
  const int64_t registers = isa.avx512 ? 32 : 16, each = isa.avx512 ? 1 : 2;
  int64_t most = 0;
  for (unsigned index = 0; index < form.decays.size(); ++index) {
    Rank rank = rankOf(form, index);
    if (!form.isColumn(index)) // decays by value channels are held beside what is written
      most = std::max(most, tokens * (rank.reads + rank.writes) + (form.decays[index].valueFactor != noExpr));
  }
  for (int vectors : {2, 1})
    if (vectors * each * (most + 1) + 1 <= registers)
      return vectors;
  return tokens == 1 ? std::optional(1) : std::nullopt;
}

int64_t recurrenceStepSums(const Isa &isa, int64_t reads) {
  const int64_t chains = 8, each = isa.avx512 ? 1 : 2; // registers of 16 columns
  int64_t sums = recurrenceScheduleFor(isa).stepUnrolledRows;
  while (sums > 1 && sums * each * reads > chains)
    sums /= 2;
  return sums;
}

unsigned recurrenceTokens(const Isa &isa, const NormalForm &form, int64_t K, int64_t V) {
  unsigned best = 1;
  for (unsigned tokens = 2; tokens <= 8 && hasBlocks(form); ++tokens)
    if (recurrenceVectors(isa, form, tokens) && costOf(isa, form, tokens, K, V) < costOf(isa, form, best, K, V))
      best = tokens;
  return best;
}

} // namespace braid::cpu
