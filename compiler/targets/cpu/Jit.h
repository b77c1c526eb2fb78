// SPDX-License-Identifier: Apache-2.0
/// \file
/// Runs object code in this process, for tests and kernel benchmarks.
#pragma once

#include "dialects/Precompiled.h"

namespace llvm::orc {
class LLJIT;
}

namespace braid::cpu {

/// Loaded object code. Functions that were emitted with external linkage are found by name, as long as it lives.
class Jit {
public:
  /// Loads the bytes of an object file for this machine.
  static llvm::Expected<Jit> load(llvm::ArrayRef<char> object);
  Jit(Jit &&);
  Jit &operator=(Jit &&);
  ~Jit();

  /// The address of `name`; null if there is none.
  void *find(llvm::StringRef name) const;
  template <typename Function> Function *function(llvm::StringRef name) const {
    return reinterpret_cast<Function *>(find(name));
  }

private:
  explicit Jit(std::unique_ptr<llvm::orc::LLJIT> engine);
  std::unique_ptr<llvm::orc::LLJIT> engine;
};

} // namespace braid::cpu
