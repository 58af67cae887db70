"""Shapers as classes of one HTB for all links of a PE router, in the words of tc. Pure.

An attachment circuit is one class however many links its frames leave by. A frame's class is told by the last two octets of its
source address, which the forwarding pipeline sets to the frame's queue. Sizes are counted as the customer sent them: what the
backbone puts around a frame is subtracted, for a path of one adjacency label.
"""

from collections.abc import Iterator

from lab.backbone.router.forwarding import Queue
from lab.backbone.router.pipeline import UNSHAPED
from lab.backbone.topology import SHAPER

_AROUND = 14 + 4 + 4
"""Octets: an Ethernet header, an adjacency label, a service label."""
_PRIORITIES = 8
_ROOT_RATE = "rate 10gbit burst 1m cburst 1m quantum 60000"
"""More than the machine can forward, so that a class reaches its ceiling whatever the others do."""
_BURST = 0.002
"""Seconds of the rate that may leave at once: more than one turn of the switch takes."""
_WAIT = 0.05
"""Seconds of the peak rate that may wait."""
_LEAST_OCTETS = 16_000
_FIRST_CLASS = 0x1000
"""The class of queue 0; 1:1 is the root."""


def set_up() -> Iterator[str]:
    """The lines that make the shaper with its unshaped queues, one for each priority."""
    yield f"qdisc replace dev {SHAPER} root handle 1: stab overhead -{_AROUND} linklayer ethernet htb default {UNSHAPED:x}"
    yield f"class replace dev {SHAPER} parent 1: classid 1:1 htb {_ROOT_RATE}"
    for priority in range(_PRIORITIES):
        number = UNSHAPED + priority
        yield f"class replace dev {SHAPER} parent 1:1 classid 1:{number:x} htb {_ROOT_RATE} prio {_served(priority)}"
        yield f"qdisc replace dev {SHAPER} parent 1:{number:x} handle {number:x}: pfifo limit 10000"
        yield _filter(number, number)


def make(queue: Queue) -> Iterator[str]:
    """The lines that make a queue."""
    yield from change(queue)
    yield _filter(queue.number, _class(queue.number))


def change(queue: Queue) -> Iterator[str]:
    """The lines that give a queue other rates; what waits in it goes on waiting."""
    burst = _octets(queue.peak, _BURST)
    rates = f"rate {queue.committed}kbit ceil {queue.peak}kbit burst {burst} cburst {burst} quantum 3000"
    number = _class(queue.number)
    yield f"class replace dev {SHAPER} parent 1:1 classid 1:{number:x} htb {rates} prio {_served(queue.priority)}"
    yield f"qdisc replace dev {SHAPER} parent 1:{number:x} handle {number:x}: bfifo limit {_octets(queue.peak, _WAIT)}"


def take_away(queue: Queue) -> Iterator[str]:
    """The lines that remove a queue."""
    yield f"filter del dev {SHAPER} parent 1: protocol 0x8847 pref {queue.number}"
    yield f"class del dev {SHAPER} classid 1:{_class(queue.number):x}"


def _filter(number: int, minor: int) -> str:
    match = f"u32 match u16 {number:#06x} 0xffff at -4"
    return f"filter add dev {SHAPER} parent 1: protocol 0x8847 pref {number} {match} flowid 1:{minor:x}"


def _class(number: int) -> int:
    return _FIRST_CLASS + number


def _served(priority: int) -> int:
    """HTB serves 0 first."""
    return _PRIORITIES - 1 - priority


def _octets(kilobits: int, seconds: float) -> int:
    return max(_LEAST_OCTETS, int(kilobits * 1000 / 8 * seconds))
