// SPDX-License-Identifier: Apache-2.0
/// \file
/// Packing weight rows into the panels of WeightLayout.h, one panel a call (callers thread over panels), and back.
#pragma once

#include "compiler/targets/cpu/WeightLayout.h"

#include "llvm/ADT/ArrayRef.h"

namespace braid::cpu {

/// One row (out-feature) of quantised source weights: value = scale * (code - layout.zero) + min.
struct QuantRow {
  const uint8_t *codes; ///< layout.k codes, a byte each (U4: below 16)
  const float *scales;  ///< one a group
  const float *mins;    ///< one a group; read where layout.min
};

/// Packs up to 16 rows of dense numbers: `source` is F32, F16 or BF16, row r has layout.k numbers of that type at
/// rows[r] (no alignment needed). Converts (rounding to even) where the layout's type differs. Missing rows become
/// zeros. Writes layout.panelBytes() bytes.
void packDensePanel(const WeightLayout &layout, Codes source, llvm::ArrayRef<const uint8_t *> rows, uint8_t *out);

/// Packs up to 16 rows of unpacked blocks; layout.k must be a multiple of the group.
void packQuantPanel(const WeightLayout &layout, llvm::ArrayRef<QuantRow> rows, uint8_t *out);

/// The panel's values as f32 [16][layout.k].
void unpackPanel(const WeightLayout &layout, const uint8_t *panel, float *out);

uint16_t floatToHalf(float value); ///< round to nearest, ties to even
float halfToFloat(uint16_t half);

} // namespace braid::cpu
