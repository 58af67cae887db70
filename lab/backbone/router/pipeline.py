"""The tables and registers of the PE router's forwarding pipeline, and how its rules are written. Pure.

| table | does | next |
|---|---|---|
| CLASSIFY | where a frame comes from: customer VLAN, gateway, VRF or backbone; policing and marking | LEARN, LABELS, ROUTE |
| LABELS | finds the service of the label on top, the stack of the path being gone | LEARN, or out to a VRF |
| LEARN | remembers behind which place a source address is | LOOKUP, then FORWARD |
| LOOKUP | holds what was learnt | |
| FORWARD | unicast, flooding, split horizon, gateways | DELIVER |
| DELIVER | into a customer VLAN, or under a pseudowire's label | PATH |
| ROUTE | the VPN routes: under a VRF's label | PATH |
| PATH | chooses the way, by a fast-failover group | WAY |
| WAY | pushes the way's stack, and sends | |

A *place* is an attachment circuit or a pseudowire: what a source address can be learnt behind.
"""

from collections.abc import Iterable
from hashlib import blake2b

CLASSIFY, LABELS, LEARN, LOOKUP, FORWARD, DELIVER, ROUTE, PATH, WAY = 0, 5, 10, 20, 30, 40, 45, 50, 60

DOMAIN, SOURCE_KIND, SOURCE, QUEUE, DESTINATION, PRIORITY, PATH_NUMBER, WAY_NUMBER = (f"reg{number}" for number in range(8))
"""What is known of a frame: its bridge domain, where it is from, its queue, where it goes, its traffic class, its path and way."""

FROM_CIRCUIT, FROM_WIRE, FROM_GATEWAY, FROM_FAR_GATEWAY = 1, 2, 3, 4
"""A frame of a far gateway comes by a pseudowire with the source address that the near gateway has too."""

GAL = 13
"""The label of what is about the path itself (RFC 5586 section 4)."""
UNSHAPED = 0xF000
"""The queue of frames of priority 0 that no shaper holds; those of the other priorities follow."""
PROBE_QUEUE = UNSHAPED + 7

STATIC = 0xBA5E
"""The cookie of the rules that are there whatever the configuration."""

_BITS = 31
"""Of a register there are 32, of a group's number almost as many."""


def flow(table: int, priority: int, match: str, *actions: str) -> str:
    """One rule, as ovs-ofctl reads it."""
    return f"{match_of(table, priority, match)},actions={','.join(actions) or 'drop'}"


def match_of(table: int, priority: int, match: str) -> str:
    """What tells a rule from others: what stands before `,actions=`."""
    return ",".join(part for part in (f"table={table}", f"priority={priority}", match) if part)


def put(value: int, register: str) -> str:
    return f"set_field:{value}->{register}"


def go(*tables: int) -> list[str]:
    return [f"resubmit(,{table})" for table in tables]


def numbered(names: Iterable[str]) -> dict[str, int]:
    """A number from 1 to 2^31 - 1 for each name, the same whatever the other names are, unless two would collide."""
    numbers: dict[str, int] = {}
    taken = {0}
    for name in sorted(set(names)):
        number = int.from_bytes(blake2b(name.encode(), digest_size=4).digest()) % 2**_BITS
        while number in taken:
            number = (number + 1) % 2**_BITS
        numbers[name] = number
        taken.add(number)
    return numbers
