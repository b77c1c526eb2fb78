# SPDX-License-Identifier: Apache-2.0
"""interrupt.py FOLDER COMMAND ... FOLDER: ends the command after more and more of its time, most often near its end, by
each of SIGKILL, SIGTERM and SIGINT in turn. FOLDER, which the command writes, must have the files it had, or all the new
ones; where the command could catch the signal, nothing else may be left, neither beside FOLDER nor in TMPDIR."""
import os
import signal
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


def left(folder):
    """What is neither an artifact nor one of its files."""
    names = os.listdir(os.path.dirname(folder)) + os.listdir(folder)
    return {name for name in names if name.startswith(".")} | set(os.listdir(os.environ["TMPDIR"]))


folder, command = sys.argv[1], sys.argv[2:]
os.environ["TMPDIR"] = folder + ".tmp"
os.makedirs(os.environ["TMPDIR"], exist_ok=True)
before, kills = content(folder), 0
start = time.monotonic()
subprocess.run(command[:-1] + [folder + ".new"], check=True, timeout=60)
whole = time.monotonic() - start
after = content(folder + ".new")
moments = [step / STEPS for step in range(STEPS)] + [0.8 + 0.4 * step / LATE_STEPS for step in range(LATE_STEPS)]
for number, moment in enumerate(moments):
    how = (signal.SIGTERM, signal.SIGINT, signal.SIGKILL)[number % 3]
    earlier = left(folder)  # of a SIGKILL
    process = subprocess.Popen(command)
    try:
        process.wait(timeout=whole * moment)
    except subprocess.TimeoutExpired:
        process.send_signal(how)
        process.wait()
    kills += process.returncode != 0
    when = f"interrupt.py: {how.name} after {whole * moment:.3f} s"
    if process.returncode not in (0, -how):
        sys.exit(f"{when}: exit status {process.returncode}")
    if content(folder) not in (before, after):
        sys.exit(f"{when}: {folder} is neither old nor new")
    if how != signal.SIGKILL and not left(folder) <= earlier:
        sys.exit(f"{when}: left {left(folder) - earlier}")
if not kills:
    sys.exit("interrupt.py: the command was never killed")
print(f"killed at least once, and {folder} stayed whole")
