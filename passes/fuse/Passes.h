// SPDX-License-Identifier: Apache-2.0
/// \file
/// The passes of the fuse phase.
#pragma once

#include "dialects/Precompiled.h"
#include "dialects/attn/Attn.h"
#include "dialects/braid/Braid.h"

namespace braid::fuse {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/fuse/Passes.h.inc"

} // namespace braid::fuse
