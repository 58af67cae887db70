"""Process 1 of the room: mounts what parts need, reaps what they leave, and ends the room when it is told to.

When it ends, however that comes, the kernel ends every other process of the room; namespaces and mounts go with the last of them.
"""

import os
import signal
import sys
from pathlib import Path

from lab.commands import LabError, run, say
from lab.isolation import READY

_NAMED_NAMESPACES = Path("/run/netns")


def main() -> int:
    """Make the room ready, print `ready`, and wait for SIGTERM; gives the exit code."""
    # Blocked here and not handled, so that the signal is waited for and nothing is interrupted by it.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    # What parts leave behind becomes a child of process 1; ignored, the kernel takes it away when it ends.
    try:
        _private_names()
        run("ip", "link", "set", "lo", "up")
    except (LabError, OSError) as error:
        say(str(error))
        return 1
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    sys.stdout.write(READY)
    sys.stdout.flush()
    os.close(sys.stdout.fileno())
    signal.sigwait({signal.SIGTERM})
    return 0


def _private_names() -> None:
    """Give named network namespaces (ip-netns(8)) a folder that nobody outside of the room sees."""
    _NAMED_NAMESPACES.mkdir(exist_ok=True)
    run("mount", "-t", "tmpfs", "-o", "mode=755", "room", _NAMED_NAMESPACES)


if __name__ == "__main__":
    sys.exit(main())
