"""Turn off transmit checksum offload, and with it segmentation offload: `python -m lab.backbone.offload DEVICE…`.

A program of its own because a process sees the devices of its own network namespace only.
"""

import array
import fcntl
import socket
import struct
import sys

_SIOCETHTOOL = 0x8946
_ETHTOOL_STXCSUM = 0x17
"""Linux, sockios.h and ethtool.h."""


def leave_checksums(device: str) -> None:
    """Raises OSError when there is no such device."""
    order = array.array("B", struct.pack("II", _ETHTOOL_STXCSUM, 0))
    request = struct.pack("16sP", device.encode(), order.buffer_info()[0])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SIOCETHTOOL, request)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        leave_checksums(name)
