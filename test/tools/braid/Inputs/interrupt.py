# SPDX-License-Identifier: Apache-2.0
"""interrupt.py COMMAND...: sends SIGINT after the command's first line of output, as Ctrl-C does, while its input stays
open; prints its exit code and how many lines there were."""

import signal
import subprocess
import sys
import time

process = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
lines = 1 if process.stdout.readline() else 0
time.sleep(0.5)  # until it waits for the next message
process.send_signal(signal.SIGINT)
lines += len(process.stdout.read().splitlines())
print(f"exit code {process.wait(timeout=60)} after {lines} line{'s' * (lines != 1)}")
