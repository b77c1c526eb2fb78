# SPDX-License-Identifier: Apache-2.0
"""interrupt.py FOLDER COMMAND ... FOLDER: kills the command after more and more of its time, most often near its end.
FOLDER, which the command writes, must have the files it had, or all the new ones."""
import os
import subprocess
import sys
import time

STEPS, LATE_STEPS = 6, 8  # over the whole time, and over its end, where files move


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
moments = [step / STEPS for step in range(STEPS)] + [0.8 + 0.4 * step / LATE_STEPS for step in range(LATE_STEPS)]
for moment in moments:
    process = subprocess.Popen(command)
    try:
        process.wait(timeout=whole * moment)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    kills += process.returncode != 0
    if content(folder) not in (before, after):
        sys.exit(f"interrupt.py: killed after {whole * moment:.3f} s: {folder} is neither old nor new")
if not kills:
    sys.exit("interrupt.py: the command was never killed")
print(f"killed at least once, and {folder} stayed whole")
