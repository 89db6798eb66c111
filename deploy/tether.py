"""Replace this process by a command that dies with its parent: `python tether.py PARENT_PID command ...`

On Linux the kernel kills the command when the supervisor is gone, however it went. Elsewhere the
command just runs. A process of its own, because setting this between fork and exec of a program
with threads can deadlock.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Tie this process to the parent named in the arguments, then become the command."""
    parent, command = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    # The parent may have gone before the tie was made.
    if os.getppid() != parent:
        sys.exit(1)
    try:
        os.execvp(command[0], command)
    except OSError as trouble:
        print(f"ERROR cannot start {command[0]}: {trouble.strerror}", file=sys.stderr)
        sys.exit(127)


if __name__ == "__main__":
    main()
