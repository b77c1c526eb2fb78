#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Where the time of a compiled model's step goes, kernel by kernel.

    step_profile.py MODEL ARTIFACT [-t 2] [-p POSITION] [-n TOKENS] [-R 40]

ARTIFACT is what `braid compile MODEL --isa=native` made. Medians over the rounds, in microseconds: in all fork-joins of a
kernel's part, and on one thread before them. States with a window are not told apart from others.
Needs clang-22 and nm; `braid` on PATH, or its path in $BRAID.
"""
import argparse
import collections
import json
import os
import pathlib
import statistics
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def build(model, folder):
    """The program, and its functions by address."""
    code, program = folder / "step.o", folder / "step-profile"
    subprocess.run([os.environ.get("BRAID", "braid"), "compile", model, "--isa=native", "--emit=obj", "-o", code], check=True)
    sources = [ROOT / "test/benchmarks/step_profile.c"] + [ROOT / f"runtime/src/{n}.c" for n in ("threads", "cpu", "status")]
    subprocess.run(["clang-22", "-O2", "-no-pie", "-D_GNU_SOURCE", f"-I{ROOT}", *sources, code, "-o", program, "-lpthread",
                    "-lm"], check=True)
    lines = subprocess.run(["nm", program], check=True, capture_output=True, text=True).stdout.splitlines()
    return program, {int(line.split()[0], 16): line.split()[2] for line in lines if len(line.split()) == 3}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("artifact", type=pathlib.Path)
    parser.add_argument("-t", "--threads", type=int, default=2)
    parser.add_argument("-p", "--position", type=int, default=0)
    parser.add_argument("-n", "--tokens", type=int, default=1)
    parser.add_argument("-R", "--rounds", type=int, default=40)
    options = parser.parse_args()
    manifest = json.loads((options.artifact / "manifest.json").read_text())
    states = [f"f:{s['bytes']}:1" if s["kind"] == "fixed" else f"r:{s['row_bytes']}:{s.get('planes', 1)}"
              for s in manifest["states"]]
    numbers = [manifest["arena_bytes"], manifest["vocab"], options.threads, options.rounds, options.position, options.tokens]
    with tempfile.TemporaryDirectory() as folder:
        program, names = build(options.model, pathlib.Path(folder))
        command = [program, options.artifact / manifest["weights"], *map(str, numbers), *states]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    steps, times = [], collections.defaultdict(list)
    for number, address, inside, before, _ in map(str.split, output.splitlines()):
        if number == "step":
            steps.append(float(inside))
        else:
            times[number, names[int(address, 16)]].append((float(inside), float(before)))
    kernels = collections.defaultdict(lambda: [0, 0.0, 0.0])
    for (_, name), values in times.items():
        kernel = kernels[name]
        kernel[0] += 1
        kernel[1] += statistics.median(value[0] for value in values)
        kernel[2] += statistics.median(value[1] for value in values)
    step = statistics.median(steps)
    print("| part | fork-joins | us | before | share |\n|---|--:|--:|--:|--:|")
    for name, (count, inside, before) in sorted(kernels.items(), key=lambda item: -item[1][1]):
        print(f"| {name} | {count} | {inside:.1f} | {before:.1f} | {100 * (inside + before) / step:.1f} % |")
    print(f"\nA step: {step:.0f} us, {sum(kernel[0] for kernel in kernels.values())} fork-joins.")


main()
