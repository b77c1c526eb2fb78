# SPDX-License-Identifier: Apache-2.0
"""pipe.py PATH COMMAND...: makes a named pipe at PATH, reads it while the command runs, and says what came first."""
import os
import stat
import subprocess
import sys

path, command = sys.argv[1], sys.argv[2:]
os.mkfifo(path)
process = subprocess.Popen(command)
# Opened for writing as well: a command that never opens the pipe must not leave the test waiting.
descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK)
got = b""
while process.poll() is None or not got:
    try:
        got += os.read(descriptor, 1 << 16)
    except BlockingIOError:
        if process.poll() is not None:
            break
kind = "a pipe" if stat.S_ISFIFO(os.lstat(path).st_mode) else "no pipe"
print(f"{kind} that gave {got[:6].decode()}")
sys.exit(process.returncode)
