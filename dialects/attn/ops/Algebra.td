// SPDX-License-Identifier: Apache-2.0
// The vector algebra between reads and writes.
class Attn_BinaryOp<string mnemonic>
    : Attn_StepOp<mnemonic, [TypesMatchWith<"the first operand's type", "lhs", "result", "$_self">]> {
  let arguments = (ins Attn_Vector:$lhs, Attn_Any:$rhs);
  let results = (outs Attn_Vector:$result);
  let assemblyFormat = "custom<Typed>($lhs, type($lhs)) `,` custom<Typed>($rhs, type($rhs)) attr-dict";
  let hasVerifier = 1;
}

def Attn_AddOp : Attn_BinaryOp<"add"> {
  let summary = "Elementwise sum.";
  let description = [{
    `z_i = x_i + y_i` of two keys, values or scalars. A bonus is added so (RWKV-6, arXiv 2404.05892).

    ```mlir
    attn.recurrence @skip(%S: !attn.state, %q: !attn.key, %v: !attn.value) {
      %r = attn.read %S, %q
      %o = attn.add %r, %v
      attn.yield %S, %o
    }
    ```
  }];
}

def Attn_SubOp : Attn_BinaryOp<"sub"> {
  let summary = "Elementwise difference.";
  let description = [{
    `z_i = x_i - y_i`: the error of a prediction in the delta rule (arXiv 2102.11174, eq. 24).

    ```mlir
    attn.recurrence @surprise(%S: !attn.state, %k: !attn.key, %v: !attn.value) {
      %r = attn.read %S, %k
      %e = attn.sub %v, %r
      attn.yield %S, %e
    }
    ```
  }];
}

def Attn_MulOp : Attn_BinaryOp<"mul"> {
  let summary = "Elementwise product.";
  let description = [{
    `z_i = x_i y_i` of two keys, values or scalars: gates along channels (GLA, arXiv 2312.06635).

    ```mlir
    attn.recurrence @gated_keys(%S: !attn.state, %q: !attn.key, %k: !attn.key, %i: !attn.key, %v: !attn.value) {
      %x = attn.mul %k, %i
      %N = attn.write %S, %x, %v
      %o = attn.read %N, %q
      attn.yield %N, %o
    }
    ```
  }];
}

def Attn_ScaleOp : Attn_StepOp<"scale", [TypesMatchWith<"the first operand's type", "input", "result", "$_self">]> {
  let summary = "A vector times a scalar.";
  let description = [{
    `z_i = s x_i`: the write strength of the delta rule (arXiv 2406.06484).

    ```mlir
    attn.recurrence @strength(%S: !attn.state, %q: !attn.key, %k: !attn.key, %v: !attn.value, %b: !attn.scalar) {
      %w = attn.scale %v, %b
      %N = attn.write %S, %k, %w
      %o = attn.read %N, %q
      attn.yield %N, %o
    }
    ```
  }];
  let arguments = (ins Attn_Vector:$input, Attn_Any:$factor);
  let results = (outs Attn_Vector:$result);
  let assemblyFormat = "custom<Typed>($input, type($input)) `,` custom<Typed>($factor, type($factor)) attr-dict";
  let hasVerifier = 1;
}

def Attn_NegOp : Attn_StepOp<"neg", [TypesMatchWith<"the operand's type", "input", "result", "$_self">]> {
  let summary = "Elementwise negation.";
  let description = [{
    `z_i = -x_i`: the removal key of RWKV-7 (arXiv 2503.14456).

    ```mlir
    attn.recurrence @forgive(%S: !attn.state, %q: !attn.key, %k: !attn.key, %v: !attn.value) {
      %x = attn.neg %k
      %N = attn.write %S, %x, %v
      %o = attn.read %N, %q
      attn.yield %N, %o
    }
    ```
  }];
  let arguments = (ins Attn_Vector:$input);
  let results = (outs Attn_Vector:$result);
  let assemblyFormat = "custom<Typed>($input, type($input)) attr-dict";
}

def Attn_DotOp : Attn_StepOp<"dot"> {
  let summary = "Inner product.";
  let description = [{
    `z = x^T y` of two keys or two values: the step size of Longhorn (arXiv 2407.14207).

    ```mlir
    attn.recurrence @weighted(%S: !attn.state, %q: !attn.key, %k: !attn.key, %v: !attn.value) {
      %m = attn.dot %q, %k
      %w = attn.scale %v, %m
      %o = attn.read %S, %q
      %p = attn.add %o, %w
      attn.yield %S, %p
    }
    ```
  }];
  let arguments = (ins Attn_Vector:$lhs, Attn_Any:$rhs);
  let results = (outs Attn_ScalarType:$result);
  let assemblyFormat = "custom<Typed>($lhs, type($lhs)) `,` custom<Typed>($rhs, type($rhs)) attr-dict";
  let hasVerifier = 1;
}

def Attn_MapOp : Attn_StepOp<"map", [TypesMatchWith<"the operand's type", "input", "result", "$_self">]> {
  let summary = "A function of each number.";
  let description = [{
    `z_i = f(x_i)` with f one of exp, log, sigmoid `1 / (1 + exp -x)`, softplus `log(1 + exp x)`, tanh, relu
    `max(x, 0)`, abs, sqrt, rsqrt `1 / sqrt x`, reciprocal `1 / x`. Of a state, or of a value that was read from one,
    it breaks affinity: such a step has no chunkwise form. Input gates of HGRN-2, arXiv 2404.07904.

    ```mlir
    attn.recurrence @kept(%S: !attn.state, %q: !attn.key, %g: !attn.key {log}, %v: !attn.value) {
      %a = attn.map exp %g
      %one = attn.constant 1.0 : !attn.key
      %k = attn.sub %one, %a
      %D = attn.decay %S, %g
      %N = attn.write %D, %k, %v
      %o = attn.read %N, %q
      attn.yield %N, %o
    }
    ```
  }];
  let arguments = (ins Attn_Function:$function, Attn_Any:$input);
  let results = (outs Attn_Any:$result);
  let assemblyFormat = "$function custom<Typed>($input, type($input)) attr-dict";
}

def Attn_ConstantOp : Attn_StepOp<"constant"> {
  let summary = "The same number in every channel.";
  let description = [{
    `z_i = c`. The 1 of `1 - a` in HGRN-2 (arXiv 2404.07904) is one.

    ```mlir
    attn.recurrence @halved(%S: !attn.state, %q: !attn.key) {
      %half = attn.constant 5.0e-01 : !attn.scalar
      %r = attn.read %S, %q
      %o = attn.scale %r, %half
      attn.yield %S, %o
    }
    ```
  }];
  let arguments = (ins F64Attr:$value);
  let results = (outs Attn_Vector:$result);
  let assemblyFormat = "$value attr-dict `:` qualified(type($result))";
}
