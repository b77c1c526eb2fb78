# SPDX-License-Identifier: Apache-2.0
"""Copies a GGUF file with changes.

    edit_gguf.py FROM TO [KEY=JSON ...] [--drop KEY] [--rename TENSOR NEW] [--shape TENSOR JSON] ...

    llama.block_count=3           another value, of the type that the file has
    llama.is_array='[1, 2]'       an array of 32-bit integers, or of bools
    --shape blk.0.x '[8, 64]'     slowest first; the data stays as it is
"""
import json
import struct
import sys

FORMS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
STRING, ARRAY, BOOL, INT = 8, 9, 7, 5


class Source:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, size):
        self.at += size
        return self.data[self.at - size:self.at]

    def unpack(self, form):
        return struct.unpack("<" + form, self.take(struct.calcsize("<" + form)))

    def text(self):
        return self.take(self.unpack("Q")[0])

    def skip(self, code):
        if code == STRING:
            self.text()
        elif code == ARRAY:
            element, count = self.unpack("IQ")
            for _ in range(count):
                self.skip(element)
        else:
            self.unpack(FORMS[code])


def text(value):
    return struct.pack("<Q", len(value)) + value


def packed(old, value):
    """The type and bytes of `value`, of the type of the `old` bytes."""
    if isinstance(value, list):
        code = BOOL if isinstance(value[0], bool) else INT
        return struct.pack("<IIQ", ARRAY, code, len(value)) + struct.pack(f"<{len(value)}{FORMS[code]}", *value)
    code = struct.unpack("<I", old[:4])[0]
    if code == STRING:
        return old[:4] + text(value.encode())
    code = code if code in FORMS else INT
    return struct.pack("<I" + FORMS[code], code, value)


def main(source, target, *changes):
    file = Source(open(source, "rb").read())
    magic, version, tensors, count = file.unpack("4sIQQ")
    keys = {}
    for _ in range(count):
        key, start = file.text().decode(), file.at
        file.skip(file.unpack("I")[0])
        keys[key] = file.data[start:file.at]
    infos = {}
    for _ in range(tensors):
        name, (rank,) = file.text().decode(), file.unpack("I")
        infos[name] = [name, list(file.unpack(f"{rank}Q")[::-1]), file.take(12)]
    body = file.data[file.at + -file.at % 32:]
    changes = list(changes)
    while changes:
        change = changes.pop(0)
        if change == "--drop":
            del keys[changes.pop(0)]
        elif change == "--rename":
            info = infos[changes.pop(0)]
            info[0] = changes.pop(0)
        elif change == "--shape":
            info = infos[changes.pop(0)]
            info[1] = json.loads(changes.pop(0))
        else:
            key, value = change.split("=", 1)
            keys[key] = packed(keys.get(key, struct.pack("<I", INT)), json.loads(value))
    head = struct.pack("<4sIQQ", magic, version, tensors, len(keys))
    for key, value in keys.items():
        head += text(key.encode()) + value
    for name, shape, rest in infos.values():
        head += text(name.encode()) + struct.pack(f"<I{len(shape)}Q", len(shape), *shape[::-1]) + rest
    with open(target, "wb") as out:
        out.write(head + bytes(-len(head) % 32) + body)


main(*sys.argv[1:])
