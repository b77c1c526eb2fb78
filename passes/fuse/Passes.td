// SPDX-License-Identifier: Apache-2.0
// fuse: forms kernels, groups of ops around one anchor.
include "mlir/Pass/PassBase.td"

class FusePass<string flag, string text> : Pass<flag, "::mlir::func::FuncOp"> {
  let summary = text;
  let dependentDialects = ["::braid::graph::BraidDialect"];
}

def FuseLinearsPass : FusePass<"braid-fuse-linears", "Makes one contraction of linear maps that read the same tokens"> {
  let description = [{
    Q, K and V, or gate and up: their weights lie side by side and are read in one sweep. Linear maps whose weights are
    stored differently stay apart, and so do a gate and what it gates from the rest: their epilogue makes one of them.
  }];
}
def PushScalesPass : FusePass<"braid-push-scales", "Moves constant factors from the inputs of linear maps to their results"> {
  let description = [{
    W (c x) = c (W x): maps of x and of c x share their input then, and with it one contraction and its norm. A map with
    a bias stays as it is. Factors of factors are one; a factor of 1 is nothing. A mixture's factor becomes one of its
    router's weights, and a sum of a map and a mixture hands its factor to both.
  }];
}
def FuseNormPass : FusePass<"braid-fuse-norm", "Moves a norm into the prologue of the contraction that reads it">;
def FuseScalePass : FusePass<"braid-fuse-scale", "Moves constant factors into the contraction's epilogue">;
def FuseGatePass : FusePass<"braid-fuse-gate", "Moves activations and gating into the contraction's epilogue">;
def FuseRouterPass : FusePass<"braid-fuse-router", "Moves a router into the epilogue of the contraction of its logits"> {
  let description = [{
    Logits never leave the kernel, and a single token's experts are chosen on the thread that waited for its logits.
  }];
}
def FuseResidualPass : FusePass<"braid-fuse-residual", "Moves a residual addition into the contraction's epilogue"> {
  let description = [{
    `x + (a + b)`, where a and b could each add to what is there, is taken as `(x + a) + b`: two blocks side by side (a
    mixture and what all tokens share, attention and a state space) add to the stream one after the other.
  }];
}
def FuseAttentionPass : FusePass<"braid-fuse-attention", "Moves QK norm and rope into the attention's prologue">;
def FuseLatentAttentionPass : FusePass<"braid-fuse-latent-attention",
                                       "Moves the norm and rope of latent rows and queries into the attention's kernel"> {
  let description = [{
    Row-local ops that compute operands of latent attention and nothing else: who writes a few tokens' latents to the cache
    computes them, and rotates these tokens' queries as well.
  }];
}
def FuseRecurrencePass : FusePass<"braid-fuse-recurrence", "Moves gates, convolutions and norms into the recurrence's kernel"> {
  let description = [{
    Around a recurrence, what each head can compute by itself: short convolution, SiLU and L2 norm of queries, keys and
    values, decay gate and beta before it, the norm and output gate behind it; and before it what each group of heads
    that share keys can. A task that takes a group of heads (one head where none share) through the tokens computes them
    for a few tokens at a time, and they never go to memory. What others read is computed outside, and so is a head of a
    convolution that is no multiple of 16 features wide.

    A norm over all heads, or over some that are no group (MiniMax, the gated norm of Mamba-2), stays a kernel of its
    own: it waits for results that several tasks compute, and a task of all those heads would leave threads idle and their
    states no place in cache.
  }];
}
def FuseContractionsPass : FusePass<"braid-fuse-contractions", "Runs contractions that wait for nothing of each other together"> {
  let description = [{
    The small maps behind low ranks, the mixes of RWKV-7, a router beside a shared expert: each reads other tokens, or has
    another epilogue, so that they are no one contraction, and each alone is too short for the threads and for memory to
    get going. As one kernel their tasks share a fork-join.
  }];
}
def FuseRowsPass : FusePass<"braid-fuse-rows", "Makes one kernel of row-local ops that exchange values"> {
  let description = [{
    Activations, gains, norms, rotations and elementwise arithmetic that no contraction and no attention took: each row
    of the results follows from the same row of the inputs, so a row stays in cache from op to op. Short convolutions and
    token shifts look back at rows of their input: they join what reads them, never what computes their input. What
    computes operands of one op (queries, keys and gates of a recurrence) is one kernel as well.
  }];
}
def FormKernelsPass : FusePass<"braid-form-kernels", "Makes a kernel of each op that no other kernel took">;
