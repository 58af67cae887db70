"""Which way packets take over the backbone, told from what the agents of the PE routers know."""

import contextlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_DEAD = "down"


@dataclass(frozen=True, slots=True)
class Way:
    """One label-switched path as its head end tells of it.

    `near` and `far` are backbone nodes; `active` is `primary`, `backup` or nothing where no way works; `hops` are the nodes of the
    active way after `near`; `faults` say which ways do not work, and why.
    """

    near: str
    far: str
    active: str
    hops: tuple[str, ...]
    faults: tuple[str, ...]


def read_ways(network: Path, regions: Iterable[str]) -> tuple[Way, ...]:
    """The paths of all PE routers, as their agents have written them down below the folder of the running backbone."""
    found: list[Way] = []
    for region in regions:
        with contextlib.suppress(OSError, ValueError):
            found += ways_of(json.loads((network / f"agent-{region}" / "state.json").read_text(encoding="utf-8")))
    return tuple(found)


def ways_of(state: Mapping[str, Any]) -> Iterator[Way]:
    """The paths of one PE router, from what its agent tells (`lab.backbone.router.agent`)."""
    for path in state["paths"]:
        dead = [way for way in path["ways"] if way["liveness"] == _DEAD]
        faults = tuple(f"the {way['name']} way over {', '.join(way['hops'])} is dead since {way['since']}" for way in dead)
        active = "" if any(way["name"] == path["active"] for way in dead) else path["active"]
        yield Way(state["node"], path["peer"], active, tuple(path["hops"]), faults)


def told(ways: Sequence[Way], near: str, far: str) -> str:
    """The hops from one PE router to another, as one text; nothing where no path leads there."""
    for way in ways:
        if (way.near, way.far) == (near, far):
            return " → ".join((near, *way.hops)) if way.active else ""
    return ""


def degraded(ways: Sequence[Way], near: str, far: str) -> list[str]:
    """What is worse than it was meant, in both directions between two PE routers."""
    return [
        f"{way.near} → {way.far} rides its {way.active} way over {', '.join(way.hops)}: {'; '.join(way.faults)}"
        if way.active == "backup"
        else f"{way.near} → {way.far} has no second way: {'; '.join(way.faults)}"
        for way in ways
        if {way.near, way.far} == {near, far} and way.active and way.faults
    ]


def arrivals(printed: str) -> Mapping[str, str]:
    """What `ping -q` counted: `sent`, `received` and, where something came back, `rtt` (the average in ms)."""
    found: dict[str, str] = {}
    for line in printed.splitlines():
        if " packets transmitted" in line:
            words = line.split()
            found |= {"sent": words[0], "received": words[3]}
        elif line.startswith("rtt "):
            found["rtt"] = line.split("/")[4]
    return found
