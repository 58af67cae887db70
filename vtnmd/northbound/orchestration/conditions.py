"""What deserves an alarm, as the state tells: regions, endpoints and services that need somebody. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from vtnmd.domain.address import Address
from vtnmd.domain.health import Condition, Health
from vtnmd.domain.inventory import Endpoint, Inventory
from vtnmd.domain.probe import Verdict
from vtnmd.domain.run import Result
from vtnmd.domain.tree import Json
from vtnmd.northbound.orchestration.interconnects import CarriageOf, ill
from vtnmd.northbound.orchestration.services import Committed
from vtnmd.northbound.orchestration.values import plain
from vtnmd.state import ServiceBrief

MODULE = "vtnmd-orchestration"
_ILL = frozenset({Condition.DOWN, Condition.PROBATION})
_FAILED = frozenset({Result.FAILED, Result.INTERRUPTED})


@dataclass(frozen=True, slots=True)
class AlarmType:
    """A type of alarm: an identity of `vtnmd-orchestration`, how bad it is, and what it means."""

    name: str
    severity: str
    description: str

    @property
    def id(self) -> str:
        """The identity as RFC 7951 writes it."""
        return f"{MODULE}:{self.name}"


ENDPOINT_DOWN = AlarmType("endpoint-down", "major", "An endpoint does not answer, or answers again and is on probation.")
REGION_DOWN = AlarmType("region-down", "critical", "None of a region's endpoints answers.")
SERVICE_IN_TROUBLE = AlarmType("service-in-trouble", "major", "A committed intent of a service could not be planned or begun.")
RUN_FAILED = AlarmType("run-failed", "major", "The last run of a service failed or was interrupted.")
RUN_INCOMPLETE = AlarmType("run-incomplete", "minor", "The last run of a service left work that waits.")
APPROVAL_AWAITED = AlarmType("approval-awaited", "warning", "A plan waits for the approval of other users than its author.")
DRIFT_FOUND = AlarmType("drift-found", "minor", "Endpoints hold something else of a service than was applied.")
INTERCONNECT_FAILED = AlarmType("interconnect-failed", "major", "Packets do not get through an interconnect.")
INTERCONNECT_DEGRADED = AlarmType(
    "interconnect-degraded", "minor", "An interconnect carries packets, but not by the way that it should."
)

TYPES: Sequence[AlarmType] = (
    ENDPOINT_DOWN,
    REGION_DOWN,
    SERVICE_IN_TROUBLE,
    RUN_FAILED,
    RUN_INCOMPLETE,
    APPROVAL_AWAITED,
    DRIFT_FOUND,
    INTERCONNECT_FAILED,
    INTERCONNECT_DEGRADED,
)


@dataclass(frozen=True, slots=True)
class Raised:
    """Something that deserves an alarm now. `resource` is an instance-identifier as RFC 7951 writes it.

    `since` is in seconds since the epoch, 0 where it is not known.
    """

    resource: str
    type: AlarmType
    text: str
    since: float = 0.0


@dataclass(frozen=True, slots=True)
class Facts:
    """What alarms are raised of. `drift` maps services to what the last check found wrong with them, `carriage` is that of the
    interconnects of services when they were last probed.
    """

    inventory: Inventory
    health: Mapping[str, Health] = field(default_factory=dict)
    services: Sequence[ServiceBrief] = ()
    committed: Mapping[str, Committed] = field(default_factory=dict)
    drift: Mapping[str, str] = field(default_factory=dict)
    carriage: CarriageOf = field(default_factory=dict)


def alarms_of(facts: Facts) -> tuple[Raised, ...]:
    """All that deserves an alarm."""
    return (*_of_regions(facts), *_of_services(facts))


def _of_regions(facts: Facts) -> Iterator[Raised]:
    regions: dict[str, list[Endpoint]] = {}
    for endpoint in facts.inventory.endpoints():
        regions.setdefault(endpoint.region, []).append(endpoint)
    for region, endpoints in regions.items():
        ill = [endpoint for endpoint in endpoints if _is_ill(facts.health.get(endpoint.id))]
        for endpoint in ill:
            found = facts.health[endpoint.id]
            yield Raised(endpoint_resource(region, endpoint.name), ENDPOINT_DOWN, _why(endpoint, found), found.since)
        asked = [endpoint for endpoint in endpoints if endpoint.kind != "probe"]
        if asked and all(each in ill for each in asked):
            since = max(facts.health[endpoint.id].since for endpoint in asked)
            yield Raised(region_resource(region), REGION_DOWN, f"no endpoint of {region} answers", since)


def _is_ill(health: Health | None) -> bool:
    return health is not None and health.condition in _ILL


def _why(endpoint: Endpoint, health: Health) -> str:
    if health.condition is Condition.PROBATION:
        return f"{endpoint.id} answers again and is on probation"
    reason = plain(health.reason.removeprefix(f"{endpoint.id}: "))
    return f"{endpoint.id} is down: {reason}" if reason else f"{endpoint.id} is down"


def _of_services(facts: Facts) -> Iterator[Raised]:
    names = {brief.name for brief in facts.services}
    for brief in facts.services:
        if brief.result in _FAILED:
            ended = "was interrupted" if brief.result is Result.INTERRUPTED else "failed"
            yield Raised(service_resource(brief.name), RUN_FAILED, f"run {brief.run} {ended}", brief.changed)
        elif brief.result is Result.PARTLY:
            text = f"run {brief.run} left work that waits"
            yield Raised(service_resource(brief.name), RUN_INCOMPLETE, text, brief.changed)
    for name, found in facts.committed.items():
        if found.trouble:
            summaries = "; ".join(plain(each.summary) for each in found.trouble)
            yield Raised(service_resource(name), SERVICE_IN_TROUBLE, f"commit {found.committed}: {summaries}")
        if found.plan:
            yield Raised(service_resource(name), APPROVAL_AWAITED, f"plan {found.plan} waits for approval")
    for name, text in facts.drift.items():
        if name in names:
            yield Raised(service_resource(name), DRIFT_FOUND, plain(text))
    for name, address, found_carriage, text in ill(facts.carriage):
        kind = INTERCONNECT_FAILED if found_carriage.verdict is Verdict.FAILED else INTERCONNECT_DEGRADED
        yield Raised(interconnect_resource(name, address), kind, text, found_carriage.since)


def service_resource(name: str) -> str:
    """The instance-identifier of an entry of the list `service`."""
    return f"/{MODULE}:orchestration/service[name='{name}']"


def interconnect_resource(service: str, address: Address) -> str:
    """The same of one of its interconnects."""
    return f"{service_resource(service)}/interconnect[address='{address}']"


def region_resource(name: str) -> str:
    """The same of a region."""
    return f"/{MODULE}:orchestration/region[name='{name}']"


def endpoint_resource(region: str, name: str) -> str:
    """The same of an endpoint."""
    return f"{region_resource(region)}/endpoint[name='{name}']"


def alarm_inventory() -> Json:
    """The container `alarm-inventory`: every type of alarm that there can be."""
    return {
        "alarm-type": [
            {
                "alarm-type-id": each.id,
                "alarm-type-qualifier": "",
                "will-clear": True,
                "severity-level": [each.severity],
                "description": each.description,
            }
            for each in TYPES
        ]
    }


def drift_of(services: Iterable[str], astray: Mapping[str, int]) -> Mapping[str, str]:
    """What a check says of each service that it looked at: empty where nothing of it is astray."""
    return {
        name: ("1 resource is" if astray[name] == 1 else f"{astray[name]} resources are") + " not as applied"
        if astray.get(name)
        else ""
        for name in services
    }
