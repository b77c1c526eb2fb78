// SPDX-License-Identifier: Apache-2.0
/// \file
/// Ctrl-C as a request to stop, rather than the end of the process.
#pragma once

namespace braid::tools {

/// While one lives, the first Ctrl-C is noted; a second one that nobody took ends the process as usual.
class InterruptGuard {
public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard &) = delete;

  /// Whether Ctrl-C was pressed since the last take().
  static bool pending();
  /// The same, and forgets it.
  static bool take();
};

} // namespace braid::tools
