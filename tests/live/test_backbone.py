"""What the PE routers of lab.backbone do to true packets (make live-backbone).

They are configured over NETCONF with what vtnmd renders for examples/global-shop. Waiting is bounded, never asserted.
"""

import os
import re
import subprocess
import time
from collections.abc import Iterator
from functools import partial
from operator import not_
from pathlib import Path

import pytest
from lxml import etree

from lab.backbone.namespaces import ip
from lab.backbone.router.configuration import read_configuration
from lab.backbone.router.forwarding import forwarding_of
from lab.backbone.router.routing import UPLINK_MAC
from tests.support.backbone import (
    Lab,
    comes_to_reach,
    controlled,
    echoes,
    lab_in,
    listening,
    reaches,
    remains,
    tcp_rate,
    tried,
    udp_rate,
)
from tests.support.waiting import until
from vtnmd.netconf.xmltree import BASE

FOLDER = os.environ.get("VTNMD_LIVE_BACKBONE", "")
PE = "urn:vtnmd:yang:vtnmd-pe"
RENDERED = Path(__file__).parents[1] / "golden/services/global-shop/expected/files"
REGIONS = ("east", "west")
WEB_EAST, WEB_WEST, DB_EAST, DB_WEST = "10.1.0.10", "10.1.0.110", "10.1.10.10", "10.1.20.10"
HOSTS = {
    "web-east": ("east", "101", WEB_EAST, "10.1.0.1"),
    "web-west": ("west", "101", WEB_WEST, "10.1.0.1"),
    "db-east": ("east", "100", DB_EAST, "10.1.10.1"),
    "db-west": ("west", "100", DB_WEST, "10.1.20.1"),
    # Another tenant with the same addresses, on VLANs of its own.
    "other-east": ("east", "201", WEB_EAST, ""),
    "other-west": ("west", "201", WEB_WEST, ""),
}

LEAST = {"udp": 0.95, "tcp": 0.75}
"""The share of a rate that must arrive, by protocol."""

pytestmark = pytest.mark.live_backbone


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """The backbone with tenant hosts and no configuration."""
    found = lab_in(Path(FOLDER), Path(os.environ["VTNMD_LIVE_INVENTORY"]))
    for name, (region, vlan, address, gateway) in HOSTS.items():
        found.control("plug", region, name, vlan, f"{address}/24", *([f"gateway={gateway}"] if gateway else []))
    yield found
    for name in HOSTS:
        found.control("unplug", name)


@pytest.fixture
def shop(lab: Lab) -> Iterator[Lab]:
    """The backbone with global-shop on its routers, all ways known to work and the primary ones in use."""
    for region in REGIONS:
        lab.edit(region, rendered(region))
    until_settled(lab)
    comes_to_reach("web-east", WEB_WEST)
    comes_to_reach("db-east", DB_WEST)
    yield lab
    for region in REGIONS:
        lab.clear(region)
    until_empty(lab)


def rendered(region: str) -> etree._Element:
    return etree.parse(RENDERED / region / "netconf/pe-001.xml").getroot()


def until_settled(lab: Lab, *regions: str) -> None:
    """Wait until all ways of routers are known to work and the primary ones are in use; of both where none is named."""
    for region in regions or REGIONS:
        until(f"the ways of {region} are settled", partial(standing, lab, region), lambda found: found == ({"up"}, {"primary"}))


def standing(lab: Lab, region: str) -> tuple[set[str], set[str]]:
    """How the ways of a router fare, and which are in use."""
    return lab.liveness(region), set(lab.active(region).values())


def until_empty(lab: Lab) -> None:
    """Wait until the routers hold no more than without any configuration."""
    for region in REGIONS:
        until(f"nothing remains in {region}", partial(remains, lab, region), not_)


def ways(lab: Lab, region: str) -> list[int]:
    """How many ways each path of a router has."""
    return [len(found["ways"]) for found in lab.state(region)["paths"]]


def rated(vlan: int, rate: int) -> etree._Element:
    """A change of the rates, in kbit/s, of one attachment circuit and of nothing else."""
    name = {100: "acme_shop.db-east", 101: "acme_shop.web"}[vlan]
    rates = f"<policer><rate>{rate}</rate><burst>{rate // 10}</burst></policer>"
    rates += f"<shaper><committed>{rate // 2}</committed><peak>{rate}</peak></shaper>"
    circuit = f"<attachment-circuit><name>{name}</name>{rates}</attachment-circuit>"
    return etree.fromstring(f'<config xmlns="{BASE}"><pe xmlns="{PE}">{circuit}</pe></config>')


def test_hosts_reach_each_other_by_what_is_configured_and_by_nothing_else(lab: Lab) -> None:
    assert not reaches("web-east", WEB_WEST)
    for region in REGIONS:
        lab.edit(region, rendered(region))
    comes_to_reach("web-east", WEB_WEST)
    unreached = [
        (source, target)
        for source, target in (
            ("web-east", WEB_WEST),
            ("web-west", WEB_EAST),
            ("db-east", DB_WEST),
            ("db-west", DB_EAST),
            ("db-east", WEB_WEST),
            ("db-west", WEB_EAST),
            ("web-east", DB_WEST),
            ("web-west", DB_EAST),
            ("web-east", "10.1.0.1"),
            ("web-west", "10.1.0.1"),
        )
        if not reaches(source, target)
    ]
    assert unreached == []
    assert not reaches("other-east", WEB_WEST)
    for region in REGIONS:
        lab.clear(region)
    until_empty(lab)
    assert not reaches("web-east", WEB_WEST)


def test_frames_carry_the_labels_of_the_way_over_the_service_label(shop: Lab) -> None:
    stacks = {
        # Into the backbone: the adjacency label of p2 towards pe-west, then the pseudowire's or the VRF's label.
        "p2-pe-east": (("web-east", WEB_WEST, [16012, 100000]), ("db-east", DB_WEST, [16012, 100003])),
        # Out of it: the service label alone.
        "p2-pe-west": (("web-east", WEB_WEST, [100000]), ("db-east", DB_WEST, [100003])),
    }
    for device, cases in stacks.items():
        for source, target, labels in cases:
            seen = captured(device, source, target)
            assert "ethertype MPLS unicast (0x8847)" in seen
            assert labels in label_stacks(seen), seen


def captured(device: str, source: str, target: str) -> str:
    """What tcpdump shows of a device of the backbone while one host asks another."""
    words = ["ip", "netns", "exec", "backbone", "tcpdump", "--immediate-mode", "-l", "-n", "-e", "-i", device]
    with subprocess.Popen([*words, "mpls"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as dump:
        assert dump.stderr is not None
        while "listening on" not in dump.stderr.readline():
            pass
        reaches(source, target)
        time.sleep(0.5)
        dump.terminate()
        return dump.communicate()[0]


def label_stacks(seen: str) -> list[list[int]]:
    return [[int(label) for label in re.findall(r"\(label (\d+),", line)] for line in seen.splitlines()]


def test_a_host_is_found_again_after_it_moved_to_another_region(shop: Lab) -> None:
    mac = "mac=02:00:00:00:00:77"
    shop.control("plug", "east", "mover", "101", "10.1.0.77/24", "gateway=10.1.0.1", mac)
    assert reaches("mover", WEB_WEST)
    assert reaches("db-east", "10.1.0.77")
    shop.control("unplug", "mover")
    shop.control("plug", "west", "mover", "101", "10.1.0.77/24", "gateway=10.1.0.1", mac)
    try:
        assert reaches("mover", WEB_EAST)
        assert reaches("db-east", "10.1.0.77")
        assert reaches("web-west", "10.1.0.77")
    finally:
        shop.control("unplug", "mover")


@pytest.mark.parametrize(
    ("source", "receiver", "target", "vlan"), [("web-east", "web-west", WEB_WEST, 101), ("db-east", "db-west", DB_WEST, 100)]
)
def test_rates_are_what_is_configured_and_change_while_traffic_flows(
    shop: Lab, source: str, receiver: str, target: str, vlan: int
) -> None:
    found: dict[tuple[int, str], list[float]] = {}
    with listening(receiver):
        # 400 Mbit/s of packets of this size are more than two processors switch: the scenarios try that with larger ones.
        for rate in (50, 200):
            shop.edit("east", rated(vlan, rate * 1000))
            until(f"{rate} Mbit/s are in force", lambda: holds_rate("east", rate * 1000))  # noqa: B023 - called here
            found[rate, "udp"] = tried(lambda: udp_rate(source, receiver, target, 1.1 * rate) / rate, LEAST["udp"])  # noqa: B023 - called here
            found[rate, "tcp"] = tried(lambda: tcp_rate(source, target) / rate, LEAST["tcp"])  # noqa: B023 - called here
    assert {key: shared for key, shared in found.items() if not (LEAST[key[1]] <= max(shared) <= 1.05)} == {}, found


def holds_rate(region: str, rate: int) -> bool:
    """Whether a shaper has a peak rate: as many IP packets of 1450 octets, in kbit/s, as fit with their Ethernet header."""
    return any(f" ceil {round(rate * 1464 / 1450)}Kbit " in line for line in controlled(region, "class"))


def test_fifty_changes_of_a_rate_lose_nothing(shop: Lab) -> None:
    with echoes("web-east", WEB_WEST) as web, echoes("db-east", DB_WEST) as database:
        shop.edit("east", *(rated(101, 100_000 + 1000 * turn) for turn in range(50)))
        until("the last change is in force", lambda: holds_rate("east", 149_000))
    assert (web.lost, database.lost) == (0, 0)


@pytest.mark.parametrize("state", ["down", "silent"])
@pytest.mark.parametrize("link", [("p2", "pe-east"), ("p2", "pe-west")])
def test_traffic_goes_on_by_the_backup_way_and_comes_back_without_loss(shop: Lab, link: tuple[str, str], state: str) -> None:
    try:
        with echoes("web-east", WEB_WEST) as failing:
            shop.control("link", *link, state)
            for region in REGIONS:
                until(f"{region} uses backup ways", partial(standing, shop, region), lambda found: found[1] == {"backup"})
        assert reaches("web-east", WEB_WEST)
        assert reaches("db-east", DB_WEST)
    finally:
        shop.control("link", *link, "up")
    with echoes("web-east", WEB_WEST) as returning:
        until_settled(shop)
    print(state, link, failing)  # shown by pytest where something is wrong
    assert failing.received > 0
    assert returning.lost == 0


def test_a_backup_way_is_taken_away_and_given_back_without_loss(shop: Lab) -> None:
    way = "<primary><hop>p2</hop><hop>pe-west</hop><label>16012</label></primary>"
    path = f"<name>west.fast-reroute</name><peer>pe-west</peer><protection>none</protection>{way}"
    replaced = f'<label-switched-path xmlns:nc="{BASE}" nc:operation="replace">{path}</label-switched-path>'
    with echoes("web-east", WEB_WEST) as web, echoes("db-east", DB_WEST) as database:
        shop.edit("east", etree.fromstring(f'<config xmlns="{BASE}"><pe xmlns="{PE}">{replaced}</pe></config>'))
        until("one way is left", partial(ways, shop, "east"), lambda found: found == [1])
        shop.edit("east", rendered("east"))
        until("there are two ways", partial(ways, shop, "east"), lambda found: found == [2])
        until_settled(shop, "east")
    assert (web.lost, database.lost) == (0, 0)


def test_forwarding_goes_on_while_the_netconf_server_or_the_agent_is_away(shop: Lab) -> None:
    with echoes("web-east", WEB_WEST) as web, echoes("db-east", DB_WEST) as database:
        shop.control("netconfd", "east", "down")
        until("the agent has lost the server", lambda: shop.state("east")["netconf"]["state"] != "connected")
        shop.control("netconfd", "east", "up")
        until("the agent has the server again", lambda: shop.state("east")["netconf"]["state"] == "connected")
        shop.control("agent", "east", "down")
        before = shop.state("east")["written"]
        shop.control("agent", "east", "up")
        until("the agent is at work again", lambda: shop.state("east")["written"] > before)
        until_settled(shop, "east")
    assert (web.lost, database.lost) == (0, 0)


def test_what_an_agent_had_begun_when_it_was_killed_is_finished(lab: Lab) -> None:
    """As far as it came with a VRF: a namespace without its settings, and a pair of devices that are down."""
    lab.control("agent", "west", "down")
    customer = lab.backbone.site("west").customer_port
    (table,) = forwarding_of(read_configuration(rendered("west")), customer).tables
    namespace = f"west.{table.vrf}"
    ip("", f"netns add {namespace}")
    ip("west", f"link add name {table.uplink} mtu 9000 type veth peer name {table.uplink} address {UPLINK_MAC} netns {namespace}")
    for region in REGIONS:
        lab.edit(region, rendered(region))
    lab.control("agent", "west", "up")
    comes_to_reach("db-east", DB_WEST)
    comes_to_reach("web-east", DB_WEST)
    for region in REGIONS:
        lab.clear(region)
    until_empty(lab)


def test_what_was_committed_while_the_agent_was_away_comes_into_force(lab: Lab) -> None:
    lab.control("agent", "west", "down")
    for region in REGIONS:
        lab.edit(region, rendered(region))
    lab.control("agent", "west", "up")
    comes_to_reach("web-east", WEB_WEST)
    lab.control("agent", "west", "down")
    for region in REGIONS:
        lab.clear(region)
    lab.control("agent", "west", "up")
    until_empty(lab)
