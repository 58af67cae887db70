"""What the compiler makes of services, and what it refuses for want of inventory."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from tests.support.services import compiled, edited, inventory, shop
from vtnmd.compiler.backbone import ways
from vtnmd.compiler.check import check_intent
from vtnmd.compiler.pipeline import compile_service, unite
from vtnmd.domain.address import Address
from vtnmd.domain.allocations import EMPTY
from vtnmd.domain.diagnostics import Invalid
from vtnmd.domain.graph import Resource
from vtnmd.domain.inventory import ROOT, Inventory

STOCK = inventory()


def without(edit: Callable[[Any], Any]) -> Inventory:
    document = deepcopy(STOCK.document)
    edit(document[ROOT])
    return Inventory(document)


def east(content: Any) -> Any:
    return content["region"][0]


def endpoint(content: Any, kind: str) -> Any:
    return next(entry for entry in east(content)["endpoint"] if kind in entry)


def codes(stock: Inventory) -> list[str]:
    with pytest.raises(Invalid) as refused:
        compiled(shop(), stock)
    return [diagnostic.code for diagnostic in refused.value.diagnostics]


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (lambda content: east(content)["endpoint"].remove(endpoint(content, "odl")), {"VTN-I002"}),
        (lambda content: east(content)["endpoint"].remove(endpoint(content, "netconf")), {"VTN-I002"}),
        (lambda content: east(content)["endpoint"].remove(endpoint(content, "heat")), {"VTN-I002"}),
        (lambda content: east(content)["endpoint"].clear(), {"VTN-I002"}),
        (lambda content: east(content)["endpoint"].append({**endpoint(content, "odl"), "name": "second"}), {"VTN-I003"}),
        (lambda content: content["backbone"].pop("route-distinguisher"), {"VTN-I012"}),
        (lambda content: content["backbone"].pop("label-range"), {"VTN-I010"}),
        (lambda content: east(content).pop("vlan-range"), {"VTN-I010"}),
        (lambda content: content["backbone"]["label-range"].update(end=100000), {"VTN-I011"}),
        (lambda content: east(content)["vlan-range"].update(end=100), {"VTN-I011"}),
        (lambda content: content["backbone"]["node"][0].pop("region"), {"VTN-I020"}),
        (lambda content: content["backbone"].update(link=[]), {"VTN-I021"}),
        (lambda content: content["backbone"].update(link=content["backbone"]["link"][:3]), {"VTN-I022"}),
        (lambda content: [link.pop("label-a") for link in content["backbone"]["link"]], {"VTN-I023"}),
        (lambda content: [link.update(mtu=1400) for link in content["backbone"]["link"]], {"VTN-I024"}),
        (lambda content: endpoint(content, "heat")["heat"].update(flavor=[]), {"VTN-I030"}),
        (lambda content: endpoint(content, "heat")["heat"].update(image=[]), {"VTN-I031"}),
    ],
)
def test_what_the_inventory_lacks_is_told(edit: Callable[[Any], Any], expected: set[str]) -> None:
    assert set(codes(without(edit))) == expected


def test_a_region_that_is_missing_is_refused_where_it_is_named() -> None:
    with pytest.raises(Invalid) as refused:
        compiled(shop(), inventory(("east", "north")))
    assert {diagnostic.address for diagnostic in refused.value.diagnostics if "/region" in diagnostic.address}


def test_ways_share_no_link_and_no_transit_node() -> None:
    primary, backup = ways(STOCK, "east", "west", "path")
    assert primary.hops == ("p1", "pe-west")
    assert backup is not None
    assert backup.hops == ("p2", "pe-west")
    assert primary.labels == (1010,)
    assert primary.payload_mtu == 1978


def test_a_pair_of_ways_is_found_where_the_shortest_would_block_every_second() -> None:
    node = [{"name": "pe-east", "region": "east"}, {"name": "pe-west", "region": "west"}, *({"name": name} for name in "abcd")]
    pairs = [("pe-east", "a"), ("a", "b"), ("b", "pe-west"), ("pe-east", "c"), ("c", "b"), ("a", "d"), ("d", "pe-west")]
    link = [
        {"a": a, "b": b, "label-a": 16 + index, "label-b": 116 + index, "metric": 1 if (a, b) in pairs[:3] else 5, "mtu": 2000}
        for index, (a, b) in enumerate(pairs)
    ]
    stock = without(lambda content: content["backbone"].update(node=node, link=link))
    found = ways(stock, "east", "west", "fast-reroute")
    assert {way.hops for way in found if way} == {("a", "d", "pe-west"), ("c", "b", "pe-west")}


def test_no_third_region_is_passed_through() -> None:
    node = [{"name": f"pe-{region}", "region": region} for region in ("east", "west", "north")]
    link = [
        {"a": "pe-east", "b": "pe-north", "metric": 1, "mtu": 2000},
        {"a": "pe-north", "b": "pe-west", "metric": 1, "mtu": 2000},
    ]
    stock = without(lambda content: content["backbone"].update(node=node, link=link))
    assert set(codes(stock)) == {"VTN-I021"}


def test_a_stretched_segment_without_interconnect_is_warned_of() -> None:
    alone = edited(shop(), lambda entry: entry["vtn"][0].pop("vtnmd-interconnect:interconnect"))
    found = compile_service(check_intent(alone, STOCK).intent, STOCK, EMPTY)
    assert [warning.code for warning in found.warnings] == ["VTN-G010"]


def test_allocations_stay_when_the_service_grows() -> None:
    before = compiled(shop(), STOCK)

    def grow(entry: Any) -> None:
        entry["vtn"][0]["segment"].insert(0, {"name": "a-first", "cidr": "10.9.0.0/24", "region": [{"name": "east"}]})

    after = compiled(edited(shop(), grow), STOCK, before.allocations)
    assert all(
        after.allocations.values[pool][owner] == value
        for pool, owners in before.allocations.values.items()
        for owner, value in owners.items()
    )
    assert all(
        after.graph.resources[address] == resource
        for address, resource in before.graph.resources.items()
        if address.kind != "network"
    )


def test_both_directions_between_regions_are_probed() -> None:
    probes = compiled(shop(), STOCK).probes
    assert {str(probe.address) for probe in probes} == {
        "global/interconnect/acme_shop/backbone",
        "global/interconnect/acme_shop/routed",
    }
    assert all(any(other.source == probe.target and other.target == probe.source for other in probes) for probe in probes)


A, B = (Address("east", "odl", "vtn", (name,)) for name in "ab")


def test_contradictions_needs_of_nothing_and_circles_are_refused() -> None:
    with pytest.raises(Invalid, match="VTN-G001"):
        unite([Resource(A, {"name": "a"}), Resource(A, {"name": "b"})])
    with pytest.raises(Invalid, match="VTN-G002"):
        unite([Resource(A, {}, {B: "uses"})])
    with pytest.raises(Invalid, match=r"VTN-G003.*east/odl/vtn/a → east/odl/vtn/b → east/odl/vtn/a"):
        unite([Resource(A, {}, {B: "uses"}), Resource(B, {}, {A: "uses"})])
