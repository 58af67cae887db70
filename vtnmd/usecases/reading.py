"""Reads many resources at many endpoints at once, and says of each what its endpoint says or why that is not known."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from vtnmd.domain.address import Address
from vtnmd.domain.diagnostics import Diagnostic
from vtnmd.domain.drift import Stranger
from vtnmd.domain.inventory import Inventory
from vtnmd.domain.tree import Tree
from vtnmd.engine.lane import DriverFactory
from vtnmd.southbound.ports import Driver, EndpointError, Observed, Resolve, Unreachable
from vtnmd.usecases.connecting import drivers_of

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Seen:
    """What one endpoint told: of each resource what it holds or why that is not known, and `problem` for want of its strangers."""

    endpoint: str
    observed: Mapping[Address, Observed | Diagnostic]
    strangers: tuple[Stranger, ...] = ()
    problem: Diagnostic | None = None


async def read_resources(
    reads: Mapping[Address, Tree],
    known: Mapping[Address, Tree],
    inventory: Inventory,
    secrets: Callable[[str], str],
    resolve: Resolve,
) -> tuple[Seen, ...]:
    """Read the `read` trees, each endpoint within its concurrency. Strangers are looked for where `known` holds all that is known.

    An endpoint that is not in the inventory tells nothing.
    """
    drivers = drivers_of(inventory, secrets)
    concurrency = {endpoint.id: endpoint.concurrency for endpoint in inventory.endpoints()}
    familiar = _by_endpoint(known)
    looks = [
        (_Look(endpoint, drivers[endpoint], concurrency[endpoint], mine, resolve), familiar.get(endpoint, {}))
        for endpoint, mine in _by_endpoint(reads).items()
        if endpoint in drivers
    ]
    return tuple(await asyncio.gather(*(look.run(others) for look, others in looks)))


def _by_endpoint(reads: Mapping[Address, Tree]) -> dict[str, dict[Address, Tree]]:
    groups: dict[str, dict[Address, Tree]] = {}
    for address, tree in sorted(reads.items(), key=lambda item: item[0]):
        groups.setdefault(address.endpoint_id, {})[address] = tree
    return groups


@dataclass(frozen=True, slots=True)
class _Look:
    """One endpoint that is to be read."""

    endpoint: str
    factory: DriverFactory
    concurrency: int
    reads: Mapping[Address, Tree]
    resolve: Resolve

    async def run(self, known: Mapping[Address, Tree]) -> Seen:
        """Read everything; where `known` is given look for strangers too."""
        try:
            driver = self.factory()
        except EndpointError as error:
            return Seen(self.endpoint, dict.fromkeys(self.reads, error.diagnostic))
        try:
            observed = await self._observe(driver)
            if not known or all(isinstance(found, Diagnostic) for found in observed.values()):
                return Seen(self.endpoint, observed)
            found = await _answer(driver.strangers(list(self.reads.values()), list(known.values()), self.resolve))
            if isinstance(found, EndpointError):
                return Seen(self.endpoint, observed, problem=found.diagnostic)
            return Seen(self.endpoint, observed, found)
        finally:
            await driver.aclose()

    async def _observe(self, driver: Driver) -> Mapping[Address, Observed | Diagnostic]:
        """All at once; where one of them spoils that, one by one, for the others can be told."""
        found = await _answer(driver.read(self.reads, self.resolve))
        if not isinstance(found, EndpointError):
            return dict(found)
        if isinstance(found, Unreachable) or len(self.reads) == 1:
            return dict.fromkeys(self.reads, found.diagnostic)
        slots = asyncio.Semaphore(self.concurrency)

        async def one(address: Address) -> Observed | Diagnostic:
            async with slots:
                answer = await _answer(driver.read({address: self.reads[address]}, self.resolve))
            return answer.diagnostic if isinstance(answer, EndpointError) else answer[address]

        return dict(zip(self.reads, await asyncio.gather(*map(one, self.reads)), strict=True))


async def _answer(call: Awaitable[Answer]) -> Answer | EndpointError:
    try:
        return await call
    except EndpointError as error:
        return error
