"""The wires and switches: one namespace with the transit nodes, one per region with its access network and its PE router's ports.

A region holds the bridges `hv`, for the compute nodes, `s1` and `s2`, access switches under an OpenFlow controller, and `pe`, the
forwarding plane of the PE router. What the latter sends to a link waits in the queues of `shaper` before.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lab.backbone.inventory import Backbone, Port, Site
from lab.backbone.namespaces import End, add_namespace, delete_namespace, ip, join, named, run_in
from lab.backbone.openvswitch import Switch, bridge, patch, port, redirect, running_switch
from lab.backbone.transit import transit_flows

BACKBONE = "backbone"
CUSTOMER_PORT = "pe-s2"
"""The PE router's port towards the access network, whatever the inventory calls it."""
PROBES = "oam"
"""The PE router's port for the frames that prove its ways over the backbone."""
SHAPER = "shaper"
SINK = "sink"
"""A device of each namespace that is down: what is sent to it is lost."""

_AFTER_FAULTS = 2
"""Preference of the way into the shaper: what is lost on the link is lost before."""
_CUSTOMER, _PROBES, _FIRST_CORE = 1, 2, 10
_FIRST_ACCESS_PORT = 100
_SHORTEST_FRAME = 60


@dataclass(frozen=True, slots=True)
class Region:
    """`address` is that of its management interface."""

    site: Site
    switch: Switch
    ports: tuple[Port, ...]

    @property
    def namespace(self) -> str:
        return self.site.region

    @property
    def address(self) -> str:
        return management_address(self.site)


def management_address(site: Site) -> str:
    """Where the region's PE router listens, reached from the namespace that everything is started in."""
    return f"10.255.{site.number}.2"


@contextmanager
def wired(backbone: Backbone, folder: Path, controllers: bool) -> Iterator[tuple[Region, ...]]:
    """Build everything, with the files of the switches in `folder`, until the context is left.

    With `controllers`, the access switches forward as an OpenFlow controller on 127.0.0.1:6653 of their namespace says, else as
    plain switches.
    """
    namespaces = (BACKBONE, *(site.region for site in backbone.sites))
    for name in namespaces:
        # Its devices are wires and ports of switches: none of them is to speak for itself.
        add_namespace(name, "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1")
        ip(name, f"link add name {SINK} type ifb")
    try:
        _lay_links(backbone)
        with running_switch(BACKBONE, folder / BACKBONE) as transit:
            _set_up_transit(backbone, transit)
            with _regions(backbone, backbone.sites, folder, controllers) as regions:
                yield regions
    finally:
        # Those of VRFs are called after their region.
        inner = [each for each in named() if each.partition(".")[0] in namespaces and each not in namespaces]
        for name in (*inner, *namespaces):
            delete_namespace(name)


@contextmanager
def _regions(backbone: Backbone, sites: tuple[Site, ...], folder: Path, controllers: bool) -> Iterator[tuple[Region, ...]]:
    if not sites:
        yield ()
        return
    with running_switch(sites[0].region, folder / sites[0].region) as switch:
        region = Region(sites[0], switch, backbone.ports_of(sites[0].node))
        _set_up_management(region)
        _set_up_access(region, controllers)
        _set_up_router(region)
        with _regions(backbone, sites[1:], folder, controllers) as others:
            yield region, *others


def _lay_links(backbone: Backbone) -> None:
    homes = {site.node: site.region for site in backbone.sites}
    for near, far in zip(backbone.ports[::2], backbone.ports[1::2], strict=True):
        ends = [End(homes.get(end.near, BACKBONE), end.name, end.address) for end in (near, far)]
        join(ends[0], ends[1], near.mtu)


def _set_up_transit(backbone: Backbone, switch: Switch) -> None:
    for node in backbone.transit:
        ports = backbone.ports_of(node)
        words = bridge(node)
        for number, each in enumerate(ports, 1):
            words += port(node, each.name, number)
        switch.add_ports(*words[1:])
        switch.bundle(node, [f"flow add {flow}" for flow in transit_flows(ports)])


def _set_up_management(region: Region) -> None:
    near, far = End("", f"mgmt-{region.site.number}"), End(region.namespace, "mgmt")
    join(near, far, 1500)
    ip("", f"address add 10.255.{region.site.number}.1/30 dev {near.device}")
    ip(region.namespace, f"address add {region.address}/30 dev {far.device}")


def _set_up_access(region: Region, controllers: bool) -> None:
    words = bridge("hv", fail_mode="standalone")
    for number in (1, 2):
        mode = "secure" if controllers else "standalone"
        words += bridge(f"s{number}", f"other-config:datapath-id={number:016x}", fail_mode=mode)
    words += bridge("pe")
    words += patch("hv", "s1", _FIRST_ACCESS_PORT, 1) + patch("s1", "s2", 2, 2) + patch("s2", "pe", 1, _CUSTOMER)
    region.switch.configure(*words[1:])
    if controllers:
        for name in ("s1", "s2"):
            region.switch.configure("set-controller", name, "tcp:127.0.0.1:6653")
            # While the controller boots, keep trying; left alone, the pauses grow to several seconds.
            region.switch.configure("set", "controller", name, "max_backoff=1000")


def _set_up_router(region: Region) -> None:
    words = [*port("pe", PROBES, _PROBES), "type=internal"]
    for number, each in enumerate(region.ports, _FIRST_CORE):
        words += port("pe", each.name, number)
    region.switch.configure(*words[1:])
    # Open vSwitch makes the one socket that it sends by when it first sends; only then its buffer can be enlarged.
    if region.ports:
        output = f"in_port=controller,packet={bytes(_SHORTEST_FRAME).hex()},actions=output:{region.ports[0].name}"
        region.switch.openflow("packet-out", "pe", output)
    region.switch.enlarge_buffers()
    ip(region.namespace, f"link set {PROBES} up")
    ip(region.namespace, f"link add name {SHAPER} type ifb")
    ip(region.namespace, f"link set {SHAPER} up")
    for each in region.ports:
        run_in(region.namespace, "tc", "qdisc", "add", "dev", each.name, "clsact")
        run_in(region.namespace, "tc", *redirect(each.name, SHAPER, _AFTER_FAULTS).split())
