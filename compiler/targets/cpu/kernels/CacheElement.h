// SPDX-License-Identifier: Apache-2.0
/// \file
/// The element types of a KV cache.
#pragma once

#include "compiler/targets/cpu/Emit.h"
#include "compiler/targets/cpu/WeightLayout.h"

namespace braid::cpu {

int64_t cacheElementBytes(Codes codes);
/// f32 lanes as stored: f32 unchanged, f16 and bf16 as i16 bits, rounded to nearest even.
mlir::Value emitToCache(Emit &e, Codes codes, mlir::Value vector);

} // namespace braid::cpu
