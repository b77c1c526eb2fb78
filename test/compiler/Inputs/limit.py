# SPDX-License-Identifier: Apache-2.0
"""limit.py BYTES COMMAND...: runs the command where no file may get larger."""
import os
import resource
import sys

limit = int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
os.execvp(sys.argv[2], sys.argv[2:])
