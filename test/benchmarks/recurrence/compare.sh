#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# compare.sh [BUILD [VARIANT...]]: the compiled scan of variants (all of the catalogue) beside plain C of the same step
# (clang -O3 -ffast-math -march=native), in turn, on one thread: C as the step is written, op by op, and C of its normal
# form, whose passes over the state are merged already. Prints a table; medians in microseconds a token and head.
set -euo pipefail
root=$(cd "$(dirname "$0")/../../.." && pwd)
build=${1:-$root/build}
shift || true
[ $# -gt 0 ] || set -- $(cd "$root/dialects/attn/catalog/recurrent" && ls *.mlir | sed "s/.mlir$//")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
echo "| variant | V | scan | C as written | ratio | C of the normal form | ratio |"
echo "|---|--:|--:|--:|--:|--:|--:|"
for name in "$@"; do
  V=128
  [ "$name" = mamba2 ] && V=64
  for kind in written normal; do
    "$build/bin/plain-step" emit "$name" $kind > "$work/$kind.c"
    clang-22 -O3 -ffast-math -march=native -fPIC -shared -DK=128 -DV=$V -o "$work/$kind.so" "$work/$kind.c" -lm
    "$build/bin/plain-step" compare "$name" $V "$work/$kind.so" > "$work/$kind"
  done
  paste -d, "$work/written" "$work/normal" |
    awk -F, '{ printf "| %s | %s | %s | %s | %s | %s | %s |\n", $1, $2, $3, $4, $5, $11, $12 }'
done
