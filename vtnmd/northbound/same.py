"""Values as keys of caches by which object they are, for what is read-only and dear to compare."""

from dataclasses import dataclass

from vtnmd.domain.tree import Json


@dataclass(frozen=True, slots=True, eq=False)
class Same:
    """Equal only to itself with the same object, which it keeps, so that no other can take its place in memory."""

    held: Json

    def __hash__(self) -> int:
        return id(self.held)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and self.held is other.held
