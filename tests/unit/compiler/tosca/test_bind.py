"""Topologies as Intents: the rules of docs/binding.md."""

from dataclasses import replace
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from tests.support.tosca import HEAD, found, service, unmarked, write
from vtnmd.compiler.check import check_intent
from vtnmd.compiler.models import service_schema
from vtnmd.compiler.tosca import Bound, bind, read_topology
from vtnmd.domain.diagnostics import Invalid
from vtnmd.domain.models import NO_MODELS
from vtnmd.usecases.models import read_models

ROOT = Path(__file__).parents[4]

SHOP = """\
metadata: { template_name: global-shop }
imports: [ vtnmd ]
topology_template:
  inputs:
    bandwidth: { type: scalar-unit.bitrate, default: 200 Mbps }
  node_templates:
    acme: { type: vtnmd.nodes.Tenant }
    shop: { type: vtnmd.nodes.Vtn, requirements: [ tenant: acme ] }
    web:
      type: vtnmd.nodes.Segment
      properties:
        cidr: 10.1.0.0/24
        gateway: 10.1.0.1
        mtu: 1450
      requirements:
        - vtn: shop
        - region: { node: east, relationship: { properties: { pool: [ { start: 10.1.0.10,  end: 10.1.0.99 } ] } } }
        - region: { node: west, relationship: { properties: { pool: [ { start: 10.1.0.110, end: 10.1.0.199 } ] } } }
    gold: { type: vtnmd.nodes.QosClass, properties: { dscp: 46, priority: 1 } }
    backbone:
      type: vtnmd.nodes.Interconnect
      properties: { kind: mpls-l2vpn, bandwidth: { min: { get_input: bandwidth }, max: 400 Mbps }, protection: fast-reroute }
      requirements: [ vtn: shop, segment: web, qos-class: gold ]
    east: { type: vtnmd.nodes.Region }
    west: { type: vtnmd.nodes.Region }
    front: { type: tosca.nodes.Compute, capabilities: { host: { properties: { num_cpus: 1, mem_size: 2 GB } } } }
    front-port: { type: tosca.nodes.network.Port, requirements: [ binding: front, link: web ] }
  groups:
    web-servers: { type: vtnmd.groups.Workload, members: [ front, front-port ], properties: { count: 2, regions: [ east, west ] } }
"""

BASE = """\
imports: [ vtnmd ]
topology_template:
  node_templates:
    acme: { type: vtnmd.nodes.Tenant }
    east: { type: vtnmd.nodes.Region }
    west: { type: vtnmd.nodes.Region }
    one: { type: vtnmd.nodes.Vtn, requirements: [ tenant: acme ] }
    two: { type: vtnmd.nodes.Vtn, requirements: [ tenant: acme ] }
    lan: { type: vtnmd.nodes.Segment, properties: { cidr: 10.0.0.0/24 }, requirements: [ vtn: one, region: east ] }
    wan: { type: vtnmd.nodes.Segment, properties: { cidr: 10.0.1.0/24 }, requirements: [ vtn: two, region: east ] }
    server: { type: tosca.nodes.Compute }
"""


def bound(folder: Path, text: str, inputs: dict[str, Any] | None = None) -> Bound:
    return bind(read_topology(write(folder, service(text)), inputs), service_schema())


def entry(folder: Path, text: str, inputs: dict[str, Any] | None = None) -> Any:
    return bound(folder, text, inputs).intent.service


def test_a_whole_service(tmp_path: Path) -> None:
    assert entry(tmp_path, SHOP) == {
        "name": "global-shop",
        "vtnmd-interconnect:qos-class": [{"name": "gold", "dscp": 46, "priority": 1}],
        "vtn": [
            {
                "name": "shop",
                "tenant": "acme",
                "segment": [
                    {
                        "name": "web",
                        "cidr": "10.1.0.0/24",
                        "gateway": "10.1.0.1",
                        "mtu": 1450,
                        "region": [
                            {"name": "east", "pool": [{"start": "10.1.0.10", "end": "10.1.0.99"}]},
                            {"name": "west", "pool": [{"start": "10.1.0.110", "end": "10.1.0.199"}]},
                        ],
                    }
                ],
                "vtnmd-interconnect:interconnect": [
                    {
                        "name": "backbone",
                        "kind": "mpls-l2vpn",
                        "segment": ["web"],
                        "qos-class": "gold",
                        "bandwidth": {"min": "200000", "max": "400000"},
                        "protection": "fast-reroute",
                    }
                ],
                "vtnmd-workload:workload": [
                    {
                        "name": "web-servers",
                        "count": 2,
                        "region": ["east", "west"],
                        "segment": ["web"],
                        "body": {
                            "servers": [
                                {
                                    "name": "front",
                                    "flavor": {"num_cpus": 1, "mem_size": 2000},
                                    "image": {},
                                    "ports": [{"name": "front-port", "segment": "web"}],
                                    "volumes": [],
                                }
                            ]
                        },
                    }
                ],
            }
        ],
    }


def test_inputs_reach_the_intent(tmp_path: Path) -> None:
    service_entry = entry(tmp_path, SHOP, {"bandwidth": "0.3 Gbps"})
    assert service_entry["vtn"][0]["vtnmd-interconnect:interconnect"][0]["bandwidth"]["min"] == "300000"


@pytest.mark.parametrize("example", sorted(path.parent.name for path in (ROOT / "examples").glob("*/service.yaml")))
def test_the_examples_are_what_the_yang_models_allow(example: str) -> None:
    folder = ROOT / "examples" / example
    models = read_models(folder / "models") if (folder / "models").exists() else NO_MODELS
    intent = bind(read_topology(folder, models=models), service_schema(models)).intent
    assert check_intent(replace(intent, models=models), None).intent.name == example


def test_every_value_knows_where_it_was_written(tmp_path: Path) -> None:
    marked = SHOP
    for place in (
        *(
            "name: ⟦global",
            "    ⟦web:",
            "cidr: ⟦10",
            "mtu: ⟦1450",
            "node: ⟦west",
            "end: ⟦10.1.0.199",
            "min: ⟦{",
            "class: ⟦gold",
            "east, ⟦west ]",
        ),
    ):
        marked = marked.replace(place.replace("⟦", ""), place)
    plain, places = unmarked(HEAD + marked)
    intent = bind(read_topology(write(tmp_path, plain)), service_schema()).intent
    entry_path = ("vtnmd-vtn:services", "service", 0)
    web = (*entry_path, "vtn", 0, "segment", 0)
    interconnect = (*entry_path, "vtn", 0, "vtnmd-interconnect:interconnect", 0)
    paths: list[tuple[str | int, ...]] = [
        (*entry_path, "name"),
        web,
        (*web, "cidr"),
        (*web, "mtu"),
        (*web, "region", 1),
        (*web, "region", 1, "pool", 0, "end"),
        (*interconnect, "bandwidth", "min"),
        (*interconnect, "qos-class"),
        (*entry_path, "vtn", 0, "vtnmd-workload:workload", 0, "region", 1),
    ]
    assert [(span.line, span.column) for path in paths if (span := intent.source(path))] == places


def test_what_yang_refuses_is_said_at_the_line_of_the_topology(tmp_path: Path) -> None:
    plain, places = unmarked(
        HEAD + SHOP.replace("1450", "⟦20000").replace("400 Mbps", "⟦100 Mbps").replace("dscp: 46", "dscp: ⟦99")
    )
    with pytest.raises(Invalid) as caught:
        check_intent(bind(read_topology(write(tmp_path, plain)), service_schema()).intent, None)
    lines = {problem.span.line for problem in caught.value.diagnostics if problem.span}
    assert {line for line, _ in places} <= lines
    assert places[0] in [(problem.span.line, problem.span.column) for problem in caught.value.diagnostics if problem.span]


def test_a_node_without_requirement_to_its_parent_belongs_where_its_references_belong(tmp_path: Path) -> None:
    text = (
        BASE
        + """\
    box:
      type: vtnmd.nodes.Attachment
      properties: { node: 'openflow:1', port: p }
      requirements: [ segment: wan, region: east ]
"""
    )
    vtns = {vtn["name"]: vtn for vtn in entry(tmp_path, text)["vtn"]}
    assert "attachment" not in vtns["one"]
    assert vtns["two"]["attachment"] == [{"name": "box", "node": "openflow:1", "port": "p", "segment": "wan", "region": "east"}]


def test_a_name_of_its_own_stands_for_the_node(tmp_path: Path) -> None:
    text = BASE.replace("acme: { type: vtnmd.nodes.Tenant }", "acme: { type: vtnmd.nodes.Tenant, properties: { name: Acme-Ltd } }")
    text = text.replace("east: { type: vtnmd.nodes.Region }", "east: { type: vtnmd.nodes.Region, properties: { name: eu-1 } }")
    vtn = entry(tmp_path, text)["vtn"][0]
    assert (vtn["tenant"], vtn["segment"][0]["region"]) == ("Acme-Ltd", [{"name": "eu-1"}])


def test_a_policy_is_an_entry_that_its_targets_refer_to(tmp_path: Path) -> None:
    text = SHOP.replace("qos-class: gold ]", "]").replace("segment: web, ]", "segment: web ]")
    text += "  policies: [ silver: { type: vtnmd.policies.QualityOfService, properties: { dscp: 26 }, targets: [ backbone ] } ]\n"
    service_entry = entry(tmp_path, text)
    assert {"name": "silver", "dscp": 26} in service_entry["vtnmd-interconnect:qos-class"]
    assert service_entry["vtn"][0]["vtnmd-interconnect:interconnect"][0]["qos-class"] == "silver"


def test_a_type_of_the_designers_own_is_bound_like_its_parent(tmp_path: Path) -> None:
    text = (
        "node_types: { my.Segment: { derived_from: vtnmd.nodes.Segment, properties: { mtu: { type: integer, default: 1400 } } } }\n"
        + BASE.replace("vtnmd.nodes.Segment", "my.Segment")
    )
    assert entry(tmp_path, text)["vtn"][0]["segment"][0]["mtu"] == 1400


def test_what_is_deployed_by_nothing_is_said(tmp_path: Path) -> None:
    text = (
        BASE
        + """\
    plain: { type: tosca.nodes.Root }
    lamp:
      type: vtnmd.nodes.Segment
      properties: { cidr: 10.0.2.0/24 }
      requirements: [ vtn: one, region: east, dependency: wan ]
  groups: { g: { type: tosca.groups.Root, members: [ lan ] } }
  policies: [ p: { type: tosca.policies.Placement, targets: [ lan ] } ]
"""
    )
    warnings = [(problem.code, str(problem.severity)) for problem in bound(tmp_path, text).warnings]
    assert sorted(warnings) == [("VTN-T081", "warning")] * 2 + [("VTN-T082", "warning")] * 3


def bound_to(path: str) -> str:
    """A node type without requirements that is bound to a list."""
    return f"node_types: {{ own: {{ derived_from: tosca.nodes.Root, metadata: {{ vtnmd.yang.list: '{path}' }} }} }}\n"


SLOW = "{ kind: mpls-l2vpn, bandwidth: { min: ⟦1 bps, max: 1 Mbps } }"
CASES = [
    ("VTN-T070", "x: { copy: lan, properties: { cidr: 10.0.2.0/24, start_ip: ⟦10.0.2.5 } }", ""),
    ("VTN-T071", "⟦x: { type: own }", bound_to("/vtnmd-vtn:services/service/vtn/router")),
    ("VTN-T070", "⟦x: { type: own }", bound_to("/vtnmd-vtn:services/service/nowhere")),
    ("VTN-T071", "x: { type: vtnmd.nodes.Router, requirements: [ segment: lan, segment: ⟦wan ] }", ""),
    ("VTN-T072", f"x: {{ type: vtnmd.nodes.Interconnect, properties: {SLOW}, requirements: [ segment: lan ] }}", ""),
    ("VTN-T073", "x: { copy: lan, properties: { cidr: ⟦{ get_attribute: [ lan, state ] } } }", ""),
    ("VTN-T070", "x: { type: tosca.nodes.Compute, metadata: { moved: ⟦y } }", ""),
    ("VTN-T070", "x: { type: vtnmd.nodes.Region, metadata: { moved: ⟦y } }", ""),
    ("VTN-T070", "x: { type: vtnmd.nodes.QosClass, metadata: { moved: ⟦y }, properties: { dscp: 1 } }", ""),
]


@pytest.mark.parametrize(("code", "line", "types"), CASES)
def test_what_has_no_place_in_the_intent_is_refused_where_it_stands(tmp_path: Path, code: str, line: str, types: str) -> None:
    plain, places = unmarked(HEAD + types + BASE + f"    {line}\n")
    with pytest.raises(Invalid) as caught:
        bind(read_topology(write(tmp_path, plain)), service_schema())
    assert found(tuple(p for p in caught.value.diagnostics if p.severity == "error")) == [(code, *place) for place in places]


def test_a_region_that_a_workload_names_must_be_a_region(tmp_path: Path) -> None:
    plain, places = unmarked(HEAD + SHOP.replace("regions: [ east, west ]", "regions: [ east, ⟦wets ]"))
    with pytest.raises(Invalid) as caught:
        bind(read_topology(write(tmp_path, plain)), service_schema())
    assert found(caught.value.diagnostics) == [("VTN-T051", *places[0])]
    assert caught.value.diagnostics[0].hint == "did you mean 'west'?"


WORKLOAD = dedent("""\
    imports: [ vtnmd ]
    topology_template:
      node_templates:
        acme: { type: vtnmd.nodes.Tenant }
        east: { type: vtnmd.nodes.Region }
        one: { type: vtnmd.nodes.Vtn, requirements: [ tenant: acme ] }
        lan: { type: vtnmd.nodes.Segment, properties: { cidr: 10.0.0.0/24 }, requirements: [ vtn: one, region: east ] }
        net: { type: tosca.nodes.network.Network }
        server:
          type: tosca.nodes.Compute
          capabilities:
            host: { properties: { num_cpus: 2, mem_size: 2 GiB, disk_size: 10.5 GB } }
            os: { properties: { type: linux, version: 12.1 } }
          requirements:
            - local_storage: { node: disk, relationship: { type: AttachesTo, properties: { location: /dev/vdb } } }
            - local_storage: { node: more, relationship: { type: AttachesTo, properties: { location: /srv } } }
        disk: { type: tosca.nodes.BlockStorage, properties: { size: 20 GB } }
        more: { type: tosca.nodes.BlockStorage, properties: { size: 100 MB } }
        first: { type: tosca.nodes.network.Port, properties: { order: 1 }, requirements: [ binding: server, link: lan ] }
        zeroth: { copy: first, properties: { order: 0, ip_address: 10.0.0.9 } }
        astray: { type: tosca.nodes.network.Port, requirements: [ binding: server, link: net ] }
        soft: { type: tosca.nodes.SoftwareComponent, requirements: [ host: server ] }
        bare: { type: tosca.nodes.Compute }
      groups:
        w: { type: vtnmd.groups.Workload, members: [ MEMBERS ], properties: { regions: [ east ] } }
    """)
COMPLETE = "server, disk, more, first, zeroth"


def test_a_server_with_ports_and_volumes(tmp_path: Path) -> None:
    workload = entry(tmp_path, WORKLOAD.replace("MEMBERS", COMPLETE))["vtn"][0]["vtnmd-workload:workload"][0]
    assert workload["body"] == {
        "servers": [
            {
                "name": "server",
                "flavor": {"num_cpus": 2, "mem_size": 2048, "disk_size": 11},
                "image": {"type": "linux", "version": "12.1"},
                "ports": [{"name": "zeroth", "segment": "lan", "ip_address": "10.0.0.9"}, {"name": "first", "segment": "lan"}],
                "volumes": [{"name": "disk", "size": 20, "device": "/dev/vdb"}, {"name": "more", "size": 1}],
            }
        ]
    }
    assert (workload["segment"], workload["region"]) == (["lan"], ["east"])


@pytest.mark.parametrize(
    ("members", "problems"),
    [
        (f"{COMPLETE}, soft", ["soft is a tosca.nodes.SoftwareComponent"]),
        (f"{COMPLETE}, bare", ["the server bare has no port"]),
        (f"{COMPLETE}, astray", ["the port astray links to net, which is no segment"]),
        ("server, disk, first", ["the volume more of server belongs to no workload"]),
        (
            "bare, disk, first",
            ["the port first binds to server", "the server bare has no port", "the volume disk belongs to no server"],
        ),
        (f"{COMPLETE}, net", ["net is a tosca.nodes.network.Network"]),
        ("first", ["the port first binds to server", "w has no member of type tosca.nodes.Compute"]),
    ],
)
def test_no_member_of_a_workload_is_dropped_silently(tmp_path: Path, members: str, problems: list[str]) -> None:
    with pytest.raises(Invalid) as caught:
        entry(tmp_path, WORKLOAD.replace("MEMBERS", members))
    errors = [problem for problem in caught.value.diagnostics if problem.severity == "error"]
    assert {problem.code for problem in errors} == {"VTN-T080"}
    assert len(errors) == len(problems)
    assert all(any(problem.summary.startswith(text) for problem in errors) for text in problems)


MOVED = """\
metadata: { template_name: shop, moved: ⟦store }
imports: [ vtnmd ]
topology_template:
  node_templates:
    acme: { type: vtnmd.nodes.Tenant }
    east: { type: vtnmd.nodes.Region }
    net: { type: vtnmd.nodes.Vtn, metadata: { moved: ⟦"lan, wan man" }, requirements: [ tenant: acme ] }
    web:
      type: vtnmd.nodes.Segment
      metadata: { moved: "", note: of no concern }
      properties: { cidr: 10.1.0.0/24 }
      requirements: [ vtn: net, region: east ]
    front: { type: tosca.nodes.Compute }
    front-port: { type: tosca.nodes.network.Port, requirements: [ binding: front, link: web ] }
  groups:
    servers:
      type: vtnmd.groups.Workload
      metadata: { moved: ⟦machines }
      members: [ front, front-port ]
      properties: { regions: [ east ] }
"""


def test_former_names_of_metadata_are_said_in_the_intent(tmp_path: Path) -> None:
    text, places = unmarked(HEAD + MOVED)
    found = bind(read_topology(write(tmp_path, text)), service_schema()).intent
    service = ("vtnmd-vtn:services", "service", 0)
    said = {service: ["store"], (*service, "vtn", 0): ["lan", "wan", "man"]}
    said[*service, "vtn", 0, "vtnmd-workload:workload", 0] = ["machines"]
    entry = found.service
    vtn = entry["vtn"][0]
    assert [entry["moved-from"], vtn["moved-from"], vtn["vtnmd-workload:workload"][0]["moved-from"]] == list(said.values())
    assert "moved-from" not in vtn["segment"][0]
    spans = [found.source((*path, "moved-from")) for path in said]
    assert [(span.line, span.column) for span in spans if span] == places
