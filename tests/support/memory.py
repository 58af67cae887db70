"""Endpoints of the global shop in memory, spoken to by the driver port: for use cases over several regions without a lab."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from vtnmd.domain.address import Address
from vtnmd.domain.diagnostics import Diagnostic
from vtnmd.domain.drift import Stranger
from vtnmd.domain.plan import Change, Plan, Request
from vtnmd.domain.tree import Json, Tree
from vtnmd.southbound.ports import Attributes, EndpointError, InDoubt, Observed, Resolve, Unreachable


@dataclass
class Site:
    """All endpoints. `held` is by address the tree that reads it as present; `asked` counts verbs by endpoint.

    `down` are regions or endpoints that do not answer. `lost` are endpoints that do what they are asked and lose the answer.
    `foreign` stands there by somebody else. `refusing` maps endpoints to what they answer instead of doing what they are asked.
    """

    held: dict[Address, Tree] = field(default_factory=dict)
    down: set[str] = field(default_factory=set)
    lost: set[str] = field(default_factory=set)
    asked: list[tuple[str, str]] = field(default_factory=list)
    recovered: list[str] = field(default_factory=list)
    foreign: dict[str, list[Stranger]] = field(default_factory=dict)
    refusing: dict[str, EndpointError] = field(default_factory=dict)
    changes: dict[str, dict[Address, Change]] = field(default_factory=dict)

    def expect(self, plan: Plan) -> None:
        """Learn what the requests of a plan mean."""
        by_address = {change.address: change for change in plan.changes}
        for request in plan.requests:
            self.changes[request.id] = {address: by_address[address] for address in request.changes}

    def at(self, region: str) -> set[str]:
        return {str(address) for address in self.held if address.region == region}

    def empty(self, region: str) -> None:
        """A region comes back with nothing in it."""
        self.held = {address: tree for address, tree in self.held.items() if address.region != region}

    def sent(self, region: str) -> list[str]:
        return [endpoint for verb, endpoint in self.asked if verb == "apply" and endpoint.startswith(f"{region}/")]

    def connect(self, endpoint: Mapping[str, Json], _secrets: object) -> "MemoryDriver":
        return MemoryDriver(self, str(endpoint["name"]))


class MemoryDriver:
    """One endpoint of a site."""

    def __init__(self, site: Site, endpoint: str) -> None:
        self._site = site
        self._endpoint = endpoint

    def _ask(self, verb: str) -> None:
        self._site.asked.append((verb, self._endpoint))
        if not self._site.down.isdisjoint({self._endpoint, self._endpoint.partition("/")[0]}):
            raise Unreachable(Diagnostic("VTN-E010", f"{self._endpoint}: connection refused"))

    async def hello(self) -> str:
        self._ask("hello")
        return "memory"

    async def apply(self, request: Request, resolve: Resolve) -> Mapping[Address, Attributes]:
        self._ask("apply")
        if self._endpoint in self._site.refusing:
            raise self._site.refusing[self._endpoint]
        for address, change in self._site.changes[request.id].items():
            if change.after is None:
                self._site.held.pop(address, None)
            else:
                self._site.held[address] = change.operation.read
        if self._endpoint in self._site.lost:
            self._site.down.add(self._endpoint)
            raise InDoubt(Diagnostic("VTN-E013", f"{self._endpoint}: no answer"))
        return {address: _attributes(address) for address in request.changes}

    async def recover(self, request: Request, resolve: Resolve) -> None:
        self._ask("recover")
        self._site.recovered.append(request.id)

    async def read(self, reads: Mapping[Address, Tree], resolve: Resolve) -> Mapping[Address, Observed]:
        self._ask("read")
        return {address: self._observe(address, tree) for address, tree in reads.items()}

    def _observe(self, address: Address, tree: Tree) -> Observed:
        if address not in self._site.held:
            return Observed(present=False)
        found = self._site.held[address]
        absent = isinstance(tree, dict) and "absent" in tree
        return Observed(True, _attributes(address), {} if absent or found == tree else {"it": (tree, found)})

    async def strangers(self, reads: Sequence[Tree], known: Sequence[Tree], resolve: Resolve) -> tuple[Stranger, ...]:
        return tuple(self._site.foreign.get(self._endpoint, ()))

    async def prepare(self, request: Request, resolve: Resolve) -> None:
        self._ask("prepare")

    async def commit(self, request: Request, resolve: Resolve, confirm_timeout: int | None = None) -> None:
        await self.apply(request, resolve)

    async def confirm(self, request: Request, resolve: Resolve) -> None:
        self._ask("confirm")

    async def cancel(self, request: Request, resolve: Resolve) -> None:
        self._ask("cancel")

    async def offers(self) -> str:
        return "confirmed"

    async def aclose(self) -> None: ...


def _attributes(address: Address) -> Attributes:
    """Whatever any resource of the shop may be asked for."""
    segments = ("web", "db-east", "db-west")
    names = ["map_id", "security-group", *(f"{kind}-{segment}" for kind in ("network", "subnet") for segment in segments)]
    return {name: f"{name} of {address}" for name in names}
