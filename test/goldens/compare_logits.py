#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares logits files; Python's standard library is all it needs.

    compare_logits.py GOT.safetensors WANT.safetensors [--tolerance 1e-4]
    compare_logits.py nll LOGITS.safetensors NLL.json [--tolerance 0.01]

The first form wants max |got - want| <= tolerance * max |want| and the same argmax at every position. WANT is
either whole (`logits` [positions, vocabulary]) or the excerpt that README.md describes (it has `columns`); GOT is
whole. --any-argmax asks for the values alone. The second computes the mean negative log-likelihood of the
`tokens` of NLL.json and wants a perplexity within the tolerance, relative, of the recorded one. Exit status: 0
good, 1 too far apart, 2 the files cannot be compared.
"""

import argparse
import json
import math
import struct
import sys
from array import array

CODES = {"F32": "f", "I32": "i"}


class Unusable(Exception):
    """The files cannot be compared; the message says why."""


class Safetensors:
    """A safetensors file whose tensors are read row by row, so that a large one is never held whole."""

    def __init__(self, path):
        self.path, self.file = path, open(path, "rb")
        try:
            size = struct.unpack("<Q", self.file.read(8))[0]
            if size > 100_000_000:
                raise ValueError(f"header of {size} bytes")
            self.header = json.loads(self.file.read(size))
        except (struct.error, ValueError) as error:
            raise Unusable(f"{path}: not a safetensors file: {error}") from None
        self.start = 8 + size

    def shape(self, name, rank):
        if name not in self.header:
            raise Unusable(f"{self.path}: no tensor '{name}', there are {sorted(set(self.header) - {'__metadata__'})}")
        info = self.header[name]
        if info["dtype"] not in CODES or len(info["shape"]) != rank:
            raise Unusable(f"{self.path}: tensor '{name}': expected F32 or I32 of rank {rank}, "
                           f"got {info['dtype']} {info['shape']}")
        return info["shape"]

    def rows(self, name, rank):
        """Yields the tensor row by row (a vector is one row) as arrays of its own type."""
        shape, info = self.shape(name, rank), self.header[name]
        self.file.seek(self.start + info["data_offsets"][0])
        for _ in range(shape[0] if rank == 2 else 1):
            data = self.file.read(4 * shape[-1])
            if len(data) != 4 * shape[-1]:
                raise Unusable(f"{self.path}: tensor '{name}': the file ends too early")
            row = array(CODES[info["dtype"]], data)
            if sys.byteorder == "big":
                row.byteswap()
            yield row

    def vector(self, name):
        return next(self.rows(name, 1))


class Worst:
    """The largest difference seen, with its place."""

    def __init__(self):
        self.difference, self.where = 0.0, "nowhere"

    def see(self, got, want, where):
        difference = abs(got - want)
        # A NaN compares false with everything and would hide itself.
        if not difference <= self.difference:
            self.difference, self.where = (difference, where) if difference == difference else (math.inf, where)

    def seeRows(self, got, want, position):
        """Differences of two rows at once; only a new maximum is looked up again for its token."""
        differences = [abs(g - w) for g, w in zip(got, want)]
        if not math.isfinite(sum(differences)):
            token = next(i for i, d in enumerate(differences) if not math.isfinite(d))
            self.see(math.inf, 0.0, f"position {position}, token {token} (got {got[token]})")
        elif max(differences) > self.difference:
            token = differences.index(max(differences))
            self.see(got[token], want[token], f"position {position}, token {token} "
                     f"(got {got[token]:.7g}, want {want[token]:.7g})")


def argmax(row):
    return row.index(max(row)) if math.isfinite(sum(row)) else -1


def logSumExp(row):
    top = max(row)
    # Exponents of float32 logits below 700 cannot overflow a double: then no subtraction per element is needed.
    if -600 < top < 600:
        return math.log(sum(map(math.exp, row)))
    return top + math.log(sum(math.exp(x - top) for x in row))


def compareWhole(got, want):
    """Returns (worst, largest reference, positions with another argmax, number of positions)."""
    if got.shape("logits", 2) != want.shape("logits", 2):
        raise Unusable(f"{got.path}: expected shape {want.shape('logits', 2)} as {want.path} has, "
                       f"got {got.shape('logits', 2)}")
    worst, largest, other, position = Worst(), 0.0, [], -1
    for position, (g, w) in enumerate(zip(got.rows("logits", 2), want.rows("logits", 2))):
        largest = max(largest, max(w), -min(w))
        worst.seeRows(g, w, position)
        if argmax(g) != argmax(w):
            other.append(position)
    return worst, largest, other, position + 1


def compareExcerpt(got, want):
    """As compareWhole, against the recorded columns, best five, maximum and logsumexp of every position."""
    columns, arg, top, lse = (want.vector(n) for n in ("columns", "argmax", "max", "logsumexp"))
    positions, vocabulary = got.shape("logits", 2)
    if positions != len(arg) or vocabulary <= columns[-1]:
        raise Unusable(f"{got.path}: expected {len(arg)} positions and more than {columns[-1]} tokens, "
                       f"got {positions} x {vocabulary}")
    wanted = list(zip(*(list(want.rows(name, 2)) for name in ("logits", "top_ids", "top_values"))))
    worst, largest, other = Worst(), 0.0, []
    for p, g in enumerate(got.rows("logits", 2)):
        w, ids, values = wanted[p]
        largest = max(largest, max(w), -min(w), abs(top[p]))
        worst.seeRows([g[c] for c in columns], w, p)
        for i, v in zip(ids, values):
            worst.see(g[i], v, f"position {p}, token {i}")
        worst.see(max(g), top[p], f"position {p}, the maximum")
        worst.see(logSumExp(g) if math.isfinite(sum(g)) else math.inf, lse[p], f"position {p}, the logsumexp")
        if argmax(g) != arg[p]:
            other.append(p)
    return worst, largest, other, positions


def compare(got, want, tolerance, anyArgmax):
    got, want = Safetensors(got), Safetensors(want)
    function = compareExcerpt if "columns" in want.header else compareWhole
    worst, largest, other, positions = function(got, want)
    error = worst.difference / largest if largest else math.inf
    good = error <= tolerance and (anyArgmax or not other)
    print(f"relative error {error:.2e} (tolerance {tolerance:.0e}): largest difference {worst.difference:.3e} at "
          f"{worst.where}, largest reference {largest:.6g}; same argmax at {positions - len(other)} of {positions}"
          + (f", other at {other[:8]}" if other else ""))
    return good


def compareNll(got, recorded, tolerance):
    """Position i of the logits predicts token i + 1; logits after the last token are allowed and ignored."""
    with open(recorded) as file:
        want = json.load(file)
    logits, tokens = Safetensors(got), want["tokens"]
    positions, vocabulary = logits.shape("logits", 2)
    if positions not in (len(tokens), len(tokens) - 1) or vocabulary <= max(tokens):
        raise Unusable(f"{got}: expected {len(tokens)} positions and more than {max(tokens)} tokens, "
                       f"got {positions} x {vocabulary}")
    total = sum(logSumExp(row) - row[token] for row, token in zip(logits.rows("logits", 2), tokens[1:]))
    nll = total / (len(tokens) - 1)
    if not math.isfinite(nll):
        print(f"nll {nll}: a logit is not finite")
        return False
    ratio = math.exp(nll - want["nll"]) - 1
    print(f"nll {nll:.6f}, perplexity {math.exp(nll):.4f}; recorded {want['nll']:.6f}, {math.exp(want['nll']):.4f}; "
          f"perplexity differs by {100 * ratio:+.3f} % (tolerance {100 * tolerance:g} %)")
    return abs(ratio) <= tolerance


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument("--tolerance", type=float)
    parser.add_argument("--any-argmax", action="store_true")
    args = parser.parse_args()
    nll = args.files[0] == "nll"
    files = args.files[1:] if nll else args.files
    if len(files) != 2:
        parser.error("two files are compared")
    try:
        if nll:
            good = compareNll(*files, 0.01 if args.tolerance is None else args.tolerance)
        else:
            good = compare(*files, 1e-4 if args.tolerance is None else args.tolerance, args.any_argmax)
    except (Unusable, OSError, KeyError, ValueError) as error:
        print(f"compare_logits: {error}", file=sys.stderr)
        sys.exit(2)
    print("PASS" if good else "FAIL")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
