"""Commits: what becomes the running configuration at once, who made it so, and why."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from vtnmd.domain.tree import Json

SERVICES, SERVICE, SERVICE_KEY = "vtnmd-vtn:services", "service", "name"
"""The list whose entries are parts of their own."""

Part = str
"""The name of a part of the configuration: `service/NAME`, or a top-level member such as `vtnmd-inventory:inventory`.

What is committed, compared and stored is a part as a whole: an entry of the list of services, or a member's value.
"""

SERVICE_PART = "service/"

COMPLETED: frozenset[Part] = frozenset({"vtnmd-inventory:inventory"})
"""Parts that others read with all defaults, so that a commit brings them in that form as well."""


def service_part(name: str) -> Part:
    """The part that holds a service."""
    return f"{SERVICE_PART}{name}"


def service_of(part: Part) -> str:
    """The name of the service that a part holds; empty for any other part."""
    return part.removeprefix(SERVICE_PART) if part.startswith(SERVICE_PART) else ""


@dataclass(frozen=True, slots=True)
class Origin:
    """Who edits: the user, by which `source` (netconf, restconf, cli, serve), from which address, in which session (0: none).

    `groups` and `tenants` are those that the user's proof named; they are not kept with a commit.
    """

    user: str
    source: str
    client: str = ""
    session: int = 0
    label: str = ""
    comment: str = ""
    groups: frozenset[str] = field(default=frozenset(), compare=False)
    tenants: frozenset[str] = field(default=frozenset(), compare=False)

    def to_json(self) -> Json:
        """Without what is empty."""
        found = {"user": self.user, "source": self.source, "client": self.client, "session": self.session}
        found |= {"label": self.label, "comment": self.comment}
        return {name: value for name, value in found.items() if value}


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A confirmed commit that waits to be confirmed (RFC 6241 section 8.4).

    By `deadline`, in seconds since the epoch, its parts go back to what they held `before`. `persist` is the persist-id, empty
    where the commit belongs to its `session`.
    """

    session: int
    persist: str
    deadline: float
    before: Mapping[Part, Json]


@dataclass(frozen=True, slots=True)
class Commit:
    """One transaction on the configuration. `changes` maps parts to what they hold after it; None for those that are gone.

    `number` counts from 1 over all commits of a state; 0 for one that is not written yet. `time` is in seconds since the epoch.
    `completed` holds, of the parts `COMPLETED` that change, the value with its defaults filled in; what is written has it, what is
    read back has not. `confirmation` is written together with a commit that waits to be confirmed.
    """

    origin: Origin
    changes: Mapping[Part, Json]
    time: float
    number: int = 0
    completed: Mapping[Part, Json] = field(default_factory=dict)
    confirmation: Confirmation | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """A part as it is: its value, and the commit that last changed it."""

    value: Json
    number: int = 0
    time: float = 0.0


@dataclass(frozen=True, slots=True)
class Configuration:
    """Every part of a configuration, and the number of the newest commit in it; treat both as read-only."""

    parts: Mapping[Part, Held] = field(default_factory=dict)
    number: int = 0


class Overtaken(Exception):
    """Another process has committed since; `number` is that of its newest commit."""

    def __init__(self, number: int) -> None:
        super().__init__(f"commit {number} came first")
        self.number = number
