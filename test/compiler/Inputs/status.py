# SPDX-License-Identifier: Apache-2.0
"""status.py N COMMAND ...: runs a command, and passes if its exit status is N."""
import subprocess
import sys

status = subprocess.run(sys.argv[2:], timeout=100).returncode
if status != int(sys.argv[1]):
    sys.exit(f"status.py: expected exit status {sys.argv[1]}, got {status}")
