// SPDX-License-Identifier: Apache-2.0
/// \file
/// Object code made callable in this process, for tests and kernel benchmarks.
#pragma once

#include "dialects/Precompiled.h"

namespace braid::cpu {

class Jit {
public:
  /// Links `object` (as emitObject returns it) into this process.
  static llvm::Expected<std::unique_ptr<Jit>> create(llvm::ArrayRef<char> object);
  virtual ~Jit() = default;
  /// The address of an exported function; null where there is none.
  virtual void *find(llvm::StringRef name) = 0;
  template <typename Function> Function *get(llvm::StringRef name) {
    return reinterpret_cast<Function *>(find(name));
  }
};

} // namespace braid::cpu
