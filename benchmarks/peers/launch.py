"""
Start a program, and tell what it took: began, ended, exit code, seconds, kB.

The kernel counts the memory of whoever made a process as the process's own until it is
replaced: so this has to be small, and imports next to nothing.
"""

import os
import sys
import time

_NOWHERE = (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)

began = time.monotonic()
pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=[_NOWHERE])
_, status, used = os.wait4(pid, 0)
ended = time.monotonic()
code = os.waitstatus_to_exitcode(status)
print(began, ended, code, used.ru_utime + used.ru_stime, used.ru_maxrss)
