"""The frames by which two PE routers prove the ways between them: under the way's labels and the GAL (RFC 5586).

What they say is of the lab's own making, hence an experimental channel type. In a network it would be BFD (RFC 5884) or S-BFD
(RFC 7880).
"""

import json
import struct
from dataclasses import dataclass

from lab.backbone.inventory import Port
from lab.backbone.router.configuration import Way
from lab.backbone.router.pipeline import GAL, PROBE_QUEUE

_ETHERNET, _LABEL, _CHANNEL = struct.Struct("!6s6sH"), struct.Struct("!I"), struct.Struct("!HH")
_MPLS = 0x8847
_ASSOCIATED_CHANNEL = 0x1000
"""RFC 4385 section 5: the first nibble 1, version 0."""
_EXPERIMENTAL = 0x7FF8
"""RFC 5586 section 10: 0x7FF8 to 0x7FFF are for experiments."""
_HIGHEST_CLASS = 7


@dataclass(frozen=True, slots=True)
class Probe:
    """`sender` is a backbone node, `way` the one that this goes over, `hears` those of the receiver that the sender hears.

    `said` grows from one to the next. While `settled` is false the sender has not listened for long enough to tell what it does
    not hear.
    """

    sender: str
    way: int
    hears: tuple[int, ...]
    said: int
    settled: bool


def frame_of(probe: Probe, way: Way, port: Port) -> bytes:
    """The whole Ethernet frame. Its source address puts it before everything else that waits for the backbone."""
    source = _octets(port.address)[:4] + PROBE_QUEUE.to_bytes(2)
    stack = [_entry(label, bottom=False, ttl=64) for label in way.labels] + [_entry(GAL, bottom=True, ttl=1)]
    said = {"sender": probe.sender, "way": probe.way, "hears": probe.hears, "said": probe.said, "settled": probe.settled}
    header = _ETHERNET.pack(_octets(port.far_address), source, _MPLS) + b"".join(stack)
    return header + _CHANNEL.pack(_ASSOCIATED_CHANNEL, _EXPERIMENTAL) + json.dumps(said).encode()


def probe_of(frame: bytes) -> tuple[str, Probe] | None:
    """The address of the port that a frame came in by, and what it says; None unless it arrived under the GAL alone."""
    start = _ETHERNET.size + _LABEL.size + _CHANNEL.size
    if len(frame) < start or _ETHERNET.unpack_from(frame)[2] != _MPLS:
        return None
    (entry,) = _LABEL.unpack_from(frame, _ETHERNET.size)
    if entry >> 12 != GAL or _CHANNEL.unpack_from(frame, start - _CHANNEL.size) != (_ASSOCIATED_CHANNEL, _EXPERIMENTAL):
        return None
    try:
        said = json.loads(frame[start:].rstrip(b"\0"))
        hears = tuple(int(number) for number in said["hears"])
        probe = Probe(str(said["sender"]), int(said["way"]), hears, int(said["said"]), bool(said["settled"]))
    except (ValueError, KeyError, TypeError):
        return None
    return frame[:6].hex(":"), probe


def _entry(label: int, *, bottom: bool, ttl: int) -> bytes:
    """A label stack entry (RFC 3032 section 2.1)."""
    return _LABEL.pack(label << 12 | _HIGHEST_CLASS << 9 | bottom << 8 | ttl)


def _octets(address: str) -> bytes:
    return bytes.fromhex(address.replace(":", ""))
