"""Send ICMP echo requests to an IPv4 address at an even pace, until interrupted: `python -m tests.support.echo ADDRESS SECONDS`.

Prints `ready` once the first was sent and, in the end, how many were sent and how many of them came back. It sleeps between two,
where ping(8) takes a whole processor to wait for less than 10 ms.
"""

import os
import select
import signal
import socket
import struct
import sys
import time

_REQUEST, _REPLY = 8, 0
_LAST_REPLIES = 0.3
"""Seconds to wait for what is under way when interrupted."""


def packet(identifier: int, number: int) -> bytes:
    """An echo request (RFC 792)."""
    unsummed = struct.pack("!BBHHH", _REQUEST, 0, 0, identifier, number & 0xFFFF)
    total = sum(struct.unpack("!4H", unsummed))
    total = (total >> 16) + (total & 0xFFFF)
    checksum = ~(total + (total >> 16)) & 0xFFFF
    return struct.pack("!BBHHH", _REQUEST, 0, checksum, identifier, number & 0xFFFF)


def main(address: str, period: float) -> None:
    interrupted = False

    def interrupt(_signal: int, _frame: object) -> None:
        nonlocal interrupted
        interrupted = True

    signal.signal(signal.SIGINT, interrupt)
    identifier = os.getpid() & 0xFFFF
    sent = 0
    seen: set[int] = set()
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as wire:
        wire.setblocking(False)
        due = time.monotonic()
        end = float("inf")
        while time.monotonic() < end:
            if interrupted and end == float("inf"):
                end = time.monotonic() + _LAST_REPLIES
            if not interrupted and time.monotonic() >= due:
                _send(wire, packet(identifier, sent), address)
                sent += 1
                due = max(due + period, time.monotonic())
                if sent == 1:
                    print("ready", flush=True)
            # An interruption that comes right here is seen when the next request would have been due.
            idle = max((due if end == float("inf") else end) - time.monotonic(), 0)
            if select.select([wire], [], [], idle)[0]:
                seen |= set(_received(wire, identifier))
    print(sent, len(seen), flush=True)


def _send(wire: socket.socket, data: bytes, address: str) -> None:
    try:
        wire.sendto(data, (address, 0))
    except OSError:
        """Without a neighbour there is none to send it to; it counts as sent and lost."""


def _received(wire: socket.socket, identifier: int) -> list[int]:
    """The numbers of the replies that are there."""
    found: list[int] = []
    while True:
        try:
            data = wire.recv(2048)
        except BlockingIOError:
            return found
        kind, _code, _checksum, whose, number = struct.unpack_from("!BBHHH", data, (data[0] & 15) * 4)
        if kind == _REPLY and whose == identifier:
            found.append(number)


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
