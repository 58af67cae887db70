"""How well the interconnects of services carry, as the list `service` and alarms tell it. Pure."""

from collections.abc import Iterator, Mapping

from vtnmd.domain.address import Address
from vtnmd.domain.probe import Carriage, Verdict
from vtnmd.domain.tree import Json
from vtnmd.northbound.orchestration.values import filled, plain, timed

CarriageOf = Mapping[str, Mapping[Address, Carriage]]
"""By service and address."""


def with_interconnects(services: list[Json], carriage: CarriageOf) -> list[Json]:
    """The entries of the list `service`, each with its list `interconnect`."""
    return [{**entry, **filled({"interconnect": _entries(carriage.get(entry["name"], {}))})} for entry in services]


def _entries(carriage: Mapping[Address, Carriage]) -> list[Json]:
    return [
        {
            "address": str(address),
            "verdict": str(found.verdict),
            **timed({"since": found.since}),
            **filled({"reason": [plain(reason) for reason in found.reasons]}),
        }
        for address, found in sorted(carriage.items())
    ]


def ill(carriage: CarriageOf) -> Iterator[tuple[str, Address, Carriage, str]]:
    """(service, address, carriage, text) of each interconnect that does not carry as it should."""
    words = {Verdict.DEGRADED: "is degraded", Verdict.FAILED: "carries no more"}
    for service, found in carriage.items():
        for address, each in found.items():
            if each.verdict in words:
                reasons = "; ".join(plain(reason) for reason in each.reasons)
                yield service, address, each, f"interconnect {address.label} {words[each.verdict]}: {reasons}"
