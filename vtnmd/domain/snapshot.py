"""Snapshot: what was last applied, per resource. Written by the engine only."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from vtnmd.domain.address import Address
from vtnmd.domain.graph import Resource, resource_from_json
from vtnmd.domain.tree import Json


@dataclass(frozen=True, slots=True)
class Applied:
    """A resource as it was applied.

    `digest` is over its properties, its template and the version of its endpoint kind's form (`vtnmd.render.catalogue`), and empty
    where it is not known how the endpoint holds it; `attributes` is what the endpoint answered and `Ref`s read; `owners` are the
    services that contribute it; `run` is the run that applied it last. `accepted` maps the path of a field to what the endpoint
    holds there in place of what was applied, which an operator took over (`--adopt`): it counts neither as drift nor as a change.
    """

    resource: Resource
    digest: str
    attributes: Mapping[str, Json] = field(default_factory=dict)
    owners: frozenset[str] = frozenset()
    run: str = ""
    accepted: Mapping[str, Json] = field(default_factory=dict)

    def to_json(self) -> Json:
        return {
            "resource": self.resource.to_json(),
            "digest": self.digest,
            "attributes": dict(self.attributes),
            "owners": sorted(self.owners),
            "run": self.run,
            "accepted": dict(self.accepted),
        }


def applied_from_json(data: Json) -> Applied:
    """The inverse of `Applied.to_json`."""
    return Applied(
        resource_from_json(data["resource"]),
        data["digest"],
        data["attributes"],
        frozenset(data["owners"]),
        data["run"],
        data["accepted"],
    )


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is known to be there, by address."""

    applied: Mapping[Address, Applied] = field(default_factory=dict)

    def to_json(self) -> Json:
        return {"format_version": 1, "applied": [entry.to_json() for _, entry in sorted(self.applied.items())]}


def snapshot_from_json(data: Json) -> Snapshot:
    """The inverse of `Snapshot.to_json`."""
    entries = [applied_from_json(entry) for entry in data["applied"]]
    return Snapshot({entry.resource.address: entry for entry in entries})
