"""Probes: checks of the data plane that tell whether a service works, not merely whether its configuration was accepted."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from vtnmd.domain.address import Address, parse_address
from vtnmd.domain.tree import Json


@dataclass(frozen=True, slots=True, order=True)
class Station:
    """Where a probe packet starts or ends: an address on a VLAN of a region's fabric."""

    region: str
    vlan: int
    ip: str
    prefix_length: int
    gateway: str = ""

    def to_json(self) -> Json:
        return {
            "region": self.region,
            "vlan": self.vlan,
            "ip": self.ip,
            "prefix-length": self.prefix_length,
            "gateway": self.gateway,
        }


def station_from_json(data: Json) -> Station:
    """The inverse of `Station.to_json`."""
    return Station(data["region"], data["vlan"], data["ip"], data["prefix-length"], data["gateway"])


@dataclass(frozen=True, slots=True, order=True)
class Probe:
    """A packet from `source` to `target` must arrive. `address` names what is probed, e.g. `global/interconnect/acme_shop/wan`."""

    address: Address
    source: Station
    target: Station

    def to_json(self) -> Json:
        return {"address": str(self.address), "source": self.source.to_json(), "target": self.target.to_json()}


def probe_from_json(data: Json) -> Probe:
    """The inverse of `Probe.to_json`."""
    return Probe(parse_address(data["address"]), station_from_json(data["source"]), station_from_json(data["target"]))


class Verdict(StrEnum):
    """How well packets get through, the best first."""

    PASSED = "passed"
    DEGRADED = "degraded"  # they arrive, and something that should carry or protect them does not
    FAILED = "failed"


_ORDER = tuple(Verdict)


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """What a probe found; `detail` tells the path taken, or the first hop that is missing and why.

    `degraded` are the reasons, if any, why a probe that passed is worse than it should be, such as a backup way that is taken.
    """

    probe: Probe
    passed: bool
    detail: str
    degraded: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        if not self.passed:
            return Verdict.FAILED
        return Verdict.DEGRADED if self.degraded else Verdict.PASSED

    def to_json(self) -> Json:
        degraded = {"degraded": list(self.degraded)} if self.degraded else {}
        return {**self.probe.to_json(), "passed": self.passed, "detail": self.detail, **degraded}


@dataclass(frozen=True, slots=True)
class Carriage:
    """How well an interconnect carries packets: the worst of its probes, why, and since when in seconds since the epoch.

    `reasons` is empty for one that has passed.
    """

    verdict: Verdict
    since: float
    reasons: tuple[str, ...] = ()

    def to_json(self) -> Json:
        return {"verdict": str(self.verdict), "since": self.since, "reasons": list(self.reasons)}


def judge(
    probes: Iterable[Probe], results: Iterable[ProbeResult], before: Mapping[Address, Carriage], now: float
) -> dict[Address, Carriage]:
    """How well what is probed carries, by address, once some or all of the probes have been answered.

    One of which a probe is unanswered is not said to be better than it was known to be, and is left out where nothing is known.
    """
    answered = {each.probe: each for each in results}
    asked: dict[Address, list[Probe]] = {}
    for probe in probes:
        asked.setdefault(probe.address, []).append(probe)
    found: dict[Address, Carriage] = {}
    for address, these in asked.items():
        heard = [answered[probe] for probe in these if probe in answered]
        known = before.get(address)
        verdict = max((each.verdict for each in heard), key=_ORDER.index, default=None)
        unsure = len(heard) < len(these)
        if verdict is None or (unsure and _ORDER.index(verdict) < (_ORDER.index(known.verdict) if known else 1)):
            found |= {address: known} if known else {}
            continue
        since = known.since if known and known.verdict is verdict else now
        found[address] = Carriage(verdict, since, _reasons(verdict, heard))
    return found


def _reasons(verdict: Verdict, results: Iterable[ProbeResult]) -> tuple[str, ...]:
    """Each once, in the order in which the probes stand."""
    told = [(each.detail,) if verdict is Verdict.FAILED else each.degraded for each in results if each.verdict is verdict]
    return tuple(dict.fromkeys(reason for reasons in told for reason in reasons))
