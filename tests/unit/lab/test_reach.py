"""A packet arrives when every hop is there, and not when any single one is missing or wrong."""

from copy import deepcopy
from typing import Any

import pytest

from vtnmd.domain.probe import Station
from vtnmd.lab.layout import CUSTOMER_PORT
from vtnmd.lab.paths import HeldRegion, World, read_links, read_regions
from vtnmd.lab.reach import Reached, reach

WEB_EAST = Station("east", 101, "10.1.0.10", 24, "10.1.0.1")
WEB_WEST = Station("west", 201, "10.1.0.110", 24, "10.1.0.1")
DB_EAST = Station("east", 100, "10.1.10.2", 24, "10.1.10.1")
DB_WEST = Station("west", 200, "10.1.20.2", 24, "10.1.20.1")

BACKBONE: dict[str, Any] = {
    "node": [
        {"name": "pe-east", "region": "east"},
        {"name": "pe-west", "region": "west"},
        {"name": "p1"},
        {"name": "p2"},
        {"name": "p3"},
    ],
    "link": [
        {"a": "pe-east", "b": "p2", "label-a": 16001, "label-b": 16002},
        {"a": "pe-west", "b": "p2", "label-a": 16003, "label-b": 16004},
        {"a": "pe-east", "b": "p1", "label-a": 16005, "label-b": 16006},
        {"a": "p1", "b": "p3", "label-a": 16007, "label-b": 16008},
        {"a": "pe-west", "b": "p3", "label-a": 16009, "label-b": 16010},
    ],
}


def _bridge(name: str, vlan: int) -> dict[str, Any]:
    return {"name": name, "vlan-map": [{"map-id": f"ANY.{vlan}", "vlan-map-config": {"vlan-id": vlan}}]}


def _router(peer: str, vlans: tuple[int, int], labels: tuple[int, int], gateway: str, remote: str) -> dict[str, Any]:
    """A PE with web (stretched) and db (local) in one VRF; VLANs of db and web; labels of this side and of the peer."""
    mine, theirs = labels
    transit = (16004, (16007, 16010)) if peer == "pe-west" else (16002, (16008, 16006))
    return {
        "label-switched-path": [
            {
                "name": "path",
                "peer": peer,
                "protection": "fast-reroute",
                "primary": {"hop": ["p2", peer], "label": [transit[0]]},
                "backup": {"hop": ["p1", "p3", peer] if peer == "pe-west" else ["p3", "p1", peer], "label": list(transit[1])},
            }
        ],
        "bridge-domain": [{"name": "web", "mtu": 1450}, {"name": "db", "mtu": 1450}],
        "attachment-circuit": [
            {"name": "db", "bridge-domain": "db", "interface": CUSTOMER_PORT, "vlan": vlans[0]},
            {"name": "web", "bridge-domain": "web", "interface": CUSTOMER_PORT, "vlan": vlans[1]},
        ],
        "pseudowire": [
            {"name": "web", "bridge-domain": "web", "label-switched-path": "path", "in-label": mine, "out-label": theirs}
        ],
        "vrf": [
            {
                "name": "core",
                "route-distinguisher": f"65000:{mine}",
                "import-target": ["65000:1"],
                "export-target": ["65000:1"],
                "label": mine + 10,
            }
        ],
        "gateway": [
            {"name": "db", "vrf": "core", "bridge-domain": "db", "address": gateway, "prefix-length": 24},
            {"name": "web", "vrf": "core", "bridge-domain": "web", "address": "10.1.0.1", "prefix-length": 24},
        ],
        "vpn-route": [{"vrf": "core", "prefix": remote, "label-switched-path": "path", "label": theirs + 10}],
    }


def _world() -> World:
    east = _router("pe-west", (100, 101), (100000, 100001), "10.1.10.1", "10.1.20.0/24")
    west = _router("pe-east", (200, 201), (100001, 100000), "10.1.20.1", "10.1.10.0/24")
    held = {
        "east": HeldRegion(
            "east", "pe-east", CUSTOMER_PORT, ({"name": "shop", "vbridge": [_bridge("web", 101), _bridge("db", 100)]},), east
        ),
        "west": HeldRegion(
            "west", "pe-west", CUSTOMER_PORT, ({"name": "shop", "vbridge": [_bridge("web", 201), _bridge("db", 200)]},), west
        ),
    }
    return World(held, read_links(BACKBONE), read_regions(BACKBONE), {})


ROUTED = [(DB_EAST, DB_WEST), (DB_EAST, WEB_WEST), (WEB_EAST, DB_WEST), (DB_WEST, WEB_EAST)]


@pytest.mark.parametrize(("source", "target"), [(WEB_EAST, WEB_WEST), (WEB_WEST, WEB_EAST), *ROUTED, (DB_EAST, WEB_EAST)])
def test_arrives_when_all_is_there(source: Station, target: Station) -> None:
    found = reach(_world(), source, target)
    assert found.passed, found.detail
    assert found.detail.startswith(source.ip)
    assert found.detail.endswith(target.ip)


def _without(region: str, path: str) -> Reached:
    """Reachability of all pairs once the entry at `path` (member:name) is taken from a region's router or VTN Manager."""
    world = _world()
    member, _, name = path.partition(":")
    held = world.held[region]
    if member == "vlan-map":
        next(bridge for bridge in held.vtns[0]["vbridge"] if bridge["name"] == name)["vlan-map"] = []
    else:
        key = "vrf" if member == "vpn-route" else "name"
        held.router[member] = [entry for entry in held.router[member] if entry[key] != name]
    stretched, routed = reach(world, WEB_EAST, WEB_WEST), reach(world, DB_EAST, DB_WEST)
    return routed if stretched.passed else stretched


@pytest.mark.parametrize("region", ["east", "west"])
@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ("vlan-map:web", "maps VLAN"),
        ("vlan-map:db", "maps VLAN"),
        ("attachment-circuit:web", "attachment circuit"),
        ("attachment-circuit:db", "attachment circuit"),
        ("bridge-domain:web", "bridge-domain"),
        ("bridge-domain:db", "bridge-domain"),
        ("pseudowire:web", "pseudowire"),
        ("label-switched-path:path", "label-switched-path"),
        ("vrf:core", "core|VRF"),
        ("gateway:db", "gateway|route"),
        ("vpn-route:core", "route"),
    ],
)
def test_fails_without_any_single_thing(region: str, entry: str, says: str) -> None:
    found = _without(region, entry)
    assert not found.passed
    assert any(word in found.detail for word in says.split("|")), found.detail


def _changed(region: str, member: str, index: int, **leaves: Any) -> World:
    world = _world()
    world.held[region].router[member][index] |= leaves
    return world


@pytest.mark.parametrize(
    ("member", "index", "leaves"),
    [
        ("pseudowire", 0, {"out-label": 100099}),
        ("pseudowire", 0, {"in-label": 100099}),
        ("attachment-circuit", 1, {"vlan": 400}),
        ("attachment-circuit", 1, {"interface": "ge-9/9/9"}),
        ("attachment-circuit", 1, {"bridge-domain": "db"}),
        ("bridge-domain", 0, {"mtu": 1500}),
        ("bridge-domain", 0, {"mtu": 1990}),
        ("label-switched-path", 0, {"peer": "p3"}),
        (
            "label-switched-path",
            0,
            {"primary": {"hop": ["p2", "pe-west"], "label": [17000]}, "backup": {"hop": ["p9", "pe-west"], "label": [1]}},
        ),
    ],
)
def test_stretch_breaks_where_a_leaf_is_wrong(member: str, index: int, leaves: dict[str, Any]) -> None:
    assert not reach(_changed("east", member, index, **leaves), WEB_EAST, WEB_WEST).passed


@pytest.mark.parametrize(
    ("member", "index", "leaves"),
    [
        ("gateway", 0, {"address": "10.1.10.254"}),
        ("gateway", 0, {"vrf": "other"}),
        ("vpn-route", 0, {"label": 100099}),
        ("vpn-route", 0, {"prefix": "10.99.0.0/16"}),
        ("vrf", 0, {"import-target": ["65000:2"]}),
        ("vrf", 0, {"label": 100099}),
    ],
)
def test_routing_breaks_where_a_leaf_is_wrong(member: str, index: int, leaves: dict[str, Any]) -> None:
    assert not reach(_changed("east", member, index, **leaves), DB_EAST, DB_WEST).passed


def test_the_answer_must_come_back() -> None:
    found = reach(_changed("west", "vpn-route", 0, label=100099), DB_EAST, DB_WEST)
    assert not found.passed
    assert "answer" in found.detail


def test_a_backup_takes_over() -> None:
    world = _world()
    broken = [link for link in BACKBONE["link"] if {link["a"], link["b"]} != {"pe-east", "p2"}]
    healed = World(world.held, read_links({**BACKBONE, "link": broken}), world.regions, {})
    assert reach(healed, WEB_EAST, WEB_WEST).passed


def test_an_unprotected_path_does_not() -> None:
    world = _world()
    del world.held["east"].router["label-switched-path"][0]["backup"]
    broken = [link for link in BACKBONE["link"] if {link["a"], link["b"]} != {"pe-east", "p2"}]
    assert not reach(World(world.held, read_links({**BACKBONE, "link": broken}), world.regions, {}), WEB_EAST, WEB_WEST).passed


def test_a_silent_region_is_named() -> None:
    world = _world()
    found = reach(World({"east": world.held["east"]}, world.links, world.regions, {"west": "refused"}), WEB_EAST, WEB_WEST)
    assert not found.passed
    assert "region west does not answer (refused)" in found.detail


def test_an_inactive_interface_carries_nothing() -> None:
    world = _world()
    web = world.held["east"].vtns[0]["vbridge"][0]
    web["vlan-map"] = []
    web["vinterface"] = [
        {"name": "if", "vinterface-config": {"enabled": True}, "port-map-config": {"node": "openflow:1", "vlan-id": 101}}
    ]
    assert reach(world, WEB_EAST, WEB_WEST).passed
    web["vinterface"][0]["vinterface-config"]["enabled"] = False
    assert not reach(world, WEB_EAST, WEB_WEST).passed


def _hub_and_spokes(*, split_horizon: bool) -> World:
    """East and west each with a pseudowire to a hub and none to each other."""
    world = deepcopy(_world())
    backbone = {
        "node": [*BACKBONE["node"], {"name": "pe-hub", "region": "hub"}],
        "link": [{"a": "pe-east", "b": "pe-hub"}, {"a": "pe-west", "b": "pe-hub"}],
    }
    wires, paths = [], []
    for position, (region, node) in enumerate((("east", "pe-east"), ("west", "pe-west"))):
        held = world.held[region].router
        held["label-switched-path"] = [{"name": "path", "peer": "pe-hub", "primary": {"hop": ["pe-hub"]}}]
        held["pseudowire"][0] |= {"in-label": 200000 + position, "out-label": 300000 + position}
        paths.append({"name": region, "peer": node, "primary": {"hop": [node]}})
        ends = {"in-label": 300000 + position, "out-label": 200000 + position}
        wires.append({"name": region, "bridge-domain": "web", "label-switched-path": region, **ends})
    router = {
        "label-switched-path": paths,
        "bridge-domain": [{"name": "web", "mtu": 1450, "split-horizon": split_horizon}],
        "pseudowire": wires,
    }
    held = {**world.held, "hub": HeldRegion("hub", "pe-hub", CUSTOMER_PORT, (), router)}
    return World(held, read_links(backbone), read_regions(backbone), {})


def test_split_horizon_keeps_a_hub_from_forwarding() -> None:
    assert not reach(_hub_and_spokes(split_horizon=True), WEB_EAST, WEB_WEST).passed
    assert reach(_hub_and_spokes(split_horizon=False), WEB_EAST, WEB_WEST).passed


DOWN = "2026-11-27 14:00:00 UTC"


def _cut(*links: tuple[str, str]) -> World:
    world = _world()
    return World(world.held, world.links, world.regions, world.silent, {frozenset(each): DOWN for each in links})


@pytest.mark.parametrize(("source", "target"), [(WEB_EAST, WEB_WEST), *ROUTED])
def test_a_path_whose_primary_way_is_down_rides_its_backup_way_and_is_degraded(source: Station, target: Station) -> None:
    found = reach(_cut(("p2", "pe-west")), source, target)
    assert found.passed
    assert found.detail == reach(_world(), source, target).detail
    assert set(found.degraded) == {
        f"pe-east → pe-west rides its backup way p1, p3: primary way of path: the link p2 – pe-west is down since {DOWN}",
        f"pe-west → pe-east rides its backup way p3, p1: primary way of path: the link pe-west – p2 is down since {DOWN}",
    }


def test_what_does_not_leave_its_region_is_not_degraded() -> None:
    assert reach(_cut(("p2", "pe-west")), DB_EAST, WEB_EAST) == reach(_world(), DB_EAST, WEB_EAST)


@pytest.mark.parametrize("links", [(), (("p1", "p3"),)])
def test_nothing_is_degraded_while_the_primary_way_carries(links: tuple[tuple[str, str], ...]) -> None:
    assert reach(_cut(*links), WEB_EAST, WEB_WEST).degraded == ()


def test_a_path_that_is_cut_on_both_ways_fails_and_says_so_of_each() -> None:
    found = reach(_cut(("pe-east", "p2"), ("p1", "p3")), WEB_EAST, WEB_WEST)
    assert not found.passed
    assert "the link pe-east – p2 is down" in found.detail
    assert "the link p1 – p3 is down" in found.detail
