// SPDX-License-Identifier: Apache-2.0
/// \file
/// The passes of the reference phase.
#pragma once

#include "dialects/Precompiled.h"
#include "dialects/attn/Attn.h"
#include "dialects/braid/Braid.h"

namespace braid::reference {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/reference/Passes.h.inc"

} // namespace braid::reference
