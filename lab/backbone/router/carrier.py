"""Which network devices of the current namespace have a carrier, told by the kernel as it changes (rtnetlink(7))."""

import socket
import struct
from collections.abc import Iterator

_RTMGRP_LINK = 1
_RTM_NEWLINK, _RTM_GETLINK, _NLMSG_DONE = 16, 18, 3
_NLM_F_REQUEST, _NLM_F_DUMP = 1, 0x300
_IFLA_IFNAME = 3
_IFF_LOWER_UP = 1 << 16
_HEADER, _LINK, _ATTRIBUTE = struct.Struct("=IHHII"), struct.Struct("=BxHiII"), struct.Struct("=HH")
_ALIGNMENT = 4


def listening() -> socket.socket:
    """A socket that does not block, on which the kernel tells of all devices now, and of each that changes later."""
    told = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_NONBLOCK, socket.NETLINK_ROUTE)
    told.bind((0, _RTMGRP_LINK))
    request = _LINK.pack(socket.AF_UNSPEC, 0, 0, 0, 0)
    told.send(_HEADER.pack(_HEADER.size + len(request), _RTM_GETLINK, _NLM_F_REQUEST | _NLM_F_DUMP, 1, 0) + request)
    return told


def carriers(octets: bytes) -> Iterator[tuple[str, bool]]:
    """(name, whether there is a carrier) for each device in what was read from the socket."""
    position = 0
    while position + _HEADER.size <= len(octets):
        length, kind, *_ = _HEADER.unpack_from(octets, position)
        if kind == _NLMSG_DONE or length < _HEADER.size:
            return
        if kind == _RTM_NEWLINK:
            message = octets[position + _HEADER.size : position + length]
            yield _name(message), bool(_LINK.unpack_from(message)[3] & _IFF_LOWER_UP)
        position += _aligned(length)


def _name(message: bytes) -> str:
    position = _LINK.size
    while position + _ATTRIBUTE.size <= len(message):
        length, kind = _ATTRIBUTE.unpack_from(message, position)
        if kind == _IFLA_IFNAME:
            return message[position + _ATTRIBUTE.size : position + length].rstrip(b"\0").decode()
        position += max(_aligned(length), _ALIGNMENT)
    return ""


def _aligned(length: int) -> int:
    return -(-length // _ALIGNMENT) * _ALIGNMENT
