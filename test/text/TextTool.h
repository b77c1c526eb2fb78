// SPDX-License-Identifier: Apache-2.0
/// \file
/// The commands of text-tool: each returns the exit status.
#pragma once

#include "text/Result.h"
#include "text/Tokenizer.h"

#include <string>
#include <vector>

namespace braid::text::tool {

using Arguments = std::vector<std::string>;

/// encode TOKENIZER [--no-special] [--no-parse]: each line of standard input is a JSON string; prints its ids.
int encode(const Arguments &arguments);
/// decode TOKENIZER [--skip] IDS...: prints the text.
int decode(const Arguments &arguments);
/// stream TOKENIZER IDS...: prints what each token settles, in brackets, then what flush gives.
int stream(const Arguments &arguments);
/// parity TOKENIZER CORPUS GOLDEN: compares ids and texts of all lines, whole and streamed, with recorded hashes.
int parity(const Arguments &arguments);
/// scale TOKENIZER: encodes runs of one character, short and 16 times as long; the time may not grow 64-fold.
int scale(const Arguments &arguments);
/// render TEMPLATE|DIRECTORY INPUT: renders a template file, or that of a model; INPUT is a JSON file of variables.
int render(const Arguments &arguments);
/// renders GOLDENS: renders all recorded cases and compares, byte by byte.
int renders(const Arguments &arguments);
/// sample SETTINGS LOGITS [COUNT]: draws; both are JSON.
int sample(const Arguments &arguments);
/// sampler-check: compares surviving sets and probabilities with a plain implementation on random logits.
int samplerCheck(const Arguments &arguments);
/// speed TOKENIZER CORPUS: loading time, encoding and sampling rates.
int speed(const Arguments &arguments);

/// Prints an error and returns 1.
int fail(const Error &error);

} // namespace braid::text::tool
