"""What vtnmd promises, on real systems: VTN Managers, PE routers with MPLS, OpenStack (make test-live).

Each scenario asserts on packets between hosts of the two regions.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from lab.room.layout import REGIONS
from lab.room.room import Room, found
from lab.room.switch import killed_unit, started_unit
from lab.servers.ports import host_name
from tests.support.backbone import Lab, echoes, lab_in, listening, reaches, throughput
from tests.support.room import Held, Site, held, labels_seen, serving, until

ROOT = Path(__file__).resolve().parents[2]
SHOP = ROOT / "examples/global-shop/service.yaml"
STRETCH = Path(__file__).with_name("services") / "stretch.yaml"
WEB_EAST, WEB_WEST, DB_EAST, DB_WEST = "10.1.0.10", "10.1.0.110", "10.1.10.2", "10.1.20.2"
"""The first servers of the shop."""
DB, WEB, LAN = 100, 101, 100
"""The VLANs that the segments of a first service draw."""

ROOM = found()
pytestmark = [pytest.mark.live_room, pytest.mark.skipif(ROOM is None or ROOM.enter != (), reason="needs the real lab: make test-live")]

Plug = Callable[[str, int, str], str]


@pytest.fixture(scope="module")
def room() -> Room:
    assert ROOM is not None
    return ROOM


@pytest.fixture(scope="module")
def lab(room: Room) -> Lab:
    return lab_in(room.folder / "backbone", room.folder / "inventory.yaml")


@pytest.fixture
def site(room: Room, tmp_path: Path) -> Iterator[Site]:
    """vtnmd with an empty state; in the end none of its services is left."""
    made = Site(tmp_path)
    made.vtnmd("inventory", "load", room.folder / "inventory.yaml")
    yield made
    for name in re.findall(r"^(?!SERVICE)([a-z]\S*) ", made.vtnmd("services"), re.MULTILINE):
        made.vtnmd("destroy", name, "--yes")


@pytest.fixture
def plug(lab: Lab) -> Iterator[Plug]:
    """A function that plugs a host: region, VLAN, address; gives its namespace."""
    with ExitStack() as plugged:

        def plugging(region: str, vlan: int, ip: str) -> str:
            name = host_name(region, vlan, ip)
            lab.control("plug", region, name, str(vlan), f"{ip}/24")
            plugged.callback(lab.control, "unplug", name)
            return name

        yield plugging


def server(region: str, vlan: int, ip: str) -> str:
    """The namespace of a server of OpenStack, once it is there."""
    name = host_name(region, vlan, ip)
    until(f"server {ip} of {region} has a network stack", lambda: Path("/run/netns", name).exists())
    return name


def test_a_shop_over_two_regions_comes_and_goes(room: Room, lab: Lab, site: Site, plug: Plug) -> None:
    before = held(room, lab)
    east, other = plug("east", WEB, "10.1.0.90"), plug("east", WEB + 2, "10.1.0.91")
    plug("west", WEB, "10.1.0.190")
    assert not reaches(east, "10.1.0.190")

    assert "32 of 32 changes applied" in site.vtnmd("apply", SHOP, "--yes")
    assert reaches(east, "10.1.0.190")
    web, database = server("east", WEB, WEB_EAST), server("east", DB, DB_EAST)
    server("west", WEB, WEB_WEST)
    far_database = server("west", DB, DB_WEST)
    for near, far in ((web, WEB_WEST), (database, DB_WEST), (web, DB_WEST), (far_database, WEB_EAST), (database, WEB_WEST)):
        assert reaches(near, far), (near, far)
    assert site.vtnmd("probe", "global-shop").count("passed") == 6
    # The pseudowire's label is the first of the pool, below that by which p2 leads on.
    assert (16012, 100000) in labels_seen("p2-pe-east", lambda: reaches(web, WEB_WEST))

    # Another tenant has the same addresses, and never meets the first.
    theirs = site.folder / "theirs.yaml"
    theirs.write_text(SHOP.read_text(encoding="utf-8").replace("acme", "zenith"), encoding="utf-8")
    assert "32 of 32" in site.vtnmd("apply", theirs, "--name", "zenith-shop", "--yes")
    assert reaches(server("east", WEB + 2, WEB_EAST), WEB_WEST)
    assert reaches(other, WEB_WEST)
    assert not reaches(other, "10.1.0.190")
    assert not reaches(east, "10.1.0.91")

    site.vtnmd("destroy", "zenith-shop", "--yes")
    assert not reaches(other, WEB_WEST)
    assert reaches(east, "10.1.0.190")
    site.vtnmd("destroy", "global-shop", "--yes")
    assert not reaches(east, "10.1.0.190")
    until("nothing remains", lambda: held(room, lab) == before)


def test_bandwidth_is_the_number_that_is_written(site: Site, plug: Plug) -> None:
    east, west = plug("east", LAN, "10.9.0.90"), plug("west", LAN, "10.9.0.190")
    site.vtnmd("apply", STRETCH, "--yes")
    assert reaches(east, "10.9.0.190")
    measured: dict[int, tuple[float, float]] = {}
    with echoes(east, "10.9.0.190", 0.1) as pings, listening(west):
        for rate in (200, 50, 400):
            inputs = site.folder / "inputs.yaml"
            inputs.write_text(f"bandwidth: {rate} Mbps\n", encoding="utf-8")
            if rate != 200:
                assert "2 of 2 changes applied" in site.vtnmd("apply", STRETCH, "-i", inputs, "--yes")
            udp = throughput(east, "10.9.0.190", "--udp", "--bitrate", f"{rate * 1.3:g}M", "--time", "5", "--omit", "1")
            measured[rate] = udp, throughput(east, "10.9.0.190", "--time", "8", "--omit", "2")
    for rate, (udp, tcp) in measured.items():
        assert 0.95 * rate <= udp <= 1.05 * rate, measured
        assert 0.75 * rate <= tcp <= 1.05 * rate, measured
    # Echo requests share the queue with what fills it, so single ones may be lost, but never the connection.
    assert pings.received > 0.5 * pings.sent


def test_traffic_moves_to_the_backup_way_and_an_alarm_tells(lab: Lab, site: Site, plug: Plug) -> None:
    east = plug("east", LAN, "10.9.0.90")
    plug("west", LAN, "10.9.0.190")
    site.vtnmd("apply", STRETCH, "--yes")
    assert reaches(east, "10.9.0.190")
    with serving(site) as log:
        try:
            with echoes(east, "10.9.0.190") as pings:
                lab.control("link", "p2", "pe-west", "down")
                until("the backup way is in use", lambda: set(lab.active("east").values()) == {"backup"})
            # The interruption, at one packet in 10 ms.
            assert pings.lost < 100
            assert "degraded" in (said := site.vtnmd("probe", "stretch"))
            assert "pe-east → p1 → p3 → pe-west" in said
            until("an alarm is raised", lambda: "backup" in log.read_text(encoding="utf-8"), 120)
        finally:
            lab.control("link", "p2", "pe-west", "up")
        until("the primary way is in use again", lambda: set(lab.active("east").values()) == {"primary"})
        until("the alarm is cleared", lambda: "cleared" in log.read_text(encoding="utf-8"), 120)


def test_a_region_without_controller_and_router_holds_its_own_work_only(room: Room, lab: Lab, site: Site) -> None:
    killed(room, "odl-west")
    try:
        lab.control("netconfd", "west", "down")
        site.vtnmd("apply", SHOP, "--yes", expect=3)
        assert re.search(r"^east +applied", site.vtnmd("status", "global-shop"), re.MULTILINE)
        assert "west/odl" in site.vtnmd("region", "queue", "west")
    finally:
        lab.control("netconfd", "west", "up")
        started(room, "odl-west")


def test_what_was_changed_by_hand_is_found_and_put_right(room: Room, lab: Lab, site: Site, plug: Plug) -> None:
    east = plug("east", LAN, "10.9.0.90")
    plug("west", LAN, "10.9.0.190")
    site.vtnmd("apply", STRETCH, "--yes")
    asked(room, "east", "vtn-flow-filter:remove-flow-filter", {"tenant-name": "acme_office", "bridge-name": "lan", "indices": [1]})
    lab.edit("east", rated(50_000))
    found = site.vtnmd("check", "stretch", expect=1)
    assert "flow-filter" in found
    assert "policer" in found
    site.vtnmd("apply", STRETCH, "--repair", "--yes")
    assert "no drift" in site.vtnmd("check", "stretch")
    assert reaches(east, "10.9.0.190")


def test_fifty_changes_in_a_row_lose_no_packet(site: Site, plug: Plug) -> None:
    east = plug("east", LAN, "10.9.0.90")
    plug("west", LAN, "10.9.0.190")
    site.vtnmd("apply", STRETCH, "--yes")
    assert reaches(east, "10.9.0.190")
    inputs = site.folder / "inputs.yaml"
    with echoes(east, "10.9.0.190") as pings:
        for turn in range(50):
            inputs.write_text(f"bandwidth: {100 + turn} Mbps\n", encoding="utf-8")
            assert "2 of 2 changes applied" in site.vtnmd("apply", STRETCH, "-i", inputs, "--yes")
    assert pings.lost == 0
