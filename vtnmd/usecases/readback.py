"""Read-back: what endpoints that have returned hold of a service, against what the Snapshot says and what is wanted."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from vtnmd.domain.address import Address
from vtnmd.domain.diagnostics import Diagnostic, Severity
from vtnmd.domain.drift import not_accepted
from vtnmd.domain.graph import Resource
from vtnmd.domain.plan import Request
from vtnmd.domain.snapshot import Applied
from vtnmd.domain.tree import Json, Ref, Secret, Tree, holes
from vtnmd.engine.lane import DriverFactory
from vtnmd.engine.scene import answer_of
from vtnmd.planner.changes import Renderer
from vtnmd.southbound.ports import Driver, EndpointError, Observed, Resolve


@dataclass(frozen=True, slots=True)
class Believed:
    """What is believed of a service: `applied` by the Snapshot, `wanted` by its Intent; `owners` of what it wants."""

    applied: Mapping[Address, Applied]
    wanted: Mapping[Address, Resource]
    owners: Mapping[Address, frozenset[str]]
    renderer: Renderer

    def at(self, endpoint: str) -> tuple[Address, ...]:
        return tuple(address for address in sorted({*self.applied, *self.wanted}) if address.endpoint_id == endpoint)

    @property
    def endpoints(self) -> frozenset[str]:
        return frozenset(address.endpoint_id for address in (*self.applied, *self.wanted))

    @property
    def accepted(self) -> Mapping[Address, Mapping[str, Json]]:
        """What operators took over of what is known (`vtnmd.domain.drift`)."""
        return {address: entry.accepted for address, entry in self.applied.items() if entry.digest and entry.accepted}

    def expected(self, address: Address) -> tuple[Tree, ...]:
        """How the resource may be found: as it was applied, where that is known, and as it is wanted."""
        entry, wanted = self.applied.get(address), self.wanted.get(address)
        forms = [] if entry is None or (wanted is not None and not entry.digest) else [entry.resource]
        if wanted is not None and (entry is None or entry.digest != self.renderer.digest(wanted)):
            forms.append(wanted)
        return tuple(self.renderer.render(resource).present for resource in forms)


@dataclass(frozen=True, slots=True)
class Found:
    """What one endpoint holds: for each resource what was found against each of its expected forms."""

    seen: Mapping[Address, Sequence[Observed]]


@dataclass(frozen=True, slots=True)
class Findings:
    """`silent` endpoints did not answer, and why. `corrections` are what the Snapshot shall say: None for what is not there.

    `drifted` differs both from what was applied and from what is wanted, which nobody approved.
    """

    silent: Mapping[str, EndpointError] = field(default_factory=dict)
    corrections: Mapping[Address, Applied | None] = field(default_factory=dict)
    drifted: Mapping[Address, Diagnostic] = field(default_factory=dict)

    @property
    def missing(self) -> int:
        return sum(found is None for found in self.corrections.values())

    @property
    def settled(self) -> int:
        return len(self.corrections) - self.missing


async def read_endpoints(
    endpoints: Iterable[str],
    believed: Believed,
    doubtful: Sequence[Request],
    drivers: Mapping[str, DriverFactory],
    secrets: Callable[[str], str],
) -> Mapping[str, Found | EndpointError]:
    """What the endpoints hold, all asked at once. What was sent there and not answered is put away first."""

    def resolve(hole: Ref | Secret) -> Json:
        if isinstance(hole, Secret):
            return secrets(hole.reference)
        return believed.applied[hole.address].attributes[hole.attribute]

    asked = [endpoint for endpoint in endpoints if endpoint in drivers]
    reading = (
        answer_of(_read_endpoint(drivers[endpoint], believed, endpoint, [r for r in doubtful if r.endpoint == endpoint], resolve))
        for endpoint in asked
    )
    return dict(zip(asked, await asyncio.gather(*reading), strict=True))


async def _read_endpoint(
    factory: DriverFactory, believed: Believed, endpoint: str, doubtful: Sequence[Request], resolve: Resolve
) -> Found:
    driver = factory()
    try:
        await driver.hello()
        for request in doubtful:
            await driver.recover(request, resolve)
        forms = {address: believed.expected(address) for address in believed.at(endpoint)}
        return Found(await _read(driver, forms, believed.accepted, resolve))
    finally:
        await driver.aclose()


async def _read(
    driver: Driver, forms: Mapping[Address, tuple[Tree, ...]], accepted: Mapping[Address, Mapping[str, Json]], resolve: Resolve
) -> Mapping[Address, Sequence[Observed]]:
    """Each resource against its first form, and what differs from that in a way that nobody accepted against the next."""
    seen: dict[Address, list[Observed]] = {}
    for place in range(max((len(expected) for expected in forms.values()), default=0)):
        reads = {
            address: expected[place]
            for address, expected in forms.items()
            if place < len(expected) and _is_known(expected[place], resolve) and (place == 0 or _differs(seen.get(address)))
        }
        for address, observed in (await driver.read(reads, resolve) if reads else {}).items():
            differences = not_accepted(observed.differences, accepted.get(address, {}))
            seen.setdefault(address, []).append(replace(observed, differences=differences))
    return seen


def _is_known(tree: Tree, resolve: Resolve) -> bool:
    """Whether everything that the tree refers to has a value: else what it describes cannot be there."""
    try:
        for hole in holes(tree):
            if isinstance(hole, Ref):
                resolve(hole)
    except KeyError:
        return False
    return True


def _differs(seen: Sequence[Observed] | None) -> bool:
    return seen is None or (seen[-1].present and bool(seen[-1].differences))


def judge(answers: Mapping[str, Found | EndpointError], believed: Believed, run: str) -> Findings:
    """What the Snapshot shall say after what was found, and what is to be left alone. `run` is noted as the one that saw to it."""
    silent = {endpoint: answer for endpoint, answer in answers.items() if isinstance(answer, EndpointError)}
    corrections: dict[Address, Applied | None] = {}
    drifted: dict[Address, Diagnostic] = {}
    for answer in answers.values():
        for address, seen in answer.seen.items() if isinstance(answer, Found) else ():
            entry = believed.applied.get(address)
            match _judge_one(address, seen, believed, run):
                case Diagnostic() as drift:
                    drifted[address] = drift
                case found if found != entry:
                    corrections[address] = found
    return Findings(silent, corrections, drifted)


def _judge_one(address: Address, seen: Sequence[Observed], believed: Believed, run: str) -> Applied | Diagnostic | None:
    """What the Snapshot shall say of one resource, None where it is not there; a diagnostic where it is left alone."""
    entry, wanted = believed.applied.get(address), believed.wanted.get(address)
    latest = seen[-1]
    if not latest.present:
        return None
    if latest.differences:
        return entry if entry is not None and not entry.digest else _drift(address, latest, believed)
    is_as_applied = entry is not None and len(seen) == 1 and (wanted is None or bool(entry.digest))
    if is_as_applied and entry is not None:
        return replace(entry, attributes={**entry.attributes, **latest.attributes})
    assert wanted is not None
    owners = believed.owners.get(address, frozenset())
    return Applied(wanted, believed.renderer.digest(wanted), dict(latest.attributes), owners, run)


def _drift(address: Address, observed: Observed, believed: Believed) -> Diagnostic:
    was = "as it was applied" if address in believed.applied else "what is wanted, though vtnmd has not made it"
    listed = "\n".join(f"{path or 'it'}: {found!r} instead of {wanted!r}" for path, (wanted, found) in observed.differences.items())
    return Diagnostic(
        "VTN-E032",
        f"{address} is there, but not {was}; it is left alone",
        detail=listed,
        hint="see who changed it; apply the service with --repair to put it right, or with --adopt to keep it",
        address=str(address),
        severity=Severity.WARNING,
    )
