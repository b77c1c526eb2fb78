# SPDX-License-Identifier: Apache-2.0
"""Puts the examples of all op descriptions through braid-opt: examples.py DIALECTS.

An example may use values that it does not define. Those are defined before it by an unknown op; of which type, the
parser tells: "use of value '%x' expects different type than prior uses: 'T' vs 'none'".
"""
import pathlib
import re
import subprocess
import sys
import textwrap

WRONG_TYPE = re.compile(r"use of value '(%\w+)' expects different type than prior uses: '(.*)' vs 'none'")


def parse(example):
    """The error of braid-opt, or nothing."""
    defined = set(re.findall(r"(%\w+)(?: =|:)", example))
    for results in re.findall(r"^\s*(%\w+(?:, %\w+)+) =", example, re.M):
        defined.update(results.split(", "))
    types = {name: "none" for name in re.findall(r"%\w+", example) if name not in defined}
    while True:
        heads = [f'{name} = "example.value"() : () -> {type}' for name, type in types.items()]
        text = "\n".join([*heads, example])
        run = subprocess.run(["braid-opt", "--allow-unregistered-dialect"], input=text, capture_output=True, text=True,
                             timeout=60)
        if not run.returncode:
            return None
        wrong = WRONG_TYPE.search(run.stderr)
        if not wrong or types.get(wrong[1]) != "none":
            return text + "\n" + run.stderr
        types[wrong[1]] = wrong[2]


count = failed = 0
for file in sorted(pathlib.Path(sys.argv[1]).glob("**/*.td")):
    text = file.read_text()
    examples = re.findall(r"```mlir\n(.*?)```", text, re.S) + re.findall(r"Example: `([^`]*)`", text)
    for example in map(textwrap.dedent, examples):
        if re.match(r"\w+\.yield", example):  # stands in the example of its parent
            continue
        count += 1
        error = parse(example)
        if error:
            failed += 1
            print(f"{file.name}: {error}")
print(f"{count} examples, {failed} wrong")
sys.exit(failed > 0)
