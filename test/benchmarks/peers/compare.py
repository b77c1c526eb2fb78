#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures a braid artifact beside llama.cpp: same GGUF, same threads, run alternately on a quiet machine.

    compare.py model.gguf artifact-dir [-t 1 -t 2] [-p 512] [-n 64] [-d 0] [-R 5] [--braid build/bin/braid] [-o md|json]

Each round runs llama-bench once and `braid bench` once for each thread count, in an order that turns from round
to round, so that a machine that slows down for a while does so for both. Printed are medians over the rounds,
the lowest and highest of each, and the ratio of the medians; and what else the machine was doing: the time that
other processes ran, as a share of one core, should stay near zero.
"""

import argparse
import json
import os
import platform
import shlex
import statistics
import subprocess
import sys
import time
from pathlib import Path

import llama_cpp


def busySeconds():
    """CPU seconds that all processes of the machine have run since boot."""
    fields = Path("/proc/stat").read_text().split("\n")[0].split()[1:]
    user, nice, system, _, _, irq, softirq, steal = map(int, fields[:8])
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def others(function):
    """Runs `function` and returns (its result, CPU use of everything but its child processes, in cores)."""
    wall, busy, own = time.monotonic(), busySeconds(), os.times()
    result = function()
    wall, busy, now = time.monotonic() - wall, busySeconds() - busy, os.times()
    children = now.children_user + now.children_system - own.children_user - own.children_system
    return result, max(0.0, (busy - children - (now.user - own.user) - (now.system - own.system)) / wall)


def measureBraid(args, threads):
    command = [str(args.braid), "bench", str(args.artifact), "-o", "json", "-t", str(threads), "-p", str(args.prompt),
               "-n", str(args.generate), "-d", str(args.depth), *shlex.split(args.bench_options)]
    ran = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if ran.returncode:
        sys.exit(f"`{shlex.join(command)}` ended with status {ran.returncode}")
    return json.loads(ran.stdout)


def cpuName():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":")[1].strip()
    return platform.machine()


def runRounds(args, binary):
    """Returns {(engine, threads, test): [tokens per second of each round]} and the other processes' use of each run."""
    speeds, foreign = {}, []
    engines = {
        "llama.cpp": lambda threads: llama_cpp.measure(binary, args.model, threads, 1, args.prompt, args.generate,
                                                       args.depth),
        "braid": lambda threads: measureBraid(args, threads),
    }
    if args.artifact is None:
        del engines["braid"]
    for turn in range(args.rounds):
        for threads in args.threads or [1, 2]:
            for engine in list(engines)[::1 if turn % 2 == 0 else -1]:
                rows, use = others(lambda: engines[engine](threads))
                foreign.append(use)
                for row in rows:
                    speeds.setdefault((engine, threads, row["test"]), []).append(row["ts_mean"])
                llama_cpp.say(f"round {turn + 1}: {engine}, {threads} threads: " + ", ".join(
                    f"{row['test']} {row['ts_mean']:.1f}" for row in rows)
                    + f" t/s (others: {use:.2f} cores)")
    return speeds, foreign


def rowsOf(speeds):
    keys = sorted({(test, threads) for _, threads, test in speeds})
    for test, threads in keys:
        row = {"test": test, "threads": threads}
        for engine in ("llama.cpp", "braid"):
            values = speeds.get((engine, threads, test))
            if values:
                row[engine] = {"median": statistics.median(values), "low": min(values), "high": max(values)}
        if "braid" in row and "llama.cpp" in row:
            row["ratio"] = row["braid"]["median"] / row["llama.cpp"]["median"]
        yield row


def markdown(rows, about):
    def cell(row, engine):
        if engine not in row:
            return "-"
        return f"{row[engine]['median']:.1f} ({row[engine]['low']:.1f} to {row[engine]['high']:.1f})"

    print("| test | threads | llama.cpp t/s | braid t/s | ratio |\n|---|--:|--:|--:|--:|")
    for row in rows:
        ratio = f"{row['ratio']:.2f}" if "ratio" in row else "-"
        print(f"| {row['test']} | {row['threads']} | {cell(row, 'llama.cpp')} | {cell(row, 'braid')} | {ratio} |")
    print(f"\n{about['model']}; llama.cpp of {about['peer']}; {about['cpu']}, {about['cores']} cores; medians (lowest to "
          f"highest) of {about['rounds']} alternating rounds; other processes used {about['others_median']:.2f} cores "
          f"(median; at most {about['others_most']:.2f}).")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path, help="the GGUF file")
    parser.add_argument("artifact", nargs="?", type=Path, help="what `braid compile` made of it; absent: llama.cpp alone")
    parser.add_argument("-t", "--threads", type=int, action="append")
    parser.add_argument("-p", "--prompt", type=int, default=512, help="0: none")
    parser.add_argument("-n", "--generate", type=int, default=64, help="0: none")
    parser.add_argument("-d", "--depth", type=int, default=0, help="tokens before the test begins")
    parser.add_argument("-R", "--rounds", type=int, default=5)
    parser.add_argument("--braid", default="braid")
    parser.add_argument("--bench-options", default="", help="more options for `braid bench`, in one string")
    parser.add_argument("--cache", type=Path, default=llama_cpp.DEFAULT_CACHE)
    parser.add_argument("--sdist", type=Path)
    parser.add_argument("-o", "--output", choices=["md", "json"], default="md")
    args = parser.parse_args()
    binary = llama_cpp.build(args.cache, args.sdist)
    speeds, foreign = runRounds(args, binary)
    rows = list(rowsOf(speeds))
    about = {"model": args.model.name, "peer": f"llama-cpp-python {llama_cpp.VERSION}", "cpu": cpuName(),
             "cores": os.cpu_count(), "rounds": args.rounds,
             "others_median": statistics.median(foreign), "others_most": max(foreign)}
    if args.output == "json":
        print(json.dumps({"about": about, "rows": rows}, indent=1))
    else:
        markdown(rows, about)


if __name__ == "__main__":
    main()
