// SPDX-License-Identifier: Apache-2.0
// The attn dialect: what an attention variant is.
#ifndef ATTN_BASE
#define ATTN_BASE

include "mlir/IR/OpBase.td"

def Attn_Dialect : Dialect {
  let name = "attn";
  let cppNamespace = "::braid::attn";
  let summary = "Attention variants as mathematics.";
  let description = [{
    A variant is a symbol with regions, written in its own .mlir file: the softmax family as a score and a mask over
    (head, query index, key index), as FlexAttention does. Shapes are symbolic, so that one definition fits every model.
    The catalogue in `dialects/attn/catalog` holds the published variants; a user's own file is given by `--variant`.
  }];
}

#endif
