// SPDX-License-Identifier: Apache-2.0
/// \file
/// Regions of attn.softmax variants as code on vectors of keys.
#pragma once

#include "compiler/targets/cpu/kernels/Attention.h"
#include "dialects/attn/Attn.h"

namespace braid::cpu {

/// Whether all ops of a variant have a vector form here.
bool canEmitVariant(attn::SoftmaxOp variant);

/// Sets score, mask and block of `spec` to what emits the variant's regions. The variant must outlive it.
void bindVariant(Attention &spec, attn::SoftmaxOp variant, llvm::ArrayRef<int64_t> params);

} // namespace braid::cpu
