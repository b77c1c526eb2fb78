#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# recurrences.sh [BUILD]: recurrence kernels beside ggml's own operators for them, in turn: 512 tokens and one, 32 heads, K = 128,
# 1 and 2 threads. Prints a table; medians in microseconds a token and head. `llama_cpp.py build` comes first.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=${1:-$here/../../../build}
cache=${XDG_CACHE_HOME:-$HOME/.cache}/braid/peers
source=$(echo "$cache"/llama_cpp_python-*/vendor/llama.cpp)
libraries=$(echo "$cache"/build-*/bin)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
clang-22 -O3 -fPIC -shared -I"$source/ggml/include" -o "$work/ggml.so" "$here/ggml_recurrences.c" \
  -L"$libraries" -lggml-cpu -lggml-base -lm -Wl,-rpath,"$libraries"
echo "| tokens | threads | variant | V | braid | ggml | ratio |"
echo "|--:|--:|---|--:|--:|--:|--:|"
for tokens in 512 1; do
  for threads in 1 2; do
    for name in kda gated_delta_net rwkv7 gla mamba2; do
      V=128
      [ "$name" = mamba2 ] && V=64
      "$build/bin/plain-step" compare "$name" $V "$work/ggml.so" $tokens $threads |
        awk -F, -v "row=| $tokens | $threads" '{ printf "%s | %s | %s | %s | %s | %s |\n", row, $1, $2, $3, $4, $5 }'
    done
  done
done
