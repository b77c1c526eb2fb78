# SPDX-License-Identifier: Apache-2.0
"""exit_code.py COMMAND...: runs it, prints all that it printed, then its exit code."""

import subprocess
import sys

ran = subprocess.run(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
print(ran.stdout, end="")
print("exit code", ran.returncode)
