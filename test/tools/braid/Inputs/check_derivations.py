# SPDX-License-Identifier: Apache-2.0
"""check_derivations.py JSON FILE...: what `braid derive -o json` says of these files of the catalogue."""
import json
import pathlib
import sys

derivations = json.load(open(sys.argv[1]))
wanted = [pathlib.Path(path).stem for path in sys.argv[2:]]
names = [derivation["variant"] for derivation in derivations]
assert names == wanted, f"expected {wanted}, got {names}"

for derivation in derivations:
    name = derivation["variant"]

    def expect(condition, what):
        assert condition, f"@{name}: expected {what}, got {json.dumps(derivation, indent=1)}"

    expect(derivation["file"].endswith(f"/{name}.mlir"), "its file")
    expect(derivation["structure"] == "affine" and "remark" not in derivation, "an affine step")
    expect(derivation["class"][0] in "CD" and derivation["class"][1] in "01234", "a class")
    left = [equation["left"] for equation in derivation["normal_form"]]
    expect("o" in left and "S'" in left and "r0" in left, "reads, an output and a next state")
    expect(all(equation["right"] for equation in derivation["normal_form"]), "equations with a right side")
    cost, state = derivation["cost"], derivation["state"]
    expect(cost["flops"]["KV"] >= 4 and cost["flops"]["text"].startswith(f"{cost['flops']['KV']:.0f} K V"), "flops")
    expect(cost["step_bytes"]["KV"] == 2 * state["bytes"]["KV"] and cost["scan_bytes"]["KV"] == 0, "bytes")
    expect(state["bytes"]["KV"] == 4 and "[head]" in state["layout"], "a state of f32")
    expect(derivation["milliseconds"] > 0, "a time")
    forms = {certificate["form"] for certificate in derivation["certificates"]}
    expect(derivation["forms"] == ["step", "scan", "chunk", "combine"], "all forms")
    expect(forms == set(derivation["forms"]), "a certificate of each form")
    for certificate in derivation["certificates"]:
        expect(certificate["certified"] and not certificate["faults"], "certificates")
        expect(certificate["runs"] > 0 and certificate["precision"] in ("f32", "bf16"), "runs")
        error = certificate["relative_error"]
        expect(0 <= error <= certificate["bound"] or 0 < certificate["condition"], "an error within the bound")
        expect("T " in certificate["worst"] and "seed " in certificate["worst"], "the worst case")
print(len(derivations), "variants")
