# SPDX-License-Identifier: Apache-2.0
"""Puts each variant of the catalogue through braid-opt twice: round_trip.py CATALOG SCRATCH."""
import pathlib
import subprocess
import sys

OPS = {"softmax": "attn.softmax", "recurrent": "attn.recurrence"}
catalog, scratch = map(pathlib.Path, sys.argv[1:])


def opt(path):
    return subprocess.run(["braid-opt", path], check=True, capture_output=True, text=True, timeout=60).stdout


wrong = 0
files = sorted(catalog.glob("*/*.mlir"))
for file in files:
    family = file.parent.name
    first = opt(file)
    again = scratch / family / file.name
    again.write_text(first)
    good = opt(again) == first and f"{OPS[family]} @{file.stem}" in first
    wrong += not good
    print(f"{family}/{file.stem}: {'ok' if good else 'wrong'}")
print(f"{len(files)} variants, {wrong} of them not as expected")
sys.exit(wrong > 0)
