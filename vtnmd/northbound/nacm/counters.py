"""What was denied since the server started (RFC 8341 section 3.3.2)."""

from dataclasses import dataclass

from vtnmd.domain.tree import Json

_LARGEST = 2**32 - 1


@dataclass(slots=True, eq=False)
class Counters:
    """Shared by all authorities of a server. `to_json` gives the leaves of /nacm that are state."""

    operations: int = 0
    data_writes: int = 0
    notifications: int = 0

    def to_json(self) -> dict[str, Json]:
        counted = {"operations": self.operations, "data-writes": self.data_writes, "notifications": self.notifications}
        return {f"denied-{name}": min(count, _LARGEST) for name, count in counted.items()}
