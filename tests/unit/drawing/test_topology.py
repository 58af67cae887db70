"""Where what a designer wrote is put, and what is told of it."""

from pathlib import Path

import pytest

from vtnmd.compiler.tosca import read_topology
from vtnmd.drawing.sketch import ACROSS, Item, Sketch
from vtnmd.drawing.topology import sketch_topology

SHOP = Path(__file__).parents[3] / "examples" / "global-shop"


@pytest.fixture(scope="module")
def shop() -> Sketch:
    return sketch_topology(read_topology(SHOP))


def item(sketch: Sketch, name: str) -> Item:
    return next(each for each in sketch.items if each.id == name)


@pytest.mark.parametrize(
    ("name", "region", "lane", "tenant"),
    [
        ("shop", ACROSS, "", "acme"),
        ("east", "east", "", ""),
        ("web", ACROSS, "", "acme"),  # in both regions
        ("db-east", "east", "", "acme"),
        ("core", ACROSS, "", "acme"),  # by its segments
        ("gold", ACROSS, "", ""),
        ("front", ACROSS, "web-servers", "acme"),  # by its group
        ("store-west", "west", "db-west-servers", "acme"),
        ("records-west", "west", "db-west-servers", "acme"),
    ],
)
def test_nodes_stand_where_they_belong(shop: Sketch, name: str, region: str, lane: str, tenant: str) -> None:
    found = item(shop, f"node {name}")
    assert (found.region, found.lane, found.tenant) == (region, lane, tenant)


def test_what_is_written_is_told_with_its_place(shop: Sketch) -> None:
    found = item(shop, "node store-east")
    assert ("capability host/num_cpus", "2") in found.properties
    assert found.span is not None
    assert found.span.line == (SHOP / "service.yaml").read_text().split("\n").index("    store-east:") + 1
    link = next(each for each in shop.links if each.source == "node store-east")
    assert (link.target, link.reason, link.properties) == ("node records-east", "local_storage", (("location", "/dev/vdb"),))
    assert shop.lanes["east", "db-east-servers"].kind == "Workload"


def test_policies_act_on_their_targets(tmp_path: Path) -> None:
    policy = "  policies:\n    - silver:\n        type: vtnmd.policies.QualityOfService\n"
    targets = "        targets: [ stretch ]\n        properties: { dscp: 10, priority: 2 }\n"
    text = (
        (SHOP / "service.yaml")
        .read_text()
        .replace("        - vtn: shop\n        - segment: web\n        - qos-class: gold\n", "        - segment: web\n")
    )
    file = tmp_path / "service.yaml"
    file.write_text(text + policy + targets)
    found = sketch_topology(read_topology(file))
    assert next(each for each in found.links if each.source == "policy silver").target == "node stretch"


def test_a_service_may_have_another_name() -> None:
    assert sketch_topology(read_topology(SHOP), "market").service == "market"
