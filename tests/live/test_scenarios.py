"""What vtnmd promises, on real systems: VTN Managers, PE routers with MPLS, OpenStack (make test-live).

Each scenario asserts on packets between hosts of the two regions.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from operator import not_
from pathlib import Path

import pytest
import yaml
from lxml import etree

from lab.room.room import Room, found, killed
from lab.servers.ports import host_name
from tests.support.backbone import Lab, comes_to_reach, echoes, lab_in, listening, reaches, tcp_rate, tried, udp_rate
from tests.support.program import Vtnmd
from tests.support.room import Site, asked, labels_seen, left, serving, started
from tests.support.waiting import until
from vtnmd.netconf.xmltree import BASE

SHOP = Path(__file__).parents[2] / "examples/global-shop/service.yaml"
STRETCH = Path(__file__).with_name("services") / "stretch.yaml"
WEB_EAST, WEB_WEST, DB_EAST, DB_WEST = "10.1.0.10", "10.1.0.110", "10.1.10.2", "10.1.20.2"
"""The first servers of the shop."""
DB, WEB, LAN = 100, 101, 100
"""The VLANs that the segments of a first service draw."""
FAR, MTU = "10.9.0.190", 4000
"""The host of west on the stretched segment, and the largest packet there: of smaller ones two processors forward no 400 Mbit/s."""
ALL_APPLIED = re.compile(r"\b(\d+) of \1 changes applied")

pytestmark = pytest.mark.live_room

Plug = Callable[..., str]


@pytest.fixture(scope="module")
def room() -> Room:
    standing = found()
    assert standing is not None
    return standing


@pytest.fixture(scope="module")
def lab(room: Room) -> Lab:
    return lab_in(room.folder / "backbone", room.folder / "inventory.yaml")


@pytest.fixture
def site(room: Room, vtnmd: Vtnmd, tmp_path: Path) -> Iterator[Site]:
    """vtnmd with an empty state; in the end none of its services is left."""
    made = Site(tmp_path, vtnmd)
    made.vtnmd.said("inventory", "load", room.folder / "inventory.yaml")
    yield made
    for service in vtnmd("services", "--json").records("service"):
        vtnmd.said("destroy", service["name"], "--yes")


@pytest.fixture
def plug(lab: Lab) -> Iterator[Plug]:
    """A function that plugs a host: region, VLAN, address, options; gives its namespace."""
    with ExitStack() as plugged:

        def plugging(region: str, vlan: int, ip: str, *options: str) -> str:
            name = host_name(region, vlan, ip)
            lab.control("plug", region, name, str(vlan), f"{ip}/24", *options)
            plugged.callback(lab.control, "unplug", name)
            return name

        yield plugging


@pytest.fixture
def east(site: Site, plug: Plug) -> str:
    """A host of east on a stretched segment, which reaches `FAR`; the other end of it is in west."""
    host = plug("east", LAN, "10.9.0.90", f"mtu={MTU}")
    plug("west", LAN, FAR, f"mtu={MTU}")
    assert not reaches(host, FAR)
    site.vtnmd.said("apply", STRETCH, "--yes")
    comes_to_reach(host, FAR)
    return host


def server(region: str, vlan: int, ip: str) -> str:
    """The namespace of a server of OpenStack, once it is there."""
    name = host_name(region, vlan, ip)
    until(f"server {ip} of {region} has a network stack", lambda: Path("/run/netns", name).exists())
    return name


def rate(site: Site, megabits: int) -> None:
    """Change the one number of the stretched segment's bandwidth."""
    inputs = site.folder / "inputs.yaml"
    inputs.write_text(f"bandwidth: {megabits} Mbps\n", encoding="utf-8")
    assert "2 of 2 changes applied" in site.vtnmd.said("apply", STRETCH, "-i", inputs, "--yes")


def test_a_shop_over_two_regions_comes_and_goes(room: Room, lab: Lab, site: Site, plug: Plug) -> None:
    assert left(room, lab) == {}
    ours, theirs = plug("east", WEB, "10.1.0.90"), plug("east", WEB + 2, "10.1.0.91")
    plug("west", WEB, "10.1.0.190")
    assert not reaches(ours, "10.1.0.190")

    assert "32 of 32 changes applied" in site.vtnmd.said("apply", SHOP, "--yes")
    comes_to_reach(ours, "10.1.0.190")
    web, database = server("east", WEB, WEB_EAST), server("east", DB, DB_EAST)
    server("west", WEB, WEB_WEST)
    far_database = server("west", DB, DB_WEST)
    pairs = ((web, WEB_WEST), (database, DB_WEST), (web, DB_WEST), (far_database, WEB_EAST), (database, WEB_WEST))
    for pair in pairs:
        comes_to_reach(*pair)
    assert "failed" not in site.vtnmd.said("probe", "global-shop")
    # The pseudowire's label is the first of the pool, below the label by which p2 leads on.
    assert (16012, 100000) in labels_seen("p2-pe-east", lambda: reaches(web, WEB_WEST))

    # Another tenant has the same addresses, and never meets the first.
    other = site.folder / "theirs.yaml"
    other.write_text(SHOP.read_text(encoding="utf-8").replace("acme", "zenith"), encoding="utf-8")
    # The paths between the regions serve both.
    assert "30 of 30 changes applied" in site.vtnmd.said("apply", other, "--name", "zenith-shop", "--yes")
    server("west", WEB + 2, WEB_WEST)
    comes_to_reach(theirs, WEB_WEST)
    assert not reaches(theirs, "10.1.0.190")
    assert not reaches(ours, "10.1.0.91")

    site.vtnmd.said("destroy", "zenith-shop", "--yes")
    assert not reaches(theirs, WEB_WEST)
    assert reaches(ours, "10.1.0.190")
    site.vtnmd.said("destroy", "global-shop", "--yes")
    assert not reaches(ours, "10.1.0.190")
    until("nothing is left", lambda: left(room, lab), not_)


def test_bandwidth_is_the_number_that_is_written(site: Site, east: str) -> None:
    measured: dict[int, tuple[list[float], list[float]]] = {}
    west = host_name("west", LAN, FAR)
    with echoes(east, FAR, 0.1) as pings, listening(west):
        for megabits in (200, 50, 400):
            if megabits != 200:
                rate(site, megabits)
            udp = tried(partial(udp_rate, east, west, FAR, megabits * 1.1, MTU - 28), 0.95 * megabits)
            measured[megabits] = udp, tried(partial(tcp_rate, east, FAR), 0.75 * megabits)
    for megabits, (udp, tcp) in measured.items():
        assert 0.95 * megabits <= max(udp) <= 1.05 * megabits, measured
        assert 0.75 * megabits <= max(tcp) <= 1.05 * megabits, measured
    # They share the queue with what fills it, so that some are lost; had the connection been, hardly any would have come back.
    assert pings.received > 0.5 * pings.sent


def test_traffic_moves_to_the_backup_way_and_an_alarm_tells(lab: Lab, site: Site, east: str) -> None:
    def active() -> set[str]:
        return {way for region in ("east", "west") for way in lab.active(region).values()}

    until("the primary way is in use", lambda: active() == {"primary"})
    with serving(site, "--probe-every", "2") as log:
        try:
            with echoes(east, FAR) as pings:
                lab.control("link", "p2", "pe-west", "down")
                until("the backup way is in use", lambda: active() == {"backup"})
            # What is lost tells how long nothing came through; `bench.live.traffic` measures it.
            assert pings.lost < 0.5 * pings.sent
            assert reaches(east, FAR)
            said = site.vtnmd.said("probe", "stretch")
            assert "degraded" in said
            assert "pe-east → p1 → p3 → pe-west" in said
            until("an alarm is raised", lambda: "degraded" in log.read_text(encoding="utf-8"))
        finally:
            lab.control("link", "p2", "pe-west", "up")
        until("the primary way is in use again", lambda: active() == {"primary"})
        until("the alarm is cleared", lambda: log.read_text(encoding="utf-8").rstrip().endswith("carries as it should again"))
    assert "passed" in site.vtnmd.said("status", "stretch")


@contextmanager
def slowed(room: Room, region: str) -> Iterator[Path]:
    """The inventory of the room, but that the VTN Manager of a region is asked once a second only."""
    inventory = yaml.safe_load((room.folder / "inventory.yaml").read_text(encoding="utf-8"))
    (slow,) = (each for each in inventory["inventory"]["region"] if each["name"] == region)
    (controller,) = (each for each in slow["endpoint"] if "odl" in each)
    controller["rate"] = 1
    # Its paths are relative.
    file = room.folder / "slowed.yaml"
    file.write_text(yaml.safe_dump(inventory), encoding="utf-8")
    try:
        yield file
    finally:
        file.unlink()


def test_a_region_that_fails_amid_an_apply_holds_its_own_work_only(room: Room, lab: Lab, site: Site) -> None:
    with slowed(room, "west") as inventory:
        site.vtnmd.said("inventory", "load", inventory)
    log = site.folder / "apply.log"
    applying = site.begin("apply", SHOP, "--yes", log=log)
    try:
        until("west has begun", lambda: "west  applied  west/odl" in log.read_text(encoding="utf-8"))
        killed(room, "odl-west")
        lab.control("netconfd", "west", "down")
        lab.control("agent", "west", "down")
        assert applying.wait(600) == 3, log.read_text(encoding="utf-8")
        status = site.vtnmd.said("status", "global-shop")
        assert not re.search(r"^.*east/.*waiting", status, re.MULTILINE), status
        comes_to_reach(server("east", WEB, WEB_EAST), "10.1.10.2")
        assert "west/odl" in site.vtnmd.said("region", "queue", "west")
    finally:
        lab.control("netconfd", "west", "up")
        lab.control("agent", "west", "up")
        started("odl-west")
    with serving(site) as served:
        until("all that waited is applied", lambda: bool(ALL_APPLIED.search(served.read_text(encoding="utf-8"))))
    assert "west/" not in site.vtnmd.said("region", "queue", "west")
    comes_to_reach(server("east", WEB, WEB_EAST), WEB_WEST)
    comes_to_reach(server("east", DB, DB_EAST), DB_WEST)


def test_what_was_changed_by_hand_is_found_and_put_right(room: Room, lab: Lab, site: Site, east: str) -> None:
    filters = {"input": {"tenant-name": "acme_office", "bridge-name": "lan", "indices": [1]}}
    asked(room, "east", "POST", "operations/vtn-flow-filter:remove-flow-filter", filters)
    circuit = "<attachment-circuit><name>acme_office.lan</name><policer><rate>1000</rate></policer></attachment-circuit>"
    lab.edit("east", etree.fromstring(f'<config xmlns="{BASE}"><pe xmlns="urn:vtnmd:yang:vtnmd-pe">{circuit}</pe></config>'))
    said = site.vtnmd.said("check", "stretch", expect=1)
    assert re.search(r"missing +odl/flow-filter", said), said
    assert re.search(r"drifted +pe/attachment", said), said
    site.vtnmd.said("apply", STRETCH, "--repair", "--yes")
    site.vtnmd.said("check", "stretch")
    comes_to_reach(east, FAR)


def test_fifty_changes_in_a_row_lose_no_packet(site: Site, east: str) -> None:
    with echoes(east, FAR) as pings:
        for turn in range(50):
            rate(site, 100 + turn)
    assert pings.lost == 0
