"""Drift: what endpoints hold against what the Snapshot says. The findings of a check, and what stands there that nobody knows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from vtnmd.domain.address import Address
from vtnmd.domain.diagnostics import Diagnostic
from vtnmd.domain.snapshot import Applied
from vtnmd.domain.tree import Json

Differences = Mapping[str, tuple[Json, Json]]
"""The path of a field → (expected, found)."""


class Standing(StrEnum):
    """How a resource stands at its endpoint."""

    IN_SYNC = "in-sync"
    DRIFTED = "drifted"
    MISSING = "missing"
    UNKNOWN = "unknown"  # the endpoint could not be asked, so nothing is said of the resource


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found of one applied resource.

    `differences` are those that nobody accepted, `attributes` what the endpoint answers now. `problem` says why the standing is
    not known.
    """

    applied: Applied
    standing: Standing
    differences: Differences = field(default_factory=dict)
    attributes: Mapping[str, Json] = field(default_factory=dict)
    problem: Diagnostic | None = None

    @property
    def address(self) -> Address:
        return self.applied.resource.address

    def to_json(self) -> Json:
        return {
            "address": str(self.address),
            "standing": str(self.standing),
            "differences": [
                {"path": path, "expected": wanted, "found": found} for path, (wanted, found) in self.differences.items()
            ],
            "problem": self.problem.to_json() if self.problem else None,
        }


@dataclass(frozen=True, slots=True, order=True)
class Stranger:
    """Something that stands at an endpoint beside what vtnmd put there, and that vtnmd did not put there.

    `kind` and `name` are the endpoint's own words, `place` is where it stands, `detail` what else is known of it.
    """

    kind: str
    name: str
    place: str
    detail: str = ""

    def to_json(self) -> Json:
        return {"kind": self.kind, "name": self.name, "place": self.place, "detail": self.detail}


def judge(applied: Applied, *, present: bool, differences: Differences, attributes: Mapping[str, Json]) -> Finding:
    """How a resource stands that was read as it was applied."""
    if not present:
        return Finding(applied, Standing.MISSING)
    left = not_accepted(differences, applied.accepted) | renewed(applied.attributes, attributes)
    return Finding(applied, Standing.DRIFTED if left else Standing.IN_SYNC, left, attributes)


def not_accepted(differences: Differences, accepted: Mapping[str, Json]) -> dict[str, tuple[Json, Json]]:
    """The differences without those whose found value was accepted."""
    return {path: pair for path, pair in differences.items() if path not in accepted or accepted[path] != pair[1]}


def renewed(before: Mapping[str, Json], now: Mapping[str, Json]) -> dict[str, tuple[Json, Json]]:
    """Attributes that have other values than those that other resources were given: the resource was made anew by somebody."""
    return {f"attributes/{name}": (before[name], value) for name, value in now.items() if name in before and before[name] != value}
