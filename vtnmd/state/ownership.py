"""Ownership: what is written about the state has one owner at a time, who says who it is."""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from vtnmd.domain.diagnostics import Diagnostic, StateError


@dataclass(frozen=True, slots=True)
class Owner:
    """Who owns the state: a user and what they run, the process, and since when (seconds since the epoch)."""

    who: str
    pid: int
    since: float

    def __str__(self) -> str:
        since = datetime.fromtimestamp(self.since, UTC)
        return f"{self.who} (process {self.pid}, since {since:%Y-%m-%d %H:%M:%S} UTC)"

    def to_text(self) -> str:
        return json.dumps(asdict(self))


NOBODY = Owner("another process", 0, 0.0)
"""Stands for an owner that has not said yet who it is."""


def owner_from_text(text: str | bytes) -> Owner:
    """The inverse of `Owner.to_text`; NOBODY where it is not whole."""
    try:
        return Owner(**json.loads(text))
    except (ValueError, TypeError):
        return NOBODY


def ignore(_owner: Owner) -> None:
    """For callers that need not know whom they wait for."""


def owned(what: str, owner: Owner) -> StateError:
    """Says that somebody else owns `what`."""
    return StateError(Diagnostic("VTN-S006", f"{what} is owned by {owner}", hint="try again when it has ended, or use --wait"))
