# SPDX-License-Identifier: Apache-2.0
"""Puts each variant of a folder through braid-opt twice: round_trip.py FOLDER SCRATCH."""
import pathlib
import subprocess
import sys

folder, scratch = map(pathlib.Path, sys.argv[1:])


def opt(path):
    return subprocess.run(["braid-opt", path], check=True, capture_output=True, text=True, timeout=60).stdout


wrong = 0
files = sorted(folder.glob("*.mlir"))
for file in files:
    first = opt(file)
    again = scratch / file.name
    again.write_text(first)
    good = opt(again) == first and f"attn.softmax @{file.stem}" in first
    wrong += not good
    print(f"{file.stem}: {'ok' if good else 'wrong'}")
print(f"{len(files)} variants, {wrong} wrong")
sys.exit(wrong > 0)
