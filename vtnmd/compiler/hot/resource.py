"""What rules make: resources of a stack, and templates that are nested in it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from vtnmd.domain.tree import Json


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource of a stack. `owner` is the node or policy that it is made of, `depends_on` names of resources."""

    name: str
    type: str
    owner: str
    properties: Mapping[str, Json] = field(default_factory=dict)
    depends_on: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Nested:
    """A template that the resource `group` makes copies of. `members` are nodes, with what belongs to them."""

    file: str
    group: str
    members: frozenset[str]
