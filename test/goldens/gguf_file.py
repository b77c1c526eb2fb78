# SPDX-License-Identifier: Apache-2.0
"""Writes and reads GGUF version 3 files: metadata and tensors as raw blocks (see ggml_blocks.py)."""

import struct

MAGIC, VERSION, ALIGNMENT = b"GGUF", 3, 32
SCALARS = {"u8": (0, "B"), "i8": (1, "b"), "u16": (2, "H"), "i16": (3, "h"), "u32": (4, "I"), "i32": (5, "i"),
           "f32": (6, "f"), "bool": (7, "?"), "u64": (10, "Q"), "i64": (11, "q"), "f64": (12, "d")}
STRING, ARRAY = 8, 9


def packString(text):
    data = text.encode("utf-8")
    return struct.pack("<Q", len(data)) + data


def packValue(kind, value):
    """`kind` is a scalar's name, "str", or one of both in a list for an array: ["str"], ["i32"]."""
    if isinstance(kind, list):
        (element,) = kind
        code = STRING if element == "str" else SCALARS[element][0]
        return (struct.pack("<IIQ", ARRAY, code, len(value))
                + b"".join(packValue(element, item)[4:] for item in value))
    if kind == "str":
        return struct.pack("<I", STRING) + packString(value)
    code, form = SCALARS[kind]
    return struct.pack("<I", code) + struct.pack("<" + form, value)


def padding(size, alignment):
    return bytes(-size % alignment)


def write(path, metadata, tensors):
    """`metadata`: (key, kind, value) triples; `tensors`: (name, ggml type code, shape rows first, bytes) tuples."""
    alignment = next((value for key, _, value in metadata if key == "general.alignment"), ALIGNMENT)
    keys = b"".join(packString(key) + packValue(kind, value) for key, kind, value in metadata)
    writePacked(path, len(metadata), keys, tensors, alignment)


def writePacked(path, count, keys, tensors, alignment=ALIGNMENT):
    """As write(), of `count` packed keys."""
    head = MAGIC + struct.pack("<IQQ", VERSION, len(tensors), count) + keys
    offset, body = 0, []
    for name, code, shape, data in tensors:
        dims = shape[::-1]  # GGUF puts the fastest dimension first
        head += packString(name) + struct.pack(f"<I{len(dims)}QIQ", len(dims), *dims, code, offset)
        body += [data, padding(len(data), alignment)]
        offset += len(data) + len(body[-1])
    with open(path, "wb") as out:
        out.write(head + padding(len(head), alignment))
        out.writelines(body)


class Reader:
    """Reads a GGUF file that is trusted (the recorder's own, or one with a pinned checksum)."""

    def __init__(self, path):
        self.data, self.at = memoryview(open(path, "rb").read()), 0
        magic, version, tensors, values = bytes(self.take(4)), *self.unpack("IQQ")
        if magic != MAGIC or version != VERSION:
            raise ValueError(f"{path}: expected GGUF version {VERSION}")
        start = self.at
        self.metadata = {self.string(): self.value(self.unpack("I")[0]) for _ in range(values)}
        self.keys = bytes(self.data[start:self.at])  # as they are in the file
        infos = [self.tensorInfo() for _ in range(tensors)]
        start = self.at + -self.at % self.metadata.get("general.alignment", ALIGNMENT)
        ends = sorted(offset for *_, offset in infos) + [len(self.data) - start]
        self.tensors = {name: (code, shape, self.data[start + offset:start + ends[ends.index(offset) + 1]])
                        for name, code, shape, offset in infos}

    def take(self, size):
        self.at += size
        return self.data[self.at - size:self.at]

    def unpack(self, form):
        return struct.unpack("<" + form, self.take(struct.calcsize("<" + form)))

    def string(self):
        return bytes(self.take(self.unpack("Q")[0])).decode("utf-8")

    def value(self, code):
        if code == STRING:
            return self.string()
        if code == ARRAY:
            element, count = self.unpack("IQ")
            return [self.value(element) for _ in range(count)]
        return self.unpack({c: f for c, f in SCALARS.values()}[code])[0]

    def tensorInfo(self):
        name, (rank,) = self.string(), self.unpack("I")
        dims, (code, offset) = self.unpack(f"{rank}Q"), self.unpack("IQ")
        return name, code, tuple(dims[::-1]), offset
