// SPDX-License-Identifier: Apache-2.0
/// \file
/// SIGHUP, SIGINT and SIGTERM in commands that write files.
#pragma once

namespace braid::tools {

/// From now on a signal that ends the process first takes away what it has not finished writing, and a file that gets
/// larger than the user's limit is an error of the write. To be called before other threads are started; for the rest
/// of the process's life.
void cleanUpAtTermination();

} // namespace braid::tools
