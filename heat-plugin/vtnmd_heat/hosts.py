"""Hosts that belong to a segment by their MAC address: one by one, where vtnmd keeps all of a segment and region in one map."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from vtnmd_heat.entries import Place
from vtnmd_heat.errors import NotFound
from vtnmd_heat.northbound import Held, Northbound
from vtnmd_heat.standing import Standing

Json = Any

HOST, MAC_MAP = "host", "mac-map"


def host_place(service: str, segment: str, region: str, host: str) -> Place:
    """Where a host is noted; `host` is MAC@VLAN, as vtnmd has it."""
    return Place(service, HOST, f"{segment}/{region}/{host.lower()}")


@dataclass(frozen=True, slots=True)
class HostMaps:
    """The client of resources that are hosts. Places of hosts are read, written and removed; everything else goes on as it is."""

    vtnmd: Northbound

    def read(self, place: Place) -> Held:
        """Raises NotFound where the map has no such host."""
        held, host = self.vtnmd.read(_map_of(place)), _host_of(place)
        if host not in _hosts(held):
            raise NotFound(f"there is no {place}")
        return Held({HOST: host}, held.tag)

    def write(self, place: Place, value: Mapping[str, Json], tag: str = "") -> None:
        """Add the host to its map, which is made with the first one."""
        found: Held | None = None
        with suppress(NotFound):
            found = self.vtnmd.read(_map_of(place))
        hosts = [*(_hosts(found) if found else ()), _host_of(place)]
        self.vtnmd.write(_map_of(place), {**(found.value if found else {}), "allowed": hosts}, found.tag if found else "")

    def remove(self, place: Place) -> None:
        """Take the host from its map, which goes with the last one. Raises NotFound."""
        self.read(place)
        held = self.vtnmd.read(_map_of(place))
        left = [each for each in held.value["allowed"] if each.lower() != _host_of(place)]
        if left:
            self.vtnmd.write(_map_of(place), {**held.value, "allowed": left}, held.tag)
        else:
            self.vtnmd.remove(_map_of(place))

    def status(self, service: str) -> Standing:
        return self.vtnmd.status(service)

    def check(self, service: str) -> Json:
        return self.vtnmd.check(service)

    def probe(self, service: str) -> Json:
        return self.vtnmd.probe(service)

    def apply(self, service: str, *, repair: bool) -> None:
        self.vtnmd.apply(service, repair=repair)


def _map_of(place: Place) -> Place:
    return Place(place.service, MAC_MAP, place.name.rpartition("/")[0])


def _host_of(place: Place) -> str:
    return place.name.rpartition("/")[2]


def _hosts(held: Held) -> list[str]:
    return [each.lower() for each in held.value.get("allowed", ())]
