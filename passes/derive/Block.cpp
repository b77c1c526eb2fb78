// SPDX-License-Identifier: Apache-2.0
/// \file
/// Composing a normal form with itself.
#include "passes/derive/Block.h"

namespace braid::derive {

bool hasBlocks(const NormalForm &form) {
  return form.hasScan() && llvm::all_of(form.decays, [](const Decay &decay) { return decay.nonPositive; });
}

BlockForm blockOf(const NormalForm &form, unsigned tokens) {
  BlockForm block{&form, tokens, {}, {}, {}};
  for (unsigned token = 0; token < tokens; ++token) {
    for (unsigned read = 0; read < form.reads.size(); ++read) {
      block.reads.push_back({read, token, {0, token}});
      for (unsigned earlier = 0; earlier < token; ++earlier)
        for (unsigned write = 0; write < form.writes.size(); ++write)
          if (form.writes[write].state == form.reads[read].state)
            block.overlaps.push_back({read, token, write, earlier, {earlier + 1, token}});
    }
    for (unsigned write = 0; write < form.writes.size(); ++write)
      block.writes.push_back({write, token, {token + 1, tokens}});
  }
  return block;
}

} // namespace braid::derive
