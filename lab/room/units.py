"""What can run in the room. A new unit is one entry of `UNITS`, a new target one of `TARGETS`."""

import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from lab.isolation import CHECKOUT
from lab.karaf.distribution import prepared as controller
from lab.karaf.java import provide_java
from lab.machine import FOR_CLOUD, FOR_KARAF, FOR_NETWORK, FOR_TRAFFIC, install_packages
from lab.openstack import plug_in
from lab.openstack.installation import prepared as openstack
from lab.room.layout import ODL_PORT, PE_PORT, PROBE_PORT, REGIONS, TLS, cloud_address, management_address, node_of, password_file
from lab.vtn_manager.recipe import VTN_MANAGER

_CACHE = CHECKOUT / ".cache"
_VTN_MANAGER, _OPENSTACK = _CACHE / "vtn-manager", _CACHE / "openstack"
CLOUD = "openstack"
NETWORK = "backbone"


@dataclass(frozen=True, slots=True)
class Unit:
    """A program that runs until it is stopped, with its files in the folder of its name.

    `command` gives its words for the folder of the room; `fetched` brings what it needs, once, into `cache`, and keeps others from
    changing it until the context is left; `programs` maps what it takes of the machine to Debian packages. `after` names units that
    must run before; `space` is the network namespace that it runs in, nothing being the room's own; `reached` tells how one talks
    to it; started again, it finds its files where it `keeps` them.
    """

    name: str
    command: Callable[[Path], list[str]]
    reached: str
    after: tuple[str, ...] = ()
    space: str = ""
    keeps: bool = False
    cache: Path | None = None
    fetched: Callable[[], AbstractContextManager[object]] = nullcontext
    programs: Mapping[str, str] = field(default_factory=dict)

    def words(self, folder: Path) -> list[str]:
        """The command as it is run: while it runs, nobody prepares its cache anew (see `lab.cache`)."""
        held = ["flock", "--shared", "--no-fork", str(self.cache / "lock")] if self.cache else []
        entered = ["nsenter", f"--net=/run/netns/{self.space}"] if self.space else []
        return [*entered, *held, *self.command(folder)]


def _network(folder: Path) -> list[str]:
    return _module("lab.backbone.inside", folder / "inventory.yaml", folder / NETWORK)


def _controller(region: str, folder: Path) -> list[str]:
    distribution = _VTN_MANAGER / "karaf", provide_java(VTN_MANAGER.runtime, _VTN_MANAGER / "java")
    ports = ("openflow:1/s1-hv", "openflow:1/s1-s2", "openflow:2/s2-s1", "openflow:2/s2-pe")
    return _module("lab.vtn_manager.region", *distribution, folder / f"odl-{region}", folder / TLS, *ports)


def _openstack(folder: Path) -> list[str]:
    regions = [word for region in REGIONS for word in ("--region", f"{region}={cloud_address(region)}")]
    options: list[str | Path] = ["--heat-config", plug_in.write_settings(_OPENSTACK), "--keystone", cloud_address(REGIONS[0])]
    # Services of OpenStack write over their environment, by which processes of a unit are known; so they end with their first.
    alone = ["unshare", "--pid", "--fork", "--kill-child"]
    return [*alone, *_module("lab.openstack.inside", *options, *regions, _OPENSTACK, folder / CLOUD)]


def _probe(region: str, folder: Path) -> list[str]:
    nodes = [word for each in REGIONS for word in ("--node", f"{each}={node_of(each)}")]
    listen = f"{management_address(region)}:{PROBE_PORT}"
    secret = password_file(folder, f"{region}-probe")
    words = [
        "--listen",
        listen,
        "--tls",
        str(folder / TLS),
        "--password-file",
        str(secret),
        "--network",
        str(folder / NETWORK),
        *nodes,
    ]
    return _module("lab.probe.agent", region, *words)


def _servers(region: str, folder: Path) -> list[str]:
    return _module("lab.servers.agent", folder / "inventory.yaml", region, folder / NETWORK)


def _module(name: str, *words: str | Path) -> list[str]:
    return [sys.executable, "-m", name, *map(str, words)]


def _of_region(region: str) -> tuple[Unit, ...]:
    address = management_address(region)
    return (
        Unit(
            f"odl-{region}",
            partial(_controller, region),
            f"VTN Manager of {region}: https://{address}:{ODL_PORT}/restconf, user admin",
            (NETWORK,),
            region,
            keeps=True,
            cache=_VTN_MANAGER,
            fetched=partial(controller, VTN_MANAGER, _VTN_MANAGER),
            programs=FOR_KARAF,
        ),
        Unit(
            f"probe-{region}",
            partial(_probe, region),
            f"probe agent of {region}: https://{address}:{PROBE_PORT}/probe",
            (NETWORK,),
            region,
            programs=FOR_TRAFFIC,
        ),
        Unit(
            f"servers-{region}",
            partial(_servers, region),
            f"servers of {region}: network namespaces, listed by `ip netns`",
            (NETWORK, CLOUD),
        ),
    )


UNITS = {
    unit.name: unit
    for unit in (
        Unit(
            NETWORK,
            _network,
            f"PE routers: NETCONF at port {PE_PORT} of {' and '.join(map(management_address, REGIONS))}",
            programs=FOR_NETWORK,
        ),
        Unit(
            CLOUD,
            _openstack,
            f"OpenStack: https://{cloud_address(REGIONS[0])}:5000/v3, user admin, regions {' and '.join(REGIONS)}",
            cache=_OPENSTACK,
            fetched=partial(openstack, _OPENSTACK, (plug_in.FOLDER,)),
            programs=FOR_CLOUD,
        ),
        *(unit for region in REGIONS for unit in _of_region(region)),
    )
}
"""Every unit by its name, those that others wait for first."""

TARGETS = {
    "backbone": (NETWORK, *(f"probe-{region}" for region in REGIONS)),
    "odl": tuple(f"odl-{region}" for region in REGIONS),
    "openstack": (CLOUD,),
    "servers": tuple(f"servers-{region}" for region in REGIONS),
    "all": tuple(UNITS),
}
"""What can be asked for, and the units it comes to, beside those that they wait for."""


def install_programs(units: Iterable[Unit]) -> None:
    """Install the Debian packages that units take and the machine lacks."""
    install_packages({program: package for unit in units for program, package in unit.programs.items()})


def wanted(targets: tuple[str, ...]) -> tuple[Unit, ...]:
    """The units of some targets or of some names, and all that they wait for, in the order of their start.

    Raises KeyError for what there is not.
    """
    names: set[str] = set()
    waiting = [name for target in targets for name in TARGETS.get(target, (target,))]
    while waiting:
        name = waiting.pop()
        if name not in names:
            names.add(name)
            waiting += UNITS[name].after
    return tuple(unit for unit in UNITS.values() if unit.name in names)
