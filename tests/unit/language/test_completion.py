"""What is offered at a position, in right texts and in half-written ones."""

import pytest

from tests.support.cursor import at_cursor, shop
from tests.support.tosca import HEAD
from vtnmd.language.completion import complete

OFFERED = [
    ("imports:", "imp⟦", "imports", "topology_template_"),
    ("  node_templates:", "  no⟦", "outputs", "node_template"),
    ("      type: vtnmd.nodes.Router", "      type: ⟦", "vtnmd.nodes.Router", "vtnmd.groups.Workload"),
    ("type: vtnmd.groups.Workload", "type: ⟦", "vtnmd.groups.Workload", "vtnmd.nodes.Router"),
    ("        gateway: 10.1.0.1\n", "        ⟦\n", "mtu", "cidr"),
    ("        gateway: 10.1.0.1\n", "        ⟦\n", "gateway", "dhcp_enabled"),
    ("        - tenant: acme", "        - ⟦", "tenant", "vtn"),
    ("        - tenant: acme", "        - ten⟦", "tenant", "vtn"),
    ("        - tenant: acme", "        - tenant: ⟦", "acme", "east"),
    ("- segment: db-east", "- segment: ⟦", "db-west", "front"),
    ("- binding: front", "- binding: ⟦", "store-east", "web"),
    ("            node: east", "            ⟦", "node_filter", "properties"),
    ("            node: east", "            node: ⟦", "west", "shop"),
    ("pool: [ { start: 10.1.0.10, end", "pool: [ { ⟦", "start", "min"),
    ("              properties:\n                pool:", "              properties:\n                ⟦", "pool", "cidr"),
    ("{ get_input: bandwidth }", "{ get_input: ⟦ }", "web_servers", "acme"),
    ("kind: mpls-l3vpn", "kind: ⟦", "mpls-l2vpn", "none"),
    ("protection: fast-reroute", "protection: ⟦", "path", "mpls-l2vpn"),
    ("bandwidth: { min: { get_input: bandwidth }", "bandwidth: { min: ⟦", "1 Mbps", "1 GB"),
    ("bandwidth: { min: { get_input: bandwidth }", "bandwidth: { ⟦", "min", "kind"),
    ("capabilities:\n        host:", "capabilities:\n        ho⟦:", "scalable", "web"),
    ("{ num_cpus: 1,", "{ nu⟦", "num_cpus", "size"),
    ("members: [ front, front-port ]", "members: [ front, ⟦ ]", "front-port", "bandwidth"),
    ("regions: [ east, west ]", "regions: [ ⟦ ]", "west", "shop"),
    ("      type: integer", "      type: ⟦", "scalar-unit.size", "vtnmd.nodes.Vtn"),
    ("relationship: { type: tosca.relationships.AttachesTo", "relationship: { type: ⟦", "tosca.relationships.AttachesTo", "web"),
]


@pytest.mark.parametrize(("old", "new", "offered", "other"), OFFERED)
def test_what_fits_is_offered_and_nothing_else(old: str, new: str, offered: str, other: str) -> None:
    labels = [item.label for item in complete(*shop(old, new)).items]
    assert offered in labels
    assert other not in labels


def test_an_error_elsewhere_does_no_harm() -> None:
    lines, line, column, view = shop("- segment: db-east", "- segment: ⟦")
    broken = [*lines]
    broken[4] = "}{ [ : : '"
    assert "db-west" in [item.label for item in complete(broken, line, column, view).items]


def test_the_word_is_replaced_and_gets_its_colon_once() -> None:
    found = complete(*shop("gateway: 10.1.0.1", "gat⟦"))
    assert (found.start, found.end) == (8, 11)
    assert next(item for item in found.items if item.label == "gateway").text == "gateway: "
    found = complete(*shop("gateway: 10.1.0.1", "gat⟦: 10.1.0.1"))
    assert next(item for item in found.items if item.label == "gateway").text == "gateway"


@pytest.mark.parametrize("text", ["# ⟦", "a: b # ⟦", "x: ⟦", "topology_template:\n  node_templates:\n    we⟦", "[[[⟦", "\t⟦", "'⟦"])
def test_where_nothing_is_known_nothing_is_offered(text: str) -> None:
    assert complete(*at_cursor(HEAD + text)).items == ()


def test_an_empty_file_begins_with_its_version() -> None:
    assert complete(*at_cursor("⟦")).items
    assert "tosca_simple_yaml_1_3" in [item.label for item in complete(*at_cursor("tosca_definitions_version: ⟦")).items]
    assert "vtnmd" in [item.label for item in complete(*at_cursor(HEAD + "imports:\n  - ⟦")).items]


def test_what_a_property_is_told_with() -> None:
    items = {item.label: item for item in complete(*shop("        gateway: 10.1.0.1\n", "        ⟦\n")).items}
    assert "The largest IP packet." in items["mtu"].told
    assert "default: 1450" in items["mtu"].told
