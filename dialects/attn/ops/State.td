// SPDX-License-Identifier: Apache-2.0
// What keeps a step affine in its state: decay, read, write.
def Attn_DecayOp : Attn_StepOp<"decay", [TypesMatchWith<"the state's type", "state", "result", "$_self">]> {
  let summary = "The state forgets.";
  let description = [{
    `S' = Diag(exp g) S` for a gate along the key channels, `S' = S Diag(exp g)` for one along the value channels, and
    `S' = exp(g) S` for a scalar gate. A decay is given as a logarithm, never as a factor, so that products of many
    decays are sums. A constant decay is a scalar input that is marked `constant`. A gate along the value channels gives
    each column a transition of its own: step and scan are derived from it, chunk and combine are not. A column has key
    channels alone. GLA, arXiv 2312.06635; Mamba-2, arXiv 2405.21060; HGRN, arXiv 2311.04823.

    ```mlir
    attn.recurrence @forget(%S: !attn.state, %q: !attn.key, %g: !attn.key {log}) {
      %D = attn.decay %S, %g
      %o = attn.read %D, %q
      attn.yield %D, %o
    }
    ```
  }];
  let arguments = (ins Attn_AnyState:$state, Attn_Any:$gate);
  let results = (outs Attn_AnyState:$result);
  let assemblyFormat = "custom<Typed>($state, type($state)) `,` custom<Typed>($gate, type($gate)) attr-dict";
  let hasVerifier = 1;
}

def Attn_ReadOp : Attn_StepOp<"read", [TypesMatchWith<"what the state holds a key", "state", "result", "held($_self)">]> {
  let summary = "What the state holds for a key.";
  let description = [{
    `r = S^T k`, a value; of a column a scalar. arXiv 2006.16236.

    ```mlir
    attn.recurrence @recall(%S: !attn.state, %q: !attn.key) {
      %o = attn.read %S, %q
      attn.yield %S, %o
    }
    ```
  }];
  let arguments = (ins Attn_AnyState:$state, Attn_Any:$key);
  let results = (outs AnyTypeOf<[Attn_ValueType, Attn_ScalarType]>:$result);
  let assemblyFormat = "custom<Typed>($state, type($state)) `,` custom<Typed>($key, type($key)) attr-dict";
  let hasVerifier = 1;
}

def Attn_WriteOp : Attn_StepOp<"write", [TypesMatchWith<"the state's type", "state", "result", "$_self">]> {
  let summary = "Adds a key with its value to the state.";
  let description = [{
    `S' = S + k w^T`; a column takes a scalar for the value. arXiv 2006.16236.

    ```mlir
    attn.recurrence @remember(%S: !attn.state, %q: !attn.key, %k: !attn.key, %v: !attn.value) {
      %N = attn.write %S, %k, %v
      %o = attn.read %N, %q
      attn.yield %N, %o
    }
    ```
  }];
  let arguments = (ins Attn_AnyState:$state, Attn_Any:$key, Attn_Any:$value);
  let results = (outs Attn_AnyState:$result);
  let assemblyFormat = [{
    custom<Typed>($state, type($state)) `,` custom<Typed>($key, type($key)) `,` custom<Typed>($value, type($value)) attr-dict
  }];
  let hasVerifier = 1;
}
