"""Where the entries of a service stand in vtnmd's RESTCONF, and how their values are brought together. Pure.

One VTN resource is one service with one VTN of the same name, so that what is in it is known by the service and a name of its own.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

Json = Any

SERVICES = "vtnmd-vtn:services"
_MODULES = {"interconnect": "vtnmd-interconnect:", "workload": "vtnmd-workload:", "mac-map": "vtnmd-traffic:"}


@dataclass(frozen=True, slots=True)
class Place:
    """A service; its VTN, where `list` is "vtn"; or an entry of a list of the VTN: segment, router, attachment, …

    A "mac-map" is the one of a segment in a region, which are its name: SEGMENT/REGION.
    """

    service: str
    list: str = ""
    name: str = ""

    @property
    def path(self) -> str:
        """Below `data/`."""
        key = quote(self.service, safe="")
        service = f"{SERVICES}/service={key}"
        match self.list:
            case "":
                return service
            case "vtn":
                return f"{service}/vtn={key}"
            case "mac-map":
                segment, region = (quote(each, safe="") for each in self.name.split("/"))
                return f"{service}/vtn={key}/segment={segment}/region={region}/{self.member}"
            case _:
                return f"{service}/vtn={key}/{_MODULES.get(self.list, '')}{self.list}={quote(self.name, safe='')}"

    @property
    def alone(self) -> bool:
        """Whether it is no entry of a list."""
        return self.list == "mac-map"

    @property
    def member(self) -> str:
        """The list as JSON names it at the top of a body."""
        return f"{_MODULES.get(self.list, 'vtnmd-vtn:')}{self.list or 'service'}"

    @property
    def key(self) -> str:
        """The name of the entry in its list."""
        return self.name or self.service

    @property
    def entry(self) -> str:
        """What vtnmd calls the entry where it tells what came of it."""
        vtn = f"vtn[{self.service}]"
        return vtn if self.list in {"", "vtn"} else f"{vtn}/{self.list}[{self.name}]"

    def holds(self, entry: str) -> bool:
        """Whether something that came of `entry` came of this one, and of no entry below a VTN."""
        return entry == self.entry or (self.list not in {"", "vtn"} and entry.startswith(f"{self.entry}/"))

    def __str__(self) -> str:
        return f"VTN {self.service}" if self.list in {"", "vtn"} else f"{self.list} {self.name} of VTN {self.service}"


def merged(held: Mapping[str, Json], wanted: Mapping[str, Json], managed: Iterable[str]) -> dict[str, Json]:
    """An entry as it shall be: `wanted`, and of what is held all that Heat does not manage.

    Of a managed list of entries with names, each entry keeps what it holds beside what is wanted of it.
    """
    ours = set(managed)
    kept = {name: value for name, value in held.items() if name not in ours}
    return {**kept, **{name: _with_kept(held.get(name), value) for name, value in wanted.items()}}


def _with_kept(held: Json, wanted: Json) -> Json:
    known = _by_name(held)
    if not known or not _by_name(wanted):
        return wanted
    return [{**_foreign(known.get(each["name"], {})), **each} for each in wanted]


def _by_name(value: Json) -> dict[str, Mapping[str, Json]]:
    listed = value if isinstance(value, list) else ()
    return {each["name"]: each for each in listed if isinstance(each, dict) and "name" in each}


def _foreign(entry: Mapping[str, Json]) -> dict[str, Json]:
    """What other modules of vtnmd hold in an entry."""
    return {name: value for name, value in entry.items() if ":" in name}
