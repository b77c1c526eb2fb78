# SPDX-License-Identifier: Apache-2.0
"""Runs a table of refusals: a golden checkpoint with changes (checkpoint.py, or edit_gguf.py if it is a GGUF file), and
what the compiler says to it.

    refusals.py TABLE SCRATCH GOLDENS

    REFUSE: qwen2 hidden_size=-120      must fail with status 1 and the one line `braid: error: <folder>` + SAYS
    SAYS: /config.json: field 'hidden_size': expected ...
    ACCEPT: qwen2 hidden_act='"silu"'   must be read
"""
import os
import shlex
import shutil
import subprocess
import sys


def read_table(path):
    cases = []
    with open(path) as file:
        for number, line in enumerate(file, 1):
            key, _, rest = line.rstrip("\n").partition(": ")
            if key in ("REFUSE", "ACCEPT"):
                cases.append([number, shlex.split(rest), None])
            elif key == "SAYS":
                cases[-1][2] = rest
    return cases


def run(case, scratch, goldens):
    _, (base, *changes), says = case
    source, model, tool = os.path.join(goldens, base), os.path.join(scratch, "model"), "checkpoint.py"
    if os.path.exists(os.path.join(source, "model.gguf")):
        source, model, tool = os.path.join(source, "model.gguf"), model + ".gguf", "edit_gguf.py"
    shutil.rmtree(model, ignore_errors=True)
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), tool)
    subprocess.run([sys.executable, script, source, model, *changes], check=True)
    got = subprocess.run(["braid", "compile", model, "--emit=graph", "-o", os.path.join(scratch, "graph.mlir")],
                         capture_output=True, text=True, timeout=60)
    want = (1, f"braid: error: {model}{says}\n") if says else (0, "")
    if (got.returncode, got.stderr) == want and not got.stdout:
        return True
    print(f"expected status {want[0]}: {want[1]}     got status {got.returncode}: {got.stderr}{got.stdout}")
    return False


def main(table, scratch, goldens):
    os.makedirs(scratch, exist_ok=True)
    cases = read_table(table)
    failed = 0
    for case in cases:
        if not run(case, scratch, goldens):
            print(f"{table}:{case[0]}: {' '.join(case[1])}\n")
            failed += 1
    print(f"{len(cases) - failed} of {len(cases)} as expected")
    sys.exit(1 if failed or not cases else 0)


main(*sys.argv[1:])
