"""Endpoints in memory, with faults on order, and plans for them.

A payload is {"put": {address: properties}} or {"remove": [address]}, a read {"expect": properties} or {"absent": True}. An endpoint
answers each creation with a serial number, so that making a thing twice leaves a trace.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from vtnmd.domain.address import Address, parse_address
from vtnmd.domain.allocations import EMPTY, Allocations
from vtnmd.domain.diagnostics import Diagnostic
from vtnmd.domain.drift import Stranger
from vtnmd.domain.graph import Edge, Resource, topological_order
from vtnmd.domain.intent import Intent
from vtnmd.domain.plan import Action, Change, Operation, Plan, Request
from vtnmd.domain.tree import Json, Ref, Tree, digest, fill
from vtnmd.engine import Clock
from vtnmd.southbound.ports import Attributes, Busy, EndpointError, Failing, InDoubt, Observed, Rejected, Resolve, Unreachable

FAULTS: dict[str, EndpointError] = {
    "unreachable": Unreachable(Diagnostic("VTN-E010", "connection refused")),
    "busy": Busy(Diagnostic("VTN-E014", "locked by another client")),
    "failing": Failing(Diagnostic("VTN-E014", "HTTP 503")),
    "lost-before": InDoubt(Diagnostic("VTN-E013", "connection reset")),
    "lost-after": InDoubt(Diagnostic("VTN-E013", "connection reset")),
    "rejected": Rejected(Diagnostic("VTN-E103", "no such port")),
    "rejected-half": Rejected(Diagnostic("VTN-E103", "stack failed")),
}


@dataclass
class FakeEndpoint:
    """What an endpoint holds and has seen. `faults` are taken one per call of `apply`, `read_faults` one per call of `read`.

    An empty fault is none. A request waits for `gate`, where there is one.
    """

    held: dict[str, Json] = field(default_factory=dict)
    serials: dict[str, int] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    read_faults: list[str] = field(default_factory=list)
    hello_faults: list[str] = field(default_factory=list)
    down: bool = False
    gate: asyncio.Event | None = None
    hang: bool = False
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    broken: Exception | None = None
    in_flight: int = 0
    most_in_flight: int = 0
    opened: int = 0
    closed: int = 0
    offer: str = "confirmed"
    step_faults: dict[str, list[str]] = field(default_factory=dict)
    """Faults of the steps of a transaction, by step; a `lost-after` takes effect."""
    prepared: dict[str, Json] = field(default_factory=dict)
    pending: dict[str, dict[str, Json]] = field(default_factory=dict)
    """What is to be held again unless the commit of that request is confirmed."""

    def expire(self) -> None:
        """The time of every commit that nobody confirmed is up."""
        for held in self.pending.values():
            self.held = held
        self.pending.clear()

    def take(self, payload: Json) -> None:
        for address, properties in payload.get("put", {}).items():
            if address not in self.held:
                self.serials[address] = self.serials.get(address, 0) + 1
            self.held[address] = properties
        for address in payload.get("remove", ()):
            self.held.pop(address, None)

    def creations(self) -> Counter[str]:
        return Counter(self.serials)


class FakeDriver:
    """Speaks to a FakeEndpoint. `order` is shared by all drivers of a test and notes what was asked in the order it came."""

    def __init__(self, endpoint: FakeEndpoint, order: list[str]) -> None:
        self._endpoint = endpoint
        self._order = order
        endpoint.opened += 1

    async def apply(self, request: Request, resolve: Resolve) -> Mapping[Address, Attributes]:
        endpoint = self._endpoint
        endpoint.in_flight += 1
        endpoint.most_in_flight = max(endpoint.most_in_flight, endpoint.in_flight)
        try:
            return await self._apply(request, resolve)
        finally:
            endpoint.in_flight -= 1

    async def _apply(self, request: Request, resolve: Resolve) -> Mapping[Address, Attributes]:
        endpoint = self._endpoint
        endpoint.calls.append(("apply", request.id))
        self._order.append(request.id)
        payload = fill(request.payload, resolve)
        await asyncio.sleep(0)
        if endpoint.gate is not None:
            await endpoint.gate.wait()
        if endpoint.hang:
            endpoint.take(payload)
            endpoint.reached.set()
            await asyncio.Event().wait()
        if endpoint.broken is not None:
            raise endpoint.broken
        if endpoint.down:
            raise FAULTS["unreachable"]
        fault = endpoint.faults.pop(0) if endpoint.faults else ""
        if fault in {"", "lost-after", "rejected-half"}:
            endpoint.take(payload)
        if fault:
            raise FAULTS[fault]
        return {address: self._attributes(address) for address in request.changes if str(address) in endpoint.held}

    async def recover(self, request: Request, resolve: Resolve) -> None:
        """Nothing stays pending but commits of transactions."""
        if self._endpoint.down:
            raise FAULTS["unreachable"]
        if request.id in self._endpoint.pending:
            self._endpoint.held = self._endpoint.pending.pop(request.id)

    async def prepare(self, request: Request, resolve: Resolve) -> None:
        await self._step("prepare", request, lambda: self._endpoint.prepared.update({request.id: fill(request.payload, resolve)}))

    async def commit(self, request: Request, resolve: Resolve, confirm_timeout: int | None = None) -> None:
        endpoint = self._endpoint

        def commit() -> None:
            if endpoint.offer == "confirmed":
                endpoint.pending[request.id] = dict(endpoint.held)
            endpoint.take(endpoint.prepared.pop(request.id))

        await self._step("commit", request, commit)

    async def confirm(self, request: Request, resolve: Resolve) -> None:
        await self._step("confirm", request, lambda: self._endpoint.pending.pop(request.id, None))
        wanted = fill(request.payload, resolve)
        if any(self._endpoint.held.get(address) != properties for address, properties in wanted.get("put", {}).items()):
            raise FAULTS["rejected"]

    async def cancel(self, request: Request, resolve: Resolve) -> None:
        endpoint = self._endpoint

        def cancel() -> None:
            endpoint.prepared.pop(request.id, None)
            if request.id in endpoint.pending:
                endpoint.held = endpoint.pending.pop(request.id)
            elif endpoint.offer != "confirmed":
                endpoint.take(fill(request.undo, resolve))

        await self._step("cancel", request, cancel)

    async def offers(self) -> str:
        return self._endpoint.offer

    async def _step(self, name: str, request: Request, effect: Callable[[], object]) -> None:
        endpoint = self._endpoint
        endpoint.calls.append((name, request.id))
        self._order.append(f"{name} {request.id}")
        await asyncio.sleep(0)
        if endpoint.down:
            raise FAULTS["unreachable"]
        faults = endpoint.step_faults.get(name, [])
        fault = faults.pop(0) if faults else ""
        if fault == "hang":
            endpoint.reached.set()
            await asyncio.Event().wait()
        if fault in {"", "lost-after"}:
            effect()
        if fault:
            raise FAULTS[fault]

    async def read(self, reads: Mapping[Address, Tree], resolve: Resolve) -> Mapping[Address, Observed]:
        endpoint = self._endpoint
        endpoint.calls.extend(("read", str(address)) for address in reads)
        await asyncio.sleep(0)
        if endpoint.down:
            raise FAULTS["unreachable"]
        fault = endpoint.read_faults.pop(0) if endpoint.read_faults else ""
        if fault:
            raise FAULTS[fault]
        return {address: self._observe(address, fill(read, resolve)) for address, read in reads.items()}

    async def strangers(self, reads: Sequence[Tree], known: Sequence[Tree], resolve: Resolve) -> tuple[Stranger, ...]:
        """An endpoint in memory is one list; what `known` expects there is told by its name."""
        if self._endpoint.down:
            raise FAULTS["unreachable"]
        names = {read["expect"]["name"] for read in known}
        held = self._endpoint.held.values() if reads else ()
        return tuple(sorted(Stranger("vtn", found["name"], "/") for found in held if found["name"] not in names))

    def _observe(self, address: Address, read: Json) -> Observed:
        found = self._endpoint.held.get(str(address))
        if found is None:
            return Observed(present=False)
        wanted = read.get("expect", found)
        return Observed(True, self._attributes(address), {} if found == wanted else {"": (wanted, found)})

    def _attributes(self, address: Address) -> Attributes:
        return {"serial": self._endpoint.serials[str(address)], "id": f"id-of-{address}"}

    async def hello(self) -> str:
        endpoint = self._endpoint
        endpoint.calls.append(("hello", ""))
        if endpoint.down:
            raise FAULTS["unreachable"]
        if endpoint.hello_faults:
            raise FAULTS[endpoint.hello_faults.pop(0)]
        return "fake"

    async def aclose(self) -> None:
        self._endpoint.closed += 1


class FakeTime:
    """A clock that goes on only when somebody sleeps."""

    def __init__(self, start: float = 1_795_356_000.0) -> None:
        self.time = start
        self.slept: list[float] = []

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds
        await asyncio.sleep(0)

    def clock(self) -> Clock:
        return Clock(lambda: self.time, lambda: self.time, self._sleep, lambda: 0.5)

    def ticking(self, ticks: int, at_tick: Callable[[int], None]) -> Callable[[float], bool]:
        """A pause that `serve` makes so many times, and what happens in each."""
        left = iter(range(ticks))

        def pause(seconds: float) -> bool:
            self.time += seconds
            tick = next(left, None)
            if tick is not None:
                at_tick(tick)
            return tick is not None

        return pause


def address_of(name: str) -> Address:
    """`east/odl/vtn/a` from `east/a`: region, then key."""
    region, _, key = name.partition("/")
    return parse_address(f"{region}/odl/vtn/{key}")


def resource_of(name: str, needs: Iterable[str] = (), **properties: Tree) -> Resource:
    return Resource(address_of(name), {"name": name, **properties}, {address_of(need): "uses" for need in needs})


def create(resource: Resource, owners: Iterable[str] = ("shop",)) -> Change:
    address, properties = str(resource.address), resource.properties
    operation = Operation({"put": {address: properties}}, {"remove": [address]}, {"expect": properties}, {"absent": True})
    return Change(resource.address, Action.CREATE, None, resource, operation, digest(properties), frozenset(owners))


def update(before: Resource, after: Resource, owners: Iterable[str] = ("shop",)) -> Change:
    address = str(after.address)
    operation = Operation(
        {"put": {address: after.properties}},
        {"put": {address: before.properties}},
        {"expect": after.properties},
        {"expect": before.properties},
    )
    known = digest(before.properties), frozenset(owners)
    return Change(after.address, Action.UPDATE, before, after, operation, digest(after.properties), known[1], "", *known)


def delete(resource: Resource) -> Change:
    address = str(resource.address)
    operation = Operation(
        {"remove": [address]}, {"put": {address: resource.properties}}, {"absent": True}, {"expect": resource.properties}
    )
    known = digest(resource.properties), frozenset({"shop"})
    return Change(resource.address, Action.DELETE, resource, None, operation, "", frozenset(), "", *known)


def intent_of(service: str, **leaves: Json) -> Intent:
    return Intent(service, {"vtnmd-vtn:services": {"service": [{"name": service, **leaves}]}})


def plan_of(
    changes: Iterable[Change],
    service: str = "shop",
    *,
    wanted: Iterable[Resource] | None = None,
    intent: Intent | None = None,
    destroys: bool = False,
    allocations: Allocations = EMPTY,
    reads: Mapping[str, str] | None = None,
) -> Plan:
    """One request per change, in the order of the resources' needs (deletions the other way round)."""
    by_address = {change.address: change for change in changes}
    edges = [edge for change in by_address.values() for edge in _edges(change) if {edge.source, edge.target} <= by_address.keys()]
    needs: dict[Address, list[Address]] = {address: [] for address in by_address}
    for edge in edges:
        needs[edge.source].append(edge.target)
    requests = tuple(_request(by_address[address], needs[address]) for address in topological_order(needs))
    return Plan(
        service,
        "acme",
        None if destroys else intent or intent_of(service),
        {"regions": []},
        reads or {},
        allocations,
        tuple(wanted if wanted is not None else [change.after for change in by_address.values() if change.after is not None]),
        (),
        tuple(by_address[address] for address in topological_order(needs)),
        requests,
        tuple(edges),
    )


def _edges(change: Change) -> Iterable[Edge]:
    if change.after is not None:
        yield from change.after.edges()
    elif change.before is not None:
        yield from (Edge(edge.target, edge.source, edge.reason) for edge in change.before.edges())


def _request(change: Change, needs: Iterable[Address]) -> Request:
    operation = change.operation
    ids = tuple(sorted(str(need) for need in needs))
    return Request(str(change.address), change.address.endpoint_id, 0, (change.address,), operation.payload, operation.undo, ids)


def ref(name: str, attribute: str = "id") -> Ref:
    return Ref(address_of(name), attribute)
