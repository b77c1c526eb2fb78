# SPDX-License-Identifier: Apache-2.0
"""The lit suite: every .mlir and .test file under test/ that has RUN lines.

By hand:  /usr/lib/llvm-22/bin/lit -v test/passes            (against build/)
          /usr/lib/llvm-22/bin/lit -v -Dbuild=build-sanitize test
"""
import os
import shutil
import sys

import lit.formats

LLVM_BIN = "/usr/lib/llvm-22/bin"
SECONDS_PER_TEST = 120

root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
build = os.path.join(root, lit_config.params.get("build", "build"))
cache = os.environ.get("BRAID_CACHE") or os.path.join(os.path.expanduser("~"), ".cache", "braid")

config.name = "braid"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.excludes = ["Inputs", "goldens", "benchmarks", "CMakeLists.txt", "lit.cfg.py"]
config.test_source_root = os.path.join(root, "test")
config.test_exec_root = os.path.join(build, "test")

try:
    import psutil  # noqa: F401  lit can only end a test that hangs with its help

    lit_config.maxIndividualTestTime = SECONDS_PER_TEST
except ImportError:
    lit_config.note("no python3-psutil: tests run without a time limit")

config.environment["PATH"] = os.pathsep.join([os.path.join(build, "bin"), LLVM_BIN, os.environ["PATH"]])
# A variable captured in one function must not leak into the next one's checks.
config.environment["FILECHECK_OPTS"] = "--enable-var-scope"
config.environment["BRAID_CACHE"] = cache
for name in ("HOME", "LD_LIBRARY_PATH", "XDG_CACHE_HOME"):
    if name in os.environ:
        config.environment[name] = os.environ[name]

# LLVM's arena allocators poison memory from inlined code; libLLVM.so, built without the sanitizer,
# never unpoisons it. Leaks are not looked for: LLVM and the compiler keep what lives as long as they do.
config.environment["ASAN_OPTIONS"] = "allow_user_poisoning=0:detect_leaks=0:detect_container_overflow=0"
config.environment["UBSAN_OPTIONS"] = "halt_on_error=1:print_stacktrace=1"


def substitute(name, value):
    config.substitutions.append((r"%" + name + r"\b", value))


substitute("root", root)
substitute("build", build)
substitute("python", sys.executable)
substitute("cc", shutil.which("cc") or "clang-22")

# SmolLM2-135M, which tools/fetch-model gets, and its artifact, which tools/run-tests compiles before the suite.
model = os.path.join(cache, "models", "SmolLM2-135M-Instruct.Q4_1.gguf")
artifact = os.path.join(config.test_exec_root, "artifacts", "smollm2")
if os.path.exists(os.path.join(artifact, "tokenizer.json")):
    config.available_features.add("smollm2-artifact")
    substitute("smollm2_artifact", artifact)
    substitute("smollm2_tokenizer", artifact)
if os.path.exists(model):
    config.available_features.add("smollm2")
    substitute("smollm2", model)

flags = set()
if os.path.exists("/proc/cpuinfo"):
    with open("/proc/cpuinfo") as cpuinfo:
        flags = set(next((line for line in cpuinfo if line.startswith("flags")), "").split())
if {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"} <= flags:
    config.available_features.add("avx512")
if "avx512_vnni" in flags:
    config.available_features.add("vnni")
if {"avx2", "fma", "f16c"} <= flags:
    config.available_features.add("avx2")

build_cache = os.path.join(build, "CMakeCache.txt")
if os.path.exists(build_cache):
    with open(build_cache) as text:
        if "BRAID_SANITIZE:BOOL=ON" in text.read():
            config.available_features.add("sanitize")
            if lit_config.maxIndividualTestTime:  # instrumented code takes several times as long
                lit_config.maxIndividualTestTime = 8 * SECONDS_PER_TEST
