// SPDX-License-Identifier: Apache-2.0
/// \file
/// The commands of `braid`. Each takes its own arguments (argv[0] is "braid <command>") and gives the exit code: 0 good,
/// 1 failure, 2 usage.
#pragma once

namespace braid::tools {

int compileMain(int argc, char **argv);
int runMain(int argc, char **argv);
int benchMain(int argc, char **argv);
int inspectMain(int argc, char **argv);
int deriveMain(int argc, char **argv);

} // namespace braid::tools
