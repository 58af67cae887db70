"""What a rule is."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from vtnmd.compiler.service import Service
from vtnmd.domain.allocations import Allocations, Demand
from vtnmd.domain.graph import Resource


@dataclass(frozen=True, slots=True)
class Rule:
    """`demands` says what the service must draw from pools; `contribute` gives its resources once that is drawn.

    Both are pure. Two contributions of one address must be equal: what several parts of a service share is contributed by each.
    `makes` are the kinds of resources that are contributed.
    """

    name: str
    demands: Callable[[Service], Iterable[Demand]]
    contribute: Callable[[Service, Allocations], Iterable[Resource]]
    makes: tuple[str, ...] = ()


def no_demands(_service: Service) -> Iterable[Demand]:
    """For rules that draw nothing of their own."""
    return ()
