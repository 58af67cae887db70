"""ResourceGraph: resources and the edges between them, each edge with its reason."""

import heapq
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from vtnmd.domain.address import Address, parse_address
from vtnmd.domain.tree import Json, Ref, Tree, compact, digest, from_json, holes, to_json

FORMAT_VERSION = 1


@dataclass(frozen=True, slots=True, order=True)
class Edge:
    """`source` needs `target`. Reasons: contains, rides, uses, carries, or what a rule chose to say."""

    source: Address
    target: Address
    reason: str

    def to_json(self) -> Json:
        return [str(self.source), str(self.target), self.reason]


@dataclass(frozen=True, slots=True)
class Resource:
    """What one service wants to exist at one endpoint.

    `properties` is what its template renders; `summary` is what a plan shows beside the address; `origin` is the path in the
    Intent that caused it; `needs` maps addresses to the reason. What names the same `transaction` is committed together, over
    regions, where its kind of endpoint can.
    """

    address: Address
    properties: Tree
    needs: Mapping[Address, str] = field(default_factory=dict)
    summary: str = ""
    origin: tuple[str | int, ...] = field(default=(), compare=False)
    transaction: str = ""
    _text: str = field(default="", init=False, repr=False, compare=False)

    @property
    def text(self) -> str:
        """The JSON text of `to_json`, as it is stored. Made once: a plan, a contribution and the Snapshot hold the same."""
        if not self._text:
            object.__setattr__(self, "_text", compact(self.to_json()))
        return self._text

    @property
    def digest(self) -> str:
        """Of the properties: what a resource needs orders changes, but is nothing that an endpoint holds."""
        return digest(self.properties)

    def edges(self) -> Iterator[Edge]:
        """One edge for each need, and for each `Ref` to another resource that no need names."""
        for address, reason in self.needs.items():
            yield Edge(self.address, address, reason)
        for hole in holes(self.properties):
            if isinstance(hole, Ref) and hole.address not in self.needs and hole.address != self.address:
                yield Edge(self.address, hole.address, f"refers to its {hole.attribute}")

    def to_json(self) -> Json:
        return {
            "address": str(self.address),
            "properties": to_json(self.properties),
            "needs": {str(address): self.needs[address] for address in sorted(self.needs)},
            "summary": self.summary,
            "origin": list(self.origin),
            "transaction": self.transaction,
        }


def resource_from_json(data: Json) -> Resource:
    """The inverse of `Resource.to_json`."""
    return Resource(
        parse_address(data["address"]),
        from_json(data["properties"]),
        {parse_address(address): reason for address, reason in data["needs"].items()},
        data["summary"],
        tuple(data["origin"]),
        data["transaction"],
    )


class StoredResource(Resource):
    """A resource that is read from its JSON text when somebody looks at it (`stored_resource`)."""

    __slots__ = ("_place",)
    _place: str

    def __getattr__(self, name: str) -> Any:
        """Called for a field that is not there yet."""
        if name == "address":
            object.__setattr__(self, name, parse_address(self._place))
        elif name in _READ_LATER:
            read = resource_from_json(json.loads(self._text))
            for each in _READ_LATER:
                object.__setattr__(self, each, getattr(read, each))
        else:
            raise AttributeError(name)
        return getattr(self, name)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Resource):
            return NotImplemented
        return all(getattr(self, each) == getattr(other, each) for each in _COMPARED)

    __hash__ = None  # type: ignore[assignment]  # properties cannot be hashed


_READ_LATER = frozenset({"properties", "needs", "summary", "origin", "transaction"})
_COMPARED = ("address", *sorted(_READ_LATER - {"origin"}))


def stored_resource(address: str, text: str) -> Resource:
    """The resource of that address whose `to_json` is `text`. Of most that a plan leaves as they are, nobody reads more."""
    stored = StoredResource.__new__(StoredResource)
    object.__setattr__(stored, "_place", address)
    object.__setattr__(stored, "_text", text)
    return stored


@dataclass(frozen=True, slots=True)
class ResourceGraph:
    """Resources by address. Every edge leads to a resource of the graph, and there is no cycle (`compiler.pipeline.unite`).

    `ordered` is what `order` answers, where whoever made the graph has found it already.
    """

    resources: Mapping[Address, Resource]
    ordered: tuple[Address, ...] = field(default=(), compare=False, repr=False)

    def edges(self) -> tuple[Edge, ...]:
        """Every edge, sorted."""
        return tuple(sorted(edge for resource in self.resources.values() for edge in resource.edges()))

    def order(self) -> tuple[Address, ...]:
        """A topological order: what is needed first, ties by address."""
        return self.ordered or topological_order({address: [e.target for e in r.edges()] for address, r in self.resources.items()})

    @property
    def digest(self) -> str:
        return digest(self.to_json())

    def to_json(self) -> Json:
        return {
            "format_version": FORMAT_VERSION,
            "resources": [resource.to_json() for _, resource in sorted(self.resources.items())],
        }


def graph_from_json(data: Json) -> ResourceGraph:
    """The inverse of `ResourceGraph.to_json`."""
    resources = [resource_from_json(entry) for entry in data["resources"]]
    return ResourceGraph({resource.address: resource for resource in resources})


class Sortable(Protocol):
    """What a topological order can break ties on."""

    def __lt__(self, other: Any, /) -> bool: ...

    def __hash__(self) -> int: ...


Node = TypeVar("Node", bound=Sortable)


class Cycle(Exception):
    """The graph has a cycle; `path` begins and ends with the same element."""

    def __init__(self, path: tuple[object, ...]) -> None:
        self.path = path
        super().__init__(" → ".join(str(step) for step in path))


def topological_order(needs: Mapping[Node, Iterable[Node]]) -> tuple[Node, ...]:
    """What is needed before what needs it; among what is ready the smallest first, so that the order is stable.

    `needs` maps each node to the nodes it needs; needs that are no key are passed over. Raises Cycle.
    """
    waiting: dict[Node, set[Node]] = {node: {need for need in wanted if need in needs} for node, wanted in needs.items()}
    dependants: dict[Node, list[Node]] = {}
    for node, wanted in waiting.items():
        for need in wanted:
            dependants.setdefault(need, []).append(node)
    ready = [node for node, wanted in waiting.items() if not wanted]
    heapq.heapify(ready)
    order: list[Node] = []
    while ready:
        node = heapq.heappop(ready)
        order.append(node)
        for dependant in dependants.get(node, ()):
            waiting[dependant].discard(node)
            if not waiting[dependant]:
                heapq.heappush(ready, dependant)
    if len(order) < len(waiting):
        done = set(order)
        raise Cycle(_find_cycle({node: sorted(wanted) for node, wanted in waiting.items() if node not in done}))
    return tuple(order)


def _find_cycle(needs: Mapping[Node, list[Node]]) -> tuple[Node, ...]:
    """A cycle, given that every node needs at least one other of the mapping."""
    node = min(needs)
    seen: dict[Node, int] = {}
    path: list[Node] = []
    while node not in seen:
        seen[node] = len(path)
        path.append(node)
        node = needs[node][0]
    return (*path[seen[node] :], node)
