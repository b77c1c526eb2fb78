# SPDX-License-Identifier: Apache-2.0
"""interrupt.py FOLDER COMMAND ... FOLDER: kills the command after more and more of its time, until it ends by itself.
FOLDER, which the command writes, must have the files it had, or all the new ones."""
import os
import subprocess
import sys
import time

STEPS = 12


def content(folder):
    files = {}
    for name in os.listdir(folder):
        if not name.startswith("."):
            with open(os.path.join(folder, name), "rb") as file:
                files[name] = file.read()
    return files


folder, command = sys.argv[1], sys.argv[2:]
before, kills = content(folder), 0
start = time.monotonic()
subprocess.run(command[:-1] + [folder + ".new"], check=True, timeout=60)
whole = time.monotonic() - start
after = content(folder + ".new")
for step in range(STEPS):
    process = subprocess.Popen(command)
    try:
        process.wait(timeout=whole * step / STEPS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.returncode == 0:
        break
    kills += 1
    if content(folder) not in (before, after):
        sys.exit(f"interrupt.py: killed after {whole * step / STEPS:.3f} s: {folder} is neither old nor new")
if not kills:
    sys.exit("interrupt.py: the command was never killed")
print(f"killed at least once, and {folder} stayed whole")
