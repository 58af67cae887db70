"""Composites: what stands in a substituting template takes the place of its node, and all is led through in both directions."""

import string
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.tosca import HEAD, write
from vtnmd.compiler.models import service_schema
from vtnmd.compiler.tosca import bind, read_topology
from vtnmd.compiler.tosca import composites as phase
from vtnmd.compiler.tosca.drafts import full_name
from vtnmd.domain.diagnostics import Diagnostic, Invalid
from vtnmd.domain.models import Models
from vtnmd.domain.topology import Topology

LAN = (
    HEAD
    + """\
imports: [ vtnmd ]
node_types:
  my.Lan:
    derived_from: tosca.nodes.Root
    properties: { cidr: { type: string }, mtu: { type: integer, required: false } }
    attributes: { prefix: { type: string }, size: { type: integer }, state: { type: string } }
    capabilities: { lan: { type: vtnmd.capabilities.Broadcast } }
    requirements:
      - vtn: { capability: vtnmd.capabilities.Containment, node: vtnmd.nodes.Vtn }
      - region:
          capability: vtnmd.capabilities.Location
          node: vtnmd.nodes.Region
          relationship: vtnmd.relationships.ReachesInto
          occurrences: [ 0, UNBOUNDED ]
topology_template:
  substitution_mappings:
    node_type: my.Lan
    properties: { mtu: [ size ] }
    attributes: { prefix: [ segment, cidr ], size: [ size ] }
    capabilities: { lan: [ segment, broadcast ] }
    requirements:
      - vtn: [ segment, vtn ]
      - region: [ segment, region ]
  inputs: { cidr: { type: string }, size: { type: integer, default: 1400, constraints: [ less_than: 9000 ] } }
  node_templates:
    segment:
      type: vtnmd.nodes.Segment
      properties: { cidr: { get_input: cidr }, mtu: { get_input: size }, gateway: 10.0.0.1 }
  outputs: { size: { value: { get_property: [ segment, mtu ] } } }
"""
)
OUTER = """\
imports: [ vtnmd, lan.yaml ]
topology_template:
  node_templates:
    acme: { type: vtnmd.nodes.Tenant }
    east: { type: vtnmd.nodes.Region }
    west: { type: vtnmd.nodes.Region }
    net: { type: vtnmd.nodes.Vtn, requirements: [ tenant: acme ] }
"""


def topology(folder: Path, templates: str, lan: str = LAN, rest: str = "") -> Topology:
    write(folder, lan, "lan.yaml")
    lines = "".join(f"    {line}\n" for line in templates.splitlines())
    return read_topology(write(folder, HEAD + OUTER + lines + rest))


def problems(folder: Path, templates: str, lan: str = LAN) -> tuple[Diagnostic, ...]:
    with pytest.raises(Invalid) as caught:
        topology(folder, templates, lan)
    return caught.value.diagnostics


def test_a_node_becomes_what_is_in_its_template(tmp_path: Path) -> None:
    found = topology(tmp_path, "one: { type: my.Lan, properties: { cidr: 10.0.0.0/24 }, requirements: [ vtn: net, region: east ] }")
    assert "one" not in found.nodes
    segment = found.nodes["one.segment"]
    assert segment.properties["cidr"] == "10.0.0.0/24"
    assert segment.properties["mtu"] == 1400
    assert {(relation.requirement, relation.target) for relation in segment.relations} == {("vtn", "net"), ("region", "east")}


def test_properties_of_a_relationship_go_through(tmp_path: Path) -> None:
    pool = "{ relationship: { properties: { pool: [ { start: 10.0.0.9, end: 10.0.0.20 } ] } }, node: east }"
    found = topology(
        tmp_path, f"one: {{ type: my.Lan, properties: {{ cidr: 10.0.0.0/24 }}, requirements: [ vtn: net, region: {pool} ] }}"
    )
    (region,) = (relation for relation in found.nodes["one.segment"].relations if relation.requirement == "region")
    assert region.properties["pool"] == [{"start": "10.0.0.9", "end": "10.0.0.20"}]


def test_attributes_come_out_and_go_into_another_composite(tmp_path: Path) -> None:
    found = topology(
        tmp_path,
        "one:\n  type: my.Lan\n  properties: { cidr: { get_attribute: [ two, prefix ] }, mtu: 1300 }\n"
        "  requirements: [ vtn: net, region: east ]\n"
        "two:\n  type: my.Lan\n  properties: { cidr: 10.2.0.0/24, mtu: { get_attribute: [ one, size ] } }\n"
        "  requirements: [ vtn: net, region: east ]\n",
    )
    assert found.nodes["one.segment"].properties["cidr"] == "10.2.0.0/24"
    assert found.nodes["two.segment"].properties["mtu"] == 1300


def test_a_circle_of_attributes_is_found(tmp_path: Path) -> None:
    told = problems(
        tmp_path,
        "one:\n  type: my.Lan\n  properties: { cidr: { get_attribute: [ two, prefix ] } }\n  requirements: [ vtn: net ]\n"
        "two:\n  type: my.Lan\n  properties: { cidr: { get_attribute: [ one, prefix ] } }\n  requirements: [ vtn: net ]\n",
    )
    assert "VTN-T034" in {each.code for each in told}


def test_a_capability_leads_to_the_node_inside(tmp_path: Path) -> None:
    found = topology(
        tmp_path,
        "one: { type: my.Lan, properties: { cidr: 10.0.0.0/24 }, requirements: [ vtn: net, region: east ] }\n"
        "core:\n  type: vtnmd.nodes.Router\n  properties: { description: { get_property: [ SELF, segment, cidr ] } }\n"
        "  requirements: [ segment: { node: one, capability: lan } ]\n",
    )
    assert found.nodes["core"].relations[0].target == "one.segment"
    assert found.nodes["core"].relations[0].capability == "broadcast"
    assert found.nodes["core"].properties["description"] == "10.0.0.0/24"


def test_a_value_is_refused_where_it_was_written_and_a_template_through_its_node(tmp_path: Path) -> None:
    (told,) = problems(
        tmp_path, "one:\n  type: my.Lan\n  properties: { cidr: 10.0.0.0/24, mtu: 9001 }\n  requirements: [ vtn: net, region: east ]"
    )
    assert told.code == "VTN-T043"
    assert told.span is not None
    assert (Path(told.span.file).name, told.span.line, told.span.through) == ("service.yaml", 11, "")
    inside = problems(
        tmp_path,
        "one: { type: my.Lan, properties: { cidr: 10.0.0.0/24 }, requirements: [ vtn: net, region: east ] }",
        LAN.replace("gateway: 10.0.0.1", "gatway: 10.0.0.1"),
    )
    assert [(each.code, Path(each.span.file).name) for each in inside if each.span] == [("VTN-T040", "lan.yaml")]
    assert inside[0].span is not None
    assert inside[0].span.through.startswith("one (")


def test_a_requirement_that_a_node_inside_needs_must_be_given(tmp_path: Path) -> None:
    (told,) = problems(tmp_path, "one: { type: my.Lan, properties: { cidr: 10.0.0.0/24 }, requirements: [ vtn: net ] }")
    assert told.code == "VTN-T053"
    assert "one.segment" in told.summary


def test_a_policy_acts_on_the_nodes_of_its_types_inside(tmp_path: Path) -> None:
    link = LAN.replace(
        "  outputs:",
        "    link: { type: vtnmd.nodes.Interconnect, properties: { kind: mpls-l2vpn }, requirements: [ segment: segment ] }\n"
        "  outputs:",
    )
    rest = "  policies: [ gold: { type: vtnmd.policies.QualityOfService, targets: [ one ], properties: { dscp: 46 } } ]\n"
    found = topology(
        tmp_path, "one: { type: my.Lan, properties: { cidr: 10.0.0.0/24 }, requirements: [ vtn: net, region: east ] }", link, rest
    )
    assert found.policies["gold"].targets == ("one.link",)


def test_former_names_of_a_composite_hold_for_all_in_it(tmp_path: Path) -> None:
    lan = LAN.replace("      type: vtnmd.nodes.Segment\n", "      type: vtnmd.nodes.Segment\n      metadata: { moved: lan }\n")
    found = topology(
        tmp_path,
        "one:\n  type: my.Lan\n  metadata: { moved: first }\n  properties: { cidr: 10.0.0.0/24 }\n"
        "  requirements: [ vtn: net, region: east ]",
        lan,
    )
    moved = found.nodes["one.segment"].moved
    assert moved is not None
    assert set(moved.names) == {"one.lan", "first.segment", "first.lan"}
    assert not moved.inherited


def test_two_things_of_one_name_are_refused(tmp_path: Path) -> None:
    told = problems(
        tmp_path,
        "one: { type: my.Lan, properties: { cidr: 10.0.0.0/24 }, requirements: [ vtn: net, region: east ] }\n"
        "one.segment: { type: vtnmd.nodes.Tenant }",
    )
    assert [each.code for each in told] == ["VTN-T094"]


def test_what_would_be_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phase, "MOST_NODES", 3)
    nodes = "".join(
        f"n{at}: {{ type: my.Lan, properties: {{ cidr: 10.0.{at}.0/24 }}, requirements: [ vtn: net, region: east ] }}\n"
        for at in range(5)
    )
    assert [each.code for each in problems(tmp_path, nodes)] == ["VTN-T093"]


def test_names_stand_for_tenants_and_regions_inside_as_they_are(tmp_path: Path) -> None:
    lan = LAN.replace("    segment:\n", "    east: { type: vtnmd.nodes.Region }\n    segment:\n").replace(
        "gateway: 10.0.0.1 }", "gateway: 10.0.0.1 }\n      requirements: [ region: east ]"
    )
    found = topology(tmp_path, "one: { type: my.Lan, properties: { cidr: 10.0.0.0/24 }, requirements: [ vtn: net ] }", lan)
    intent = bind(found, service_schema()).intent
    (segment,) = intent.service["vtn"][0]["segment"]
    assert [region["name"] for region in segment["region"]] == ["east"]


def test_templates_of_the_models_are_found_without_import(tmp_path: Path) -> None:
    types, template = LAN.split("topology_template:")
    models = Models({"tosca/lan.yaml": types, "tosca/inside.yaml": f"{HEAD}imports: [ lan ]\ntopology_template:{template}"})
    text = HEAD + OUTER.replace("lan.yaml", "lan")
    text += "    one: { type: my.Lan, properties: { cidr: 10.0.0.0/24 }, requirements: [ vtn: net, region: east ] }\n"
    assert "one.segment" in read_topology(write(tmp_path, text), models=models).nodes


NAMES = st.text(string.ascii_letters + string.digits + "-._", min_size=1, max_size=70)


@given(st.lists(NAMES, min_size=1, max_size=4), NAMES, NAMES)
def test_full_names_are_short_stable_and_differ(path: list[str], first: str, second: str) -> None:
    prefix = ".".join(path) + "."
    one, two = full_name(prefix, first), full_name(prefix, second)
    assert len(one) <= 63
    assert one == full_name(prefix, first)
    assert (one == two) == (first == second)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 4), st.booleans()), max_size=8), st.data())
def test_hostile_mappings_are_told_and_never_crash(tmp_path: Path, cuts: list[tuple[int, bool]], data: st.DataObject) -> None:
    """Words of the mapping are swapped for others of the file: every result is a topology or diagnostics."""
    words = ["segment", "broadcast", "region", "vtn", "lan", "cidr", "mtu", "size", "my.Lan", "net", "[ ]", "{ }", "~", "a.b"]
    text = LAN
    for at, _ in cuts:
        old, new = words[at], data.draw(st.sampled_from(words))
        place = text.index("substitution_mappings")
        text = text[:place] + text[place:].replace(old, new, 1)
    with suppress(Invalid):
        topology(
            tmp_path, "one: { type: my.Lan, properties: { cidr: 10.0.0.0/24 }, requirements: [ vtn: net, region: east ] }", text
        )


FLAVOURS = """\
imports: [ vtnmd, types.yaml, simple.yaml, complex.yaml ]
topology_template:
  inputs: { flavour: { type: string } }
  node_templates:
    acme: { type: vtnmd.nodes.Tenant }
    net: { type: vtnmd.nodes.Vtn, requirements: [ tenant: acme ] }
    lan: { type: my.Lan, properties: { flavour: { get_input: flavour } }, requirements: [ vtn: net ] }
"""
FLAVOURED_TYPE = """\
imports: [ vtnmd ]
node_types:
  my.Lan:
    derived_from: tosca.nodes.Root
    properties: { flavour: { type: string } }
    requirements: [ vtn: { capability: vtnmd.capabilities.Containment, node: vtnmd.nodes.Vtn } ]
"""
FLAVOURED = """\
imports: [ vtnmd, types.yaml ]
topology_template:
  substitution_mappings: {{ node_type: my.Lan, properties: {{ flavour: {0} }}, requirements: [ vtn: [ {0}-segment, vtn ] ] }}
  node_templates:
    itself: {{ type: my.Lan, properties: {{ flavour: {0} }} }}
    east: {{ type: vtnmd.nodes.Region }}
    {0}-segment: {{ type: vtnmd.nodes.Segment, properties: {{ cidr: 10.0.0.0/24 }}, requirements: [ region: east ] }}
"""


def flavoured(folder: Path, inputs: dict[str, str] | None) -> Topology:
    write(folder, HEAD + FLAVOURED_TYPE, "types.yaml")
    for flavour in ("simple", "complex"):
        write(folder, HEAD + FLAVOURED.format(flavour), f"{flavour}.yaml")
    return read_topology(write(folder, HEAD + FLAVOURS), inputs)


@pytest.mark.parametrize("flavour", ["simple", "complex"])
def test_a_fixed_property_chooses_the_template(tmp_path: Path, flavour: str) -> None:
    found = flavoured(tmp_path, {"flavour": flavour})
    assert f"lan.{flavour}-segment" in found.nodes
    assert {each.code for each in found.warnings} == {"VTN-T053", "VTN-T082"}


def test_which_template_is_meant_stays_open_with_the_input(tmp_path: Path) -> None:
    found = flavoured(tmp_path, None)
    assert {"VTN-T030", "VTN-T091"} <= {each.code for each in found.warnings}
    assert "lan" in found.nodes
