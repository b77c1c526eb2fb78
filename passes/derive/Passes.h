// SPDX-License-Identifier: Apache-2.0
/// \file
/// The passes of the derive phase.
#pragma once

#include "dialects/Precompiled.h"
#include "dialects/attn/Attn.h"
#include "dialects/braid/Braid.h"

namespace braid::derive {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/derive/Passes.h.inc"

} // namespace braid::derive
