"""What a PE router of lab.backbone is told to hold for a configuration, computed without any of it."""

from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree

from lab.backbone.inventory import read_inventory
from lab.backbone.router.configuration import Configuration, Policer, Shaper, Way, read_configuration
from lab.backbone.router.forwarding import Forwarding, Meter, Queue, forwarding_of, path_flows, path_group
from lab.backbone.router.installing import flow_changes
from lab.backbone.router.pipeline import numbered
from lab.backbone.transit import transit_flows
from lab.commands import LabError

ROOT = Path(__file__).parents[2]
INVENTORY = ROOT / "examples/global-shop/inventory.yaml"
RENDERED = ROOT / "tests/golden/services/global-shop/expected/files"
CUSTOMER_PORT = "ge-0/0/1"


@pytest.fixture
def config() -> Configuration:
    return read_configuration(etree.parse(RENDERED / "east/netconf/pe-001.xml").getroot())


def held(config: Configuration) -> Forwarding:
    return forwarding_of(config, CUSTOMER_PORT)


def matching(rules: frozenset[str], *words: str) -> list[str]:
    return [rule for rule in rules if all(word in rule for word in words)]


def test_the_configuration_is_read_as_it_was_rendered(config: Configuration) -> None:
    (path,) = config.paths
    assert (path.name, path.peer) == ("west.fast-reroute", "pe-west")
    assert path.ways == (("primary", Way(("p2", "pe-west"), (16012,))), ("backup", Way(("p1", "p3", "pe-west"), (16003, 16014))))
    assert [(wire.in_label, wire.out_label, wire.path) for wire in config.wires] == [(100001, 100000, path.name)]
    assert [(gateway.address, str(gateway.network)) for gateway in config.gateways] == [
        ("10.1.10.1/24", "10.1.10.0/24"),
        ("10.1.0.1/24", "10.1.0.0/24"),
    ]
    assert [(circuit.vlan, circuit.policer, circuit.shaper) for circuit in config.circuits] == [
        (vlan, Policer(400_000, 40_000), Shaper(200_000, 400_000)) for vlan in (100, 101)
    ]


def test_nothing_is_held_for_nothing() -> None:
    assert held(read_configuration(etree.fromstring("<data/>"))) == Forwarding()


def test_rates_count_what_the_customer_sends(config: Configuration) -> None:
    found = held(config)
    assert found.meters == {Meter(vlan, round(400_000 * 1468 / 1450), 40_000) for vlan in (100, 101)}
    assert found.queues == {Queue(vlan, round(200_000 * 1464 / 1450), round(400_000 * 1464 / 1450), 5) for vlan in (100, 101)}


def test_a_change_of_a_rate_touches_no_rule(config: Configuration) -> None:
    first, *others = config.circuits
    changed = replace(config, circuits=(replace(first, policer=Policer(1000, 100), shaper=Shaper(500, 1000)), *others))
    before, after = held(config), held(changed)
    assert (after.flows, after.places, after.tables) == (before.flows, before.places, before.tables)
    assert len(after.meters - before.meters) == len(after.queues - before.queues) == 1


def test_a_second_tenant_changes_nothing_of_the_first(config: Configuration) -> None:
    domain = replace(config.domains[1], name="other.web")
    circuit = replace(config.circuits[1], name="other.web", domain="other.web", vlan=301)
    wire = replace(config.wires[0], name="other.web.west", domain="other.web", in_label=100_011, out_label=100_010)
    both = replace(config, domains=(*config.domains, domain), circuits=(*config.circuits, circuit), wires=(*config.wires, wire))
    assert held(config).flows < held(both).flows


def test_gateways_are_asked_here_and_answered_everywhere(config: Configuration) -> None:
    flows = held(config).flows
    (question,) = matching(flows, "arp_op=1,arp_tpa=10.1.0.1,", "reg1=1")
    assert "output:gw-" in question
    assert "clone" not in question
    for kind in ("reg1=2", "reg1=4"):
        (foreign,) = matching(flows, "arp_op=1,arp_tpa=10.1.0.1,", kind)
        assert foreign.endswith("actions=drop")
    (answer,) = matching(flows, "arp_op=2", "dl_dst=02:76:74:00:00:03")
    assert "output:gw-" in answer
    assert "set_field:100001->reg4" in answer


def test_a_gateways_address_is_never_learnt(config: Configuration) -> None:
    for kind in ("reg1=1", "reg1=2"):
        (rule,) = matching(held(config).flows, "table=10,", "dl_src=02:76:74:00:00:03", kind)
        assert "learn" not in rule


def test_what_came_by_a_pseudowire_leaves_by_none_unless_split_horizon_is_off(config: Configuration) -> None:
    second = replace(config.wires[0], name="third", in_label=100_021, out_label=100_020)
    meshed = replace(config, wires=(*config.wires, second))
    (flooded,) = matching(held(meshed).flows, "table=30,priority=100", "reg1=2,reg2=100001")
    assert "100021" not in flooded
    assert matching(held(meshed).flows, "table=30,priority=260", "reg4=100021")
    hub = replace(meshed, domains=tuple(replace(domain, split_horizon=False) for domain in meshed.domains))
    (relayed,) = matching(held(hub).flows, "table=30,priority=100", "reg1=2,reg2=100001")
    assert "set_field:100021->reg4" in relayed
    assert not matching(held(hub).flows, "table=30,priority=260")


def test_routes_enter_where_the_vrf_imports_and_packets_where_it_exports(config: Configuration) -> None:
    assert matching(held(config).flows, "table=45", "nw_dst=10.1.20.0/24", "set_field:100003->mpls_label")
    assert matching(held(config).flows, "table=5", "mpls_label=100002")
    alone = replace(config, vrfs=tuple(replace(vrf, imports=(), exports=()) for vrf in config.vrfs))
    assert not matching(held(alone).flows, "table=45")
    assert not matching(held(alone).flows, "mpls_label=100002")
    (table,) = held(alone).tables
    assert table.prefixes == ()


def test_what_cannot_be_carried_out_is_said(config: Configuration) -> None:
    elsewhere = replace(config, circuits=(replace(config.circuits[0], interface="xe-9"), *config.circuits[1:]))
    assert held(elsewhere).problems == ("attachment circuit acme_shop.db-east: this router has no interface xe-9, but ge-0/0/1",)
    long = replace(config.paths[0], ways=(("primary", Way(("p1", "p2", "p3", "pe-west"), (1, 2, 3))),))
    assert held(replace(config, paths=(long,))).problems == (
        "primary way of path west.fast-reroute: 3 labels, and this router pushes 2",
    )
    assert held(config).problems == ()


def test_a_way_is_a_stack_of_labels_pushed_bottom_first(config: Configuration) -> None:
    ports = read_inventory(INVENTORY).ports_of("pe-east")
    chooses, _, rule = path_flows(7, config.paths[0], ports)
    assert chooses == "table=50,priority=100,dl_type=0x8847,reg6=7,actions=group:7"
    assert rule.startswith("table=60,priority=100,dl_type=0x8847,reg6=7,reg7=2,actions=")
    assert "push_mpls:0x8847,set_field:16014->mpls_label,push_mpls:0x8847,set_field:16003->mpls_label," in rule
    assert rule.endswith("output:pe-east-p1")


def test_the_way_in_use_comes_first_and_the_other_stands_by(config: Configuration) -> None:
    ports = read_inventory(INVENTORY).ports_of("pe-east")
    first = "bucket=bucket_id:1,watch_port:pe-east-p2,actions=set_field:1->reg7,resubmit(,60)"
    second = "bucket=bucket_id:2,watch_port:pe-east-p1,actions=set_field:2->reg7,resubmit(,60)"
    assert path_group(7, config.paths[0], "primary", ports) == f"group_id=7,type=ff,{first},{second}"
    assert path_group(7, config.paths[0], "backup", ports) == f"group_id=7,type=ff,{second},{first}"
    lost = replace(config.paths[0], ways=(("primary", Way(("p9", "pe-west"), (1,))), config.paths[0].ways[1]))
    assert path_group(7, lost, "primary", ports) == f"group_id=7,type=ff,{second}"


def test_a_transit_node_pops_its_labels_and_knows_no_service() -> None:
    rules = list(transit_flows(read_inventory(INVENTORY).ports_of("p3")))
    assert sorted(rule.partition("mpls_label=")[2].partition(",")[0] for rule in rules) == ["16004", "16006", "16014"]
    (west,) = [rule for rule in rules if "mpls_label=16014," in rule]
    assert "mpls_bos=0,actions=pop_mpls:0x8847," in west
    assert west.endswith("output:p3-pe-west")


def test_only_what_differs_is_changed() -> None:
    before = ["table=0,priority=1,a,actions=x", "table=0,priority=1,b,actions=x", "table=0,priority=1,c,actions=x"]
    after = ["table=0,priority=1,b,actions=x", "table=0,priority=1,c,actions=y", "table=0,priority=1,d,actions=x"]
    assert list(flow_changes(before, after)) == [
        "flow add table=0,priority=1,c,actions=y",
        "flow add table=0,priority=1,d,actions=x",
        "flow delete_strict table=0,priority=1,a",
    ]


def test_numbers_do_not_depend_on_other_names() -> None:
    alone, among = numbered(["acme.web"]), numbered([f"n{number}" for number in range(1000)] + ["acme.web"])
    assert alone["acme.web"] == among["acme.web"]
    assert len(set(among.values())) == 1001


def test_an_inventory_that_the_lab_cannot_be_built_from_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "inventory.yaml"
    file.write_text("inventory: { region: [] }\n")
    with pytest.raises(LabError, match="no inventory with regions and a backbone"):
        read_inventory(file)
    file.write_text(INVENTORY.read_text().replace("p1", "a-node-with-a-long-name"))
    with pytest.raises(LabError, match="shorter names"):
        read_inventory(file)
    with pytest.raises(LabError, match="no region north"):
        read_inventory(INVENTORY).site("north")
    with pytest.raises(LabError, match="no link between p1 and pe-west"):
        read_inventory(INVENTORY).link("p1", "pe-west")
