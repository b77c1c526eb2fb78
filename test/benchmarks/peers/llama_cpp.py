#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Builds llama.cpp from the source package of llama-cpp-python and measures it with its own llama-bench.

    llama_cpp.py build
    llama_cpp.py run model.gguf -t 1 -t 2 [-r 5] [-p 512] [-n 64]

`run` builds first if needed and prints one JSON array whose rows have the keys of `braid bench -o json`
(model, size, params, backend, threads, test, ts_mean, ts_std; speeds in tokens per second). Python's
standard library, pip, cmake and a C++ compiler ($CXX, else cmake's choice) are all it needs.
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

VERSION = "0.3.36"  # of llama-cpp-python; its sdist vendors llama.cpp whole, tools included
SHA256 = "832db0699007f1be95a7e41ef12e88926b02ba836461e36a36372db2760c1a2e"
DEFAULT_CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "braid" / "peers"


def say(text):
    print(f"llama_cpp: {text}", file=sys.stderr, flush=True)


def obtainSource(cache, sdist):
    """Returns the vendored llama.cpp tree, unpacked in `cache`; `sdist` is a local copy or None."""
    tree = cache / f"llama_cpp_python-{VERSION}" / "vendor" / "llama.cpp"
    if (tree / "CMakeLists.txt").exists():
        return tree
    cache.mkdir(parents=True, exist_ok=True)
    archive = Path(sdist) if sdist else cache / f"llama_cpp_python-{VERSION}.tar.gz"
    if not archive.exists():
        say(f"downloading llama-cpp-python {VERSION}")
        subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps",
                        "--no-binary", ":all:", "-d", str(cache),
                        f"llama-cpp-python=={VERSION}"], check=True)
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    if digest != SHA256:
        sys.exit(f"{archive}: expected sha256 {SHA256}, got {digest}")
    # Unpacked beside its final place and moved: an interrupted run leaves no half tree.
    partial = cache / "unpack.partial"
    shutil.rmtree(partial, ignore_errors=True)
    with tarfile.open(archive) as tar:
        # The checksum above is pinned; early 3.11 releases have no filters.
        tar.extractall(partial, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))
    shutil.rmtree(cache / f"llama_cpp_python-{VERSION}", ignore_errors=True)
    (partial / f"llama_cpp_python-{VERSION}").rename(cache / f"llama_cpp_python-{VERSION}")
    partial.rmdir()
    return tree


def build(cache, sdist=None, jobs=os.cpu_count()):
    """Builds llama-bench and llama-quantize for this very machine (Release, GGML_NATIVE); returns the path of the first."""
    binary = cache / f"build-{VERSION}" / "bin" / "llama-bench"
    stamp = cache / f"build-{VERSION}" / "done"
    if stamp.exists() and binary.exists() and binary.with_name("llama-quantize").exists():
        return binary
    tree = obtainSource(cache, sdist)
    folder = cache / f"build-{VERSION}"
    flags = ["-DCMAKE_BUILD_TYPE=Release", "-DGGML_NATIVE=ON", "-DGGML_OPENMP=ON", "-DLLAMA_OPENSSL=OFF",
             "-DLLAMA_BUILD_TESTS=OFF", "-DLLAMA_BUILD_EXAMPLES=OFF", "-DLLAMA_BUILD_SERVER=OFF",
             "-DLLAMA_BUILD_APP=OFF", "-DLLAMA_BUILD_UI=OFF", "-DLLAMA_USE_PREBUILT_UI=OFF",
             "-DBUILD_SHARED_LIBS=ON"]
    log = cache / f"build-{VERSION}.log"
    say(f"building (log: {log})")
    with open(log, "w") as out:
        for command in (["cmake", "-S", str(tree), "-B", str(folder), *flags],
                        ["cmake", "--build", str(folder), "--target", "llama-bench", "llama-quantize", f"-j{jobs}"]):
            if subprocess.run(command, stdout=out, stderr=subprocess.STDOUT).returncode:
                sys.exit(f"llama_cpp: `{' '.join(command)}` failed, see {log}")
    stamp.touch()
    return binary


def measure(binary, model, threads, repetitions=5, prompt=512, generate=64, depth=0):
    """Runs llama-bench once (prompt and generation test, one untimed warm-up each) and returns its rows."""
    command = [str(binary), "-m", str(model), "-t", str(threads), "-r", str(repetitions),
               "-p", str(prompt), "-n", str(generate), "-d", str(depth), "-o", "json"]
    raw = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE,
                                    stderr=subprocess.DEVNULL).stdout)
    rows = []
    for entry in raw:
        test = f"pp{entry['n_prompt']}" if entry["n_prompt"] else f"tg{entry['n_gen']}"
        test += f" @ d{depth}" if depth else ""
        rows.append({"model": entry["model_type"], "size": entry["model_size"],
                     "params": entry["model_n_params"], "backend": f"llama.cpp {entry['backends']}",
                     "threads": entry["n_threads"], "test": test,
                     "ts_mean": entry["avg_ts"], "ts_std": entry["stddev_ts"]})
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("action", choices=["build", "run"])
    parser.add_argument("model", nargs="?", type=Path)
    parser.add_argument("-t", "--threads", type=int, action="append", help="may be repeated; default 1 and 2")
    parser.add_argument("-r", "--repetitions", type=int, default=5)
    parser.add_argument("-p", "--prompt", type=int, default=512)
    parser.add_argument("-n", "--generate", type=int, default=64)
    parser.add_argument("-j", "--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--cache", type=Path, default=DEFAULT_CACHE)
    parser.add_argument("--sdist", type=Path, help="a local copy of the source package")
    args = parser.parse_args()
    binary = build(args.cache, args.sdist, args.jobs)
    if args.action == "build":
        print(binary)
        return
    if args.model is None:
        parser.error("run needs a model")
    rows = []
    for threads in args.threads or [1, 2]:
        rows += measure(binary, args.model, threads, args.repetitions, args.prompt, args.generate)
    json.dump(rows, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
