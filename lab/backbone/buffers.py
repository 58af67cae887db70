"""Larger buffers for the sockets by which Open vSwitch reads and writes network devices.

It takes the kernel's default, which holds some ninety frames: what comes while it waits for the processor is lost, and what waits
in a queue behind one device keeps it from sending to any other. Neither it nor a network namespace has a setting for that, so the
sockets are borrowed from the process (pidfd_getfd(2)).
"""

import contextlib
import ctypes
import errno
import os
import socket
from pathlib import Path

_SYS_PIDFD_GETFD = 438
_SO_SNDBUFFORCE, _SO_RCVBUFFORCE = 32, 33
"""Linux, the same on every architecture that Debian has but alpha, mips, parisc and sparc."""
_OCTETS = 16 << 20
_INODE_COLUMN = 8


def enlarge_buffers(process: int) -> None:
    """Give room to all packet sockets of a process. Raises OSError when it has ended or may not be touched."""
    lines = Path(f"/proc/{process}/net/packet").read_text().splitlines()[1:]
    packet_sockets = {f"socket:[{line.split()[_INODE_COLUMN]}]" for line in lines}
    handle = os.pidfd_open(process)
    try:
        for entry in Path(f"/proc/{process}/fd").iterdir():
            # What it closes meanwhile needs no room.
            with contextlib.suppress(FileNotFoundError):
                if str(entry.readlink()) in packet_sockets:
                    _enlarge(_borrowed(handle, int(entry.name)))
    finally:
        os.close(handle)


def _enlarge(descriptor: int) -> None:
    with socket.socket(fileno=descriptor) as borrowed:
        for option in (_SO_SNDBUFFORCE, _SO_RCVBUFFORCE):
            borrowed.setsockopt(socket.SOL_SOCKET, option, _OCTETS)


def _borrowed(handle: int, number: int) -> int:
    library = ctypes.CDLL(None, use_errno=True)
    descriptor = int(library.syscall(_SYS_PIDFD_GETFD, handle, number, 0))
    if descriptor < 0 and ctypes.get_errno() == errno.EBADF:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
    if descriptor < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return descriptor
