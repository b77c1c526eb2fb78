# SPDX-License-Identifier: Apache-2.0
"""patch.py FROM TO OLD NEW: copies a file with the first OLD replaced by NEW, of as many bytes."""
import sys

source, target, old, new = sys.argv[1], sys.argv[2], sys.argv[3].encode(), sys.argv[4].encode()
with open(source, "rb") as file:
    data = file.read()
if len(old) != len(new) or old not in data:
    sys.exit(f"patch.py: {source}: no '{sys.argv[3]}', or not as long as '{sys.argv[4]}'")
with open(target, "wb") as file:
    file.write(data.replace(old, new, 1))
