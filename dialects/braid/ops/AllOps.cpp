// SPDX-License-Identifier: Apache-2.0
/// \file
/// The generated halves of all ops.
#include "dialects/Precompiled.h"
#include "dialects/braid/Braid.h"

#define GET_OP_CLASSES
#include "dialects/braid/BraidOps.cpp.inc"
