"""Region modes: what an operator has said about a region."""

from dataclasses import dataclass
from enum import StrEnum


class Mode(StrEnum):
    """Work goes on; it waits; it waits and nobody looks either."""

    ACTIVE = "active"
    PAUSED = "paused"
    MAINTENANCE = "maintenance"


@dataclass(frozen=True, slots=True)
class RegionMode:
    """The mode of one region, who set it, when (seconds since the epoch) and why."""

    region: str
    mode: Mode
    user: str
    since: float
    reason: str = ""

    @property
    def holds(self) -> bool:
        """Nothing of the region is begun."""
        return self.mode is not Mode.ACTIVE

    def __str__(self) -> str:
        what = "is in maintenance" if self.mode is Mode.MAINTENANCE else f"is {self.mode}"
        why = f": {self.reason}" if self.reason else ""
        return f"region {self.region} {what} by {self.user}{why}"
