// SPDX-License-Identifier: Apache-2.0
/// \file
/// The model's constants (braid_abi.h, `braid_module_data`) as an object file.
#pragma once

#include "compiler/targets/cpu/CodeGen.h"

namespace braid {

struct StateInfo {
  std::string name;
  int32_t kind;
  int32_t window;
  int64_t planes, rowBytes;
};

struct ModuleInfo {
  std::string name;     ///< C identifier
  std::string manifest; ///< JSON text
  int64_t vocab, maxTokens, maxPositions, arenaBytes, weightsBytes;
  uint64_t weightsHash;
  std::vector<StateInfo> states;
  struct Level {
    std::string name;
    uint64_t features;
    std::string step;
  };
  std::vector<Level> levels;
};

llvm::Expected<llvm::SmallVector<char, 0>> emitModuleData(const ModuleInfo &info);

} // namespace braid
