// SPDX-License-Identifier: Apache-2.0
/// \file
/// The fields of Mamba-2 mixers.
#pragma once

#include "models/architectures/Stack.h"

namespace braid::models {

/// `mamba_n_heads`, `mamba_d_head`, `mamba_n_groups`, `mamba_d_state`, `mamba_d_conv`, `mamba_expand`, the biases and
/// `time_step_limit`, as Bamba, Granite and Falcon-H1 spell them. `inner` 0: mamba_expand times hidden.
Mamba2 readMamba(formats::Fields &fields, const Stack &stack, int64_t inner = 0);

/// `ssm.*` of GGUF metadata; biases are used where the file has them.
Mamba2 readGgufMamba(formats::Fields &fields, const formats::ModelFile &file, const Stack &stack);

/// Reads time_step_limit into `low` and `high`.
void readTimeStepLimit(formats::Fields &fields, Mamba2 &mixer);

} // namespace braid::models
