"""Make a PE router hold one state in place of another, touching only what differs.

Every step may be done twice: one that was interrupted is finished by doing all of it again.
"""

from collections.abc import Iterable, Iterator

from lab.backbone.namespaces import (
    End,
    add_namespace,
    bring_up,
    delete_namespace,
    exists,
    ip,
    join,
    leave_no_checksums,
    run_in,
    set_up,
)
from lab.backbone.openvswitch import port
from lab.backbone.router import shaping
from lab.backbone.router.forwarding import Forwarding, Meter
from lab.backbone.router.pipeline import LOOKUP
from lab.backbone.router.routing import UPLINK_MAC, Interface, Table
from lab.backbone.topology import Region
from lab.commands import run

ROUTER_BRIDGE = "pe"
_FORWARD = (
    "net.ipv4.ip_forward=1",
    "net.ipv4.conf.all.rp_filter=0",
    "net.ipv4.conf.default.rp_filter=0",
    "net.ipv4.conf.all.accept_local=1",
    "net.ipv6.conf.all.forwarding=1",
    "net.ipv6.conf.default.accept_dad=0",
    "net.ipv6.conf.default.addr_gen_mode=1",
)
"""Ways there and back may differ; regions share the addresses of gateways, so that one may come from elsewhere and is taken."""


def namespace_of(region: Region, vrf: str) -> str:
    """The network namespace that holds a VRF's routing table."""
    return f"{region.namespace}.{vrf}"


def change_forwarding(region: Region, held: Forwarding, wanted: Forwarding) -> None:
    """Raises LabError when a part cannot be made; then what is held is between the two."""
    held_tables, wanted_tables = ({table.vrf: table for table in state.tables} for state in (held, wanted))
    for vrf, table in wanted_tables.items():
        _grow_table(region, held_tables.get(vrf), table)
    _change_meters(region, held.meters, wanted.meters)
    _change_queues(region, held, wanted)
    if modifications := list(_modifications(held, wanted)):
        region.switch.bundle(ROUTER_BRIDGE, modifications)
    for number in {meter.number for meter in held.meters} - {meter.number for meter in wanted.meters}:
        region.switch.openflow("del-meter", ROUTER_BRIDGE, f"meter={number}")
    for vrf, table in held_tables.items():
        _shrink_table(region, table, wanted_tables.get(vrf))


def flow_changes(held: Iterable[str], wanted: Iterable[str]) -> Iterator[str]:
    """The modifications that turn one set of rules into another; a rule that changed is replaced in place."""
    before, after = ({rule.partition(",actions=")[0]: rule for rule in rules} for rules in (held, wanted))
    for match, rule in sorted(after.items()):
        if before.get(match) != rule:
            yield f"flow add {rule}"
    yield from (f"flow delete_strict {match}" for match in sorted(before.keys() - after.keys()))


def _modifications(held: Forwarding, wanted: Forwarding) -> Iterator[str]:
    yield from flow_changes(held.flows, wanted.flows)
    for place in sorted(held.places - wanted.places):
        yield f"flow delete table={LOOKUP},cookie={place:#x}/-1"


def _change_meters(region: Region, held: Iterable[Meter], wanted: Iterable[Meter]) -> None:
    before = {meter.number: meter for meter in held}
    for meter in wanted:
        if before.get(meter.number) == meter:
            continue
        words = f"meter={meter.number},kbps,burst,band=type=drop,rate={meter.rate},burst_size={meter.burst}"
        if meter.number in before:
            region.switch.openflow("mod-meter", ROUTER_BRIDGE, words)
        else:
            region.switch.openflow("del-meter", ROUTER_BRIDGE, f"meter={meter.number}")
            region.switch.openflow("add-meter", ROUTER_BRIDGE, words)


def _change_queues(region: Region, held: Forwarding, wanted: Forwarding) -> None:
    before, after = ({queue.number: queue for queue in state.queues} for state in (held, wanted))
    lines: list[str] = []
    for number, queue in sorted(after.items()):
        if number not in before:
            # A filter that is left of an interrupted change would be there twice.
            control_traffic(region, shaping.take_away(queue), strict=False)
            lines += shaping.make(queue)
        elif before[number] != queue:
            lines += shaping.change(queue)
    control_traffic(region, lines)
    gone = [queue for number, queue in sorted(before.items()) if number not in after]
    control_traffic(region, (line for queue in gone for line in shaping.take_away(queue)), strict=False)


def control_traffic(region: Region, lines: Iterable[str], *, strict: bool = True) -> None:
    """Carry out commands of tc. When not `strict`, one that fails leaves the others to be done."""
    text = "".join(f"{line}\n" for line in lines)
    if text:
        file = region.switch.folder / "queues.tc"
        file.write_text(text)
        if strict:
            run_in(region.namespace, "tc", "-batch", file)
        else:
            run_in(region.namespace, "sh", "-c", f"tc -force -batch {file} || true")


def _grow_table(region: Region, held: Table | None, wanted: Table) -> None:
    name = namespace_of(region, wanted.vrf)
    if held is None:
        (set_up if exists(name) else add_namespace)(name, *_FORWARD)
        _plug(region, name, wanted.uplink, UPLINK_MAC, 9000)
        ip(name, f"link set {wanted.uplink} arp off")
    for interface in set(wanted.interfaces) - set(held.interfaces if held else ()):
        door = interface.door
        _plug(region, name, door.device, door.mac, interface.mtu)
        ip(region.namespace, f"link set {door.device} mtu {interface.mtu}")
        ip(name, f"link set {door.device} mtu {interface.mtu}")
        for address in door.addresses:
            ip(name, f"address replace {address} dev {door.device}")
    for prefix in set(wanted.prefixes) - set(held.prefixes if held else ()):
        ip(name, f"route replace {prefix} dev {wanted.uplink}")


def _shrink_table(region: Region, held: Table, wanted: Table | None) -> None:
    name = namespace_of(region, held.vrf)
    kept = {interface.door.device: interface for interface in wanted.interfaces} if wanted else {}
    for interface in held.interfaces:
        if interface.door.device not in kept:
            _unplug(region, interface.door.device)
        else:
            _drop_addresses(name, interface, kept[interface.door.device])
    if wanted is None:
        _unplug(region, held.uplink)
        if exists(name):
            delete_namespace(name)
        return
    for prefix in set(held.prefixes) - set(wanted.prefixes):
        run("ip", "-n", name, "route", "flush", "exact", prefix, "dev", wanted.uplink)


def _drop_addresses(name: str, held: Interface, wanted: Interface) -> None:
    for address in set(held.door.addresses) - set(wanted.door.addresses):
        ip(name, f"address delete {address} dev {held.door.device}")


def _plug(region: Region, name: str, device: str, mac: str, mtu: int) -> None:
    """A pair of devices of the same name in a VRF's namespace and in the region, the latter a port of the router's bridge."""
    near, far = End(region.namespace, device), End(name, device, mac)
    if _has(region.namespace, device):
        bring_up(near, far)
    else:
        join(near, far, mtu)
    leave_no_checksums(name, device)
    region.switch.add_ports("--may-exist", *port(ROUTER_BRIDGE, device)[1:])


def _unplug(region: Region, device: str) -> None:
    region.switch.configure("--if-exists", "del-port", ROUTER_BRIDGE, device)
    if _has(region.namespace, device):
        ip(region.namespace, f"link delete {device}")


def _has(namespace: str, device: str) -> bool:
    """Whether a device is there: `ip link show` names all, one a line."""
    listed = run("ip", "-n", namespace, "-brief", "link", "show")
    return any(line.partition(" ")[0].partition("@")[0] == device for line in listed.splitlines())
