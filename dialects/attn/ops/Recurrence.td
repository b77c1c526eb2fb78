// SPDX-License-Identifier: Apache-2.0
// The recurrent family.
def Attn_RecurrenceOp : Op<Attn_Dialect, "recurrence", [
    Symbol, IsolatedFromAbove, SingleBlock,
    DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmBlockArgumentNames"]>]> {
  let summary = "A recurrent attention variant: one token's step.";
  let description = [{
    The region is what one head does with one token: `(S', o) = step(S, x_1, x_2, ...)`. It takes the states first, then
    the token's inputs; it yields the next states and the output. K and V, the widths of keys and values, are symbolic.
    Decay, read and write are the only operations on a state that keep the step affine in it; from such a step the
    compiler derives the scan, the chunkwise form and the associative combine. Any other step runs as it is written.

    What is known of an input stands behind its type:
    `log`: a logarithm of a decay, never above 0; `unit`: of L2 norm at most 1; `range = [low, high]`: each number is in
    that range; `constant`: a parameter of the head, the same for all tokens; `shared`: one for a group of heads (as keys
    are in grouped-value attention), head h reads group `h / (heads / groups)`.

    ```mlir
    // Gated DeltaNet: forget, then correct what the state predicts for k towards v. arXiv 2412.06464.
    attn.recurrence @gated_delta(%S: !attn.state, %q: !attn.key {shared}, %k: !attn.key {shared, unit}, %v: !attn.value,
                                 %g: !attn.scalar {log}, %b: !attn.scalar {range = [0.0, 1.0]}) {
      %D = attn.decay %S, %g
      %r = attn.read %D, %k
      %e = attn.sub %v, %r
      %w = attn.scale %e, %b
      %N = attn.write %D, %k, %w
      %o = attn.read %N, %q
      attn.yield %N, %o
    }
    ```
    The form `S_t = (Diag(a) - b c^T) S_{t-1} + x y^T` of all published variants: arXiv 2510.26692, table 7.
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, OptionalAttr<StrArrayAttr>:$arg_names,
                       OptionalAttr<ArrayAttr>:$arg_attrs);
  let regions = (region SizedRegion<1>:$body);
  let extraClassDeclaration = [{
    /// How many arguments are states or columns; they come first.
    unsigned getStateCount();
    /// The name of argument `index` in the text, or its number: a graph gives inputs by name.
    std::string getArgName(unsigned index);
    /// What the definition says of argument `index` under `name` ("log", "unit", "constant", "shared", "range").
    ::mlir::Attribute getArgFact(unsigned index, ::llvm::StringRef name);
    bool hasArgFact(unsigned index, ::llvm::StringRef name) { return bool(getArgFact(index, name)); }
    /// The range that the definition gives for argument `index`: its `range`, at most 0 for `log`, within 1 for `unit`.
    std::pair<double, double> getArgRange(unsigned index);
    /// The next states, then the output.
    ::mlir::OperandRange getYielded() { return getBody().front().getTerminator()->getOperands(); }
  }];
  let hasCustomAssemblyFormat = 1;
  let hasRegionVerifier = 1;
}
