"""Probes: checks of the data plane that tell whether a service works, not merely whether its configuration was accepted."""

from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """What a probe found; `detail` tells the path taken, or the first hop that is missing and why."""

    probe: Probe
    passed: bool
    detail: str
