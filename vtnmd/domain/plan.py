"""Plan: ordered changes, the requests that carry them, and digests of all that was read to make it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from vtnmd.domain.address import Address, parse_address
from vtnmd.domain.allocations import SERVICE_NAMES, Allocations, allocations_from_json
from vtnmd.domain.graph import Edge, Resource, resource_from_json
from vtnmd.domain.intent import Intent, intent_from_json
from vtnmd.domain.probe import Probe, probe_from_json
from vtnmd.domain.snapshot import Applied, applied_from_json
from vtnmd.domain.tree import Json, Tree, digest, from_json, to_json

FORMAT_VERSION = 2


class Action(StrEnum):
    """What a change does; the value is the sign that a plan prints."""

    CREATE = "+"
    UPDATE = "~"
    REPLACE = "-/+"
    DELETE = "-"


@dataclass(frozen=True, slots=True)
class Operation:
    """What is sent to the endpoint for one change, and how to see whether it took.

    The form of `payload`, `undo` and `read` belongs to the endpoint's kind (docs/architecture.md, "Payloads"). `undo` is None where
    nothing is to be undone. `read` describes the state after the change: what is expected to be found, or that nothing is. `before`
    describes in the same way the state that the change starts from, and that its undo leads back to.
    """

    payload: Tree
    undo: Tree
    read: Tree
    before: Tree

    @property
    def reverse(self) -> "Operation":
        """What takes this operation back."""
        return Operation(self.undo, self.payload, self.before, self.read)

    def to_json(self) -> Json:
        parts = {"payload": self.payload, "undo": self.undo, "read": self.read, "before": self.before}
        return {name: to_json(tree) for name, tree in parts.items()}


def operation_from_json(data: Json) -> Operation:
    """The inverse of `Operation.to_json`."""
    return Operation(*(from_json(data[part]) for part in ("payload", "undo", "read", "before")))


@dataclass(frozen=True, slots=True)
class Change:
    """One resource from `before` (None: it is not there) to `after` (None: it goes). A plan holds at most one change per address.

    `digest` and `owners` are what the Snapshot will hold once the change is applied, `before_digest` and `before_owners` what it
    held when the plan was made. `reason` tells a user why the change is there. `comparable`: `operation.before` tells how
    the resource was left at its endpoint; it does not where its template has changed since.
    """

    address: Address
    action: Action
    before: Resource | None
    after: Resource | None
    operation: Operation
    digest: str
    owners: frozenset[str]
    reason: str = ""
    before_digest: str = ""
    before_owners: frozenset[str] = frozenset()
    comparable: bool = True

    def to_json(self) -> Json:
        return {
            "address": str(self.address),
            "action": str(self.action),
            "before": self.before.to_json() if self.before else None,
            "after": self.after.to_json() if self.after else None,
            "operation": self.operation.to_json(),
            "digest": self.digest,
            "owners": sorted(self.owners),
            "reason": self.reason,
            "before-digest": self.before_digest,
            "before-owners": sorted(self.before_owners),
            "comparable": self.comparable,
        }


def change_from_json(data: Json) -> Change:
    """The inverse of `Change.to_json`."""
    return Change(
        parse_address(data["address"]),
        Action(data["action"]),
        resource_from_json(data["before"]) if data["before"] else None,
        resource_from_json(data["after"]) if data["after"] else None,
        operation_from_json(data["operation"]),
        data["digest"],
        frozenset(data["owners"]),
        data["reason"],
        data["before-digest"],
        frozenset(data["before-owners"]),
        data["comparable"],
    )


@dataclass(frozen=True, slots=True)
class Request:
    """What goes to one endpoint at once: one or more changes of one wave.

    `wave` counts from 0 per endpoint. `payload` is what is sent, `undo` what takes it back; `needs` are the ids of requests that
    must have ended well before this one is sent.
    """

    id: str
    endpoint: str
    wave: int
    changes: tuple[Address, ...]
    payload: Tree
    undo: Tree
    needs: tuple[str, ...]

    @property
    def region(self) -> str:
        return self.endpoint.partition("/")[0]

    def to_json(self) -> Json:
        return {
            "id": self.id,
            "endpoint": self.endpoint,
            "wave": self.wave,
            "changes": [str(address) for address in self.changes],
            "payload": to_json(self.payload),
            "undo": to_json(self.undo),
            "needs": list(self.needs),
        }


def request_from_json(data: Json) -> Request:
    """The inverse of `Request.to_json`."""
    return Request(
        data["id"],
        data["endpoint"],
        data["wave"],
        tuple(parse_address(address) for address in data["changes"]),
        from_json(data["payload"]),
        from_json(data["undo"]),
        tuple(data["needs"]),
    )


@dataclass(frozen=True, slots=True)
class Transaction:
    """Requests of NETCONF endpoints, ready together, that are committed together: all of them take effect or none.

    `id` is that of its first request; `requests` are the ids of all, in the order of the plan. `lost` tells, per endpoint that
    offers less than confirmed commits, which guarantee it cannot give.
    """

    id: str
    requests: tuple[str, ...]
    lost: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> Json:
        return {"id": self.id, "requests": list(self.requests), "lost": dict(self.lost)}


def transaction_from_json(data: Json) -> Transaction:
    """The inverse of `Transaction.to_json`."""
    return Transaction(data["id"], tuple(data["requests"]), data["lost"])


class Part(Protocol):
    """An entry of one of a plan's lists."""

    def to_json(self) -> Json: ...


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that an apply needs to know, so that it decides nothing itself.

    `service` is the name, `intent` what the service becomes (None: it is destroyed), `inventory` the document that payloads and
    connections came from. `reads` maps what was read (`service NAME`, `inventory`, `resource ADDRESS`) to its digest, empty where
    it was absent. `allocations` are all that the service holds after the plan. `contributions` are the resources that the service
    wants, in graph order; `changes` are in an order that respects every edge, and so are `requests`. `edges` are those between
    changes: source waits for target. A request is of one transaction at most. `author` is the user who made the plan, `owner` the
    one who owns the service. `maker` is the digest of what made the plan: the same Intent, inventory and allocations, compiled by
    the same maker, give the same contributions. `adopted` are resources that the run takes over as they stand, before anything is
    sent; their `run` is empty.
    """

    service: str
    owner: str
    intent: Intent | None
    inventory: Json
    reads: Mapping[str, str]
    allocations: Allocations
    contributions: tuple[Resource, ...]
    probes: tuple[Probe, ...]
    changes: tuple[Change, ...]
    requests: tuple[Request, ...]
    edges: tuple[Edge, ...] = field(default=())
    transactions: tuple[Transaction, ...] = field(default=())
    author: str = ""
    maker: str = ""
    adopted: tuple[Applied, ...] = field(default=())

    @property
    def is_empty(self) -> bool:
        """No endpoint has anything to do."""
        return not self.changes

    @property
    def moved(self) -> Mapping[str, Mapping[str, str]]:
        """What is renamed: pool of names → name → former name. Pools are called `name/KIND…`."""
        return self.allocations.moved

    @property
    def formerly(self) -> str:
        """The name that the state knows the service by until the plan is applied."""
        return self.moved.get(SERVICE_NAMES, {}).get(self.service, self.service)

    @property
    def digest(self) -> str:
        return digest(self.to_json())

    def to_json(self) -> Json:
        return {name: [each.to_json() for each in part] if isinstance(part, tuple) else part for name, part in self.parts()}

    def parts(self) -> Iterator[tuple[str, Json | tuple[Part, ...]]]:
        """The members of `to_json` one by one; of the long lists the entries as they are."""
        yield "format_version", FORMAT_VERSION
        yield "service", self.service
        yield "owner", self.owner
        yield "author", self.author
        yield "intent", self.intent.to_json() if self.intent else None
        yield "inventory", self.inventory
        yield "reads", dict(self.reads)
        yield "allocations", self.allocations.to_json()
        yield "contributions", self.contributions
        yield "probes", self.probes
        yield "changes", self.changes
        yield "requests", self.requests
        yield "edges", self.edges
        yield "transactions", self.transactions
        yield "maker", self.maker
        yield "adopted", self.adopted


def plan_from_json(data: Json) -> Plan:
    """The inverse of `Plan.to_json`; KeyError, TypeError or ValueError where `data` is no plan of this format version."""
    if data["format_version"] != FORMAT_VERSION:
        raise ValueError(f"plan format {data['format_version']}, this vtnmd reads {FORMAT_VERSION}")
    return Plan(
        data["service"],
        data["owner"],
        intent_from_json(data["intent"]) if data["intent"] else None,
        data["inventory"],
        data["reads"],
        allocations_from_json(data["allocations"]),
        tuple(resource_from_json(entry) for entry in data["contributions"]),
        tuple(probe_from_json(entry) for entry in data["probes"]),
        tuple(change_from_json(entry) for entry in data["changes"]),
        tuple(request_from_json(entry) for entry in data["requests"]),
        tuple(Edge(parse_address(source), parse_address(target), reason) for source, target, reason in data["edges"]),
        tuple(transaction_from_json(entry) for entry in data["transactions"]),
        data["author"],
        data["maker"],
        tuple(applied_from_json(entry) for entry in data["adopted"]),
    )
