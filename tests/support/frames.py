"""Ethernet frames between the two host ports of `lab.vtn_manager.fabric`, for tests in its network namespace."""

import os
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager

SOL_PACKET, PACKET_AUXDATA, PACKET_OUTGOING = 263, 8, 4
"""linux/if_packet.h. The kernel takes the VLAN tag out of a frame and hands it over beside it, in `struct tpacket_auxdata`."""

EVERYTHING = 0x0003
"""ETH_P_ALL of linux/if_ether.h. Who asks for one EtherType gets frames of unknown VLANs without their tag."""

EXPERIMENTAL = 0x88B5
"""IEEE Std 802: an EtherType for local experiments."""


@contextmanager
def host_ports() -> Iterator[tuple[socket.socket, socket.socket]]:
    """The two host ports, s1-host first."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as one, socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as other:
        for port, name in ((one, "s1-host"), (other, "s2-host")):
            port.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
            port.bind((name, EVERYTHING))
            port.settimeout(0.1)
        yield one, other


def carried(sender: socket.socket, receiver: socket.socket, vlan: int = 0) -> list[int]:
    """The VLANs, 0 for none, in which a broadcast in `vlan` comes out at the receiver.

    It is sent again until it comes: the switches are told of a change after the RPC has answered. TimeoutError after half a minute.
    """
    end = time.monotonic() + 30
    while not (came := _sent_once(sender, receiver, vlan)):
        if time.monotonic() > end:
            raise TimeoutError(f"no frame of VLAN {vlan} came")
    return came


def nothing_carried(sender: socket.socket, receiver: socket.socket, vlan: int = 0) -> bool:
    """Whether broadcasts in `vlan` do not come out at the receiver, three in a row; it may take a moment until they stop."""
    end = time.monotonic() + 30
    quiet = 0
    while quiet < 3 and time.monotonic() < end:
        quiet = 0 if _sent_once(sender, receiver, vlan) else quiet + 1
    return quiet == 3


def _sent_once(sender: socket.socket, receiver: socket.socket, vlan: int) -> list[int]:
    mark = os.urandom(16)
    tag = struct.pack("!HH", 0x8100, vlan) if vlan else b""
    sender.send(b"\xff" * 6 + b"\x02\x00\x00\x00\x00\x01" + tag + struct.pack("!H", EXPERIMENTAL) + mark + bytes(40))
    came: set[int] = set()
    end = time.monotonic() + 0.4
    while time.monotonic() < end:
        try:
            data, beside, _flags, source = receiver.recvmsg(4096, 64)
        except TimeoutError:
            continue
        if mark in data and source[2] != PACKET_OUTGOING:
            came.update(vlan_of(auxiliary) for _level, _type, auxiliary in beside)
    return sorted(came)


def vlan_of(auxiliary: bytes) -> int:
    """From `struct tpacket_auxdata`: three words, two half-words, the tag control information."""
    return int(struct.unpack_from("=IIIHHH", auxiliary)[5]) & 0xFFF
