"""TOSCA types and YANG agree, leaf by leaf: whatever changes in a leaf's name, type or range changes what designers may write.

Each leaf that the profile is bound to is mutated in the schema, and a service that uses all of them is read again.
"""

import re
from dataclasses import replace
from pathlib import Path
from textwrap import dedent

import pytest

from vtnmd.compiler.models import service_schema
from vtnmd.compiler.tosca import bind, read_topology
from vtnmd.compiler.violations import as_diagnostics
from vtnmd.domain.diagnostics import Diagnostic, Invalid
from vtnmd.domain.inventory import ROOT
from vtnmd.yang.instance import validate
from vtnmd.yang.nodes import SchemaNode
from vtnmd.yang.schema import Schema, load_schema

SERVICE = dedent(
    """\
    tosca_definitions_version: tosca_simple_yaml_1_3
    description: Every property of every type
    metadata: { template_name: everything }
    imports: [ vtnmd ]
    topology_template:
      node_templates:
        acme: { type: vtnmd.nodes.Tenant }
        east: { type: vtnmd.nodes.Region }
        west: { type: vtnmd.nodes.Region }
        shop:
          type: vtnmd.nodes.Vtn
          metadata:
            moved: old
          properties:
            description: a shop
          requirements:
            - tenant: acme
        web:
          type: vtnmd.nodes.Segment
          metadata:
            moved: old
          properties:
            description: the web
            shared:
              tenant:
                - other
            cidr: 10.1.0.0/24
            gateway: 10.1.0.1
            mtu: 1450
            dns-server:
              - 10.1.0.2
          requirements:
            - vtn: shop
            - region:
                node: east
                relationship:
                  properties:
                    pool:
                      - start: 10.1.0.10
                        end: 10.1.0.99
                    mac-map:
                      allowed:
                        - 52:54:00:00:00:01@0
                      denied:
                        - 52:54:00:00:00:02@0
            - region:
                node: west
                relationship:
                  properties:
                    pool:
                      - start: 10.1.0.110
                        end: 10.1.0.199
        names:
          type: vtnmd.nodes.SharedSegment
          properties:
            description: name servers
            service: hub
            shared-vtn: base
            segment: names
          requirements:
            - vtn: shop
            - region:
                node: east
        core:
          type: vtnmd.nodes.Router
          metadata:
            moved: old
          properties:
            description: a router
          requirements:
            - segment: web
        till:
          type: vtnmd.nodes.Attachment
          metadata:
            moved: old
          properties:
            description: a till
            node: openflow:1
            port: eth1
            vlan: 5
            enabled: false
          requirements:
            - segment: web
            - region: east
        firewall:
          type: vtnmd.nodes.Terminal
          metadata:
            moved: old
          properties:
            description: a firewall
            node: openflow:1
            port: eth2
            vlan: 6
            enabled: false
          requirements:
            - vtn: shop
            - region: east
        shoppers:
          type: vtnmd.nodes.FlowCondition
          metadata:
            moved: old
          properties:
            match:
              - index: 1
                source-mac: 52:54:00:00:00:01
                destination-mac: 52:54:00:00:00:02
                ethertype: 2048
                vlan: 7
                vlan-priority: 3
                source: 10.1.0.0/24
                destination: 10.2.0.0/24
                dscp: 46
                protocol: 47
              - index: 2
                tcp:
                  source:
                    from: 1024
                    to: 65535
                  destination:
                    from: 80
                    to: 81
              - index: 3
                udp:
                  source:
                    from: 1024
                    to: 65535
                  destination:
                    from: 53
                    to: 54
              - index: 4
                icmp:
                  type: 8
                  code: 0
        cheap:
          type: vtnmd.nodes.PathPolicy
          metadata:
            moved: old
          requirements:
            - region:
                node: east
                relationship:
                  properties:
                    default-cost: 10
                    link:
                      - node: openflow:1
                        port: eth7
                        cost: 100
        gold:
          type: vtnmd.nodes.QosClass
          properties:
            dscp: 46
            priority: 5
        stretch:
          type: vtnmd.nodes.Interconnect
          metadata:
            moved: old
          properties:
            description: a wire
            kind: mpls-l2vpn
            bandwidth:
              min: 200 Mbps
              max: 400 Mbps
            protection: path
            atomic: true
            shared:
              tenant:
                - other
          requirements:
            - segment: web
            - qos-class: gold
        routed:
          type: vtnmd.nodes.Interconnect
          properties:
            kind: mpls-l3vpn
            carrier:
              service: hub
              vtn: base
              interconnect: wan
          requirements:
            - router: core
        front:
          type: tosca.nodes.Compute
        front-port:
          type: tosca.nodes.network.Port
          requirements:
            - binding: front
            - link: web
        names-port:
          type: tosca.nodes.network.Port
          properties:
            order: 1
          requirements:
            - binding: front
            - link: names
      groups:
        servers:
          type: vtnmd.groups.Workload
          metadata:
            moved: old
          members: [ front, front-port, names-port ]
          properties:
            description: servers
            count: 2
            key-name: admin
            regions:
              - east
      policies:
        - guard:
            type: vtnmd.policies.FlowFilter
            targets: [ shop, web, till, firewall ]
            properties:
              index: 10
              direction: in
              condition: shoppers
              action: pass
              enters: true
              set:
                source-mac: 52:54:00:00:00:01
                destination-mac: 52:54:00:00:00:02
                vlan-priority: 3
                source: 10.1.0.1
                destination: 10.1.0.2
                dscp: 46
                source-port: 80
                destination-port: 81
                icmp-type: 8
                icmp-code: 0
        - divert:
            type: vtnmd.policies.FlowFilter
            targets: [ till ]
            properties:
              index: 20
              condition: shoppers
              action: redirect
              terminal: firewall
        - return:
            type: vtnmd.policies.FlowFilter
            targets: [ firewall ]
            properties:
              index: 20
              condition: shoppers
              action: redirect
              attachment: till
        - lead:
            type: vtnmd.policies.PathMap
            targets: [ shop ]
            properties:
              index: 10
              condition: shoppers
              policy: cheap
              idle-timeout: 30 s
              hard-timeout: 60 s
              regions:
                - east
    """
)
SERVICES = ("vtnmd-vtn:services", "service")
HUB = {
    "name": "hub",
    "vtn": [
        {
            "name": "base",
            "tenant": "provider",
            "segment": [
                {
                    "name": "names",
                    "shared": {},
                    "cidr": "10.9.0.0/24",
                    "region": [
                        {"name": "east", "pool": [{"start": "10.9.0.10", "end": "10.9.0.99"}]},
                        {"name": "west", "pool": [{"start": "10.9.0.110", "end": "10.9.0.199"}]},
                    ],
                }
            ],
            "vtnmd-interconnect:interconnect": [{"name": "wan", "shared": {}, "kind": "mpls-l2vpn", "segment": ["names"]}],
        }
    ],
}
"""The service that shares what `SERVICE` uses."""
OTHER_TYPES = """\
module other-types {
  yang-version 1.1;
  namespace "urn:other-types";
  prefix other;
  leaf boolean { type boolean; }
  leaf number { type uint16 { range "9999..10000"; } }
  leaf big-number { type uint64 { range "1..2"; } }
  leaf text { type string { length "63"; } }
}
"""


def bound_leaves() -> list[SchemaNode]:
    """Every leaf below the lists that the types are bound to."""
    services = service_schema().node(SERVICES)
    assert services is not None
    return [node for node in services.walk() if node.terminal and len(node.path) > len(SERVICES) + 1]


def named(node: SchemaNode) -> str:
    return "/".join(node.path[len(SERVICES) :])


LEAVES = bound_leaves()


@pytest.fixture(scope="module")
def others(tmp_path_factory: pytest.TempPathFactory) -> Schema:
    folder = tmp_path_factory.mktemp("other")
    (folder / "other-types.yang").write_text(OTHER_TYPES)
    return load_schema(("other-types",), (folder,))


def mutated(leaf: SchemaNode, other: SchemaNode) -> Schema:
    """The service models with `other` in the place of one leaf."""
    schema = service_schema()

    def rebuilt(node: SchemaNode) -> SchemaNode:
        if node is leaf:
            return other
        if node.path != leaf.path[: len(node.path)]:
            return node
        children = {child.member: child for child in map(rebuilt, node.children.values())}
        required = tuple(other if child is leaf else children.get(child.member, child) for child in node.required)
        lookup = {(child.name, child.module): child for child in children.values()}
        return replace(node, children=children, required=required, lookup={**node.lookup, **lookup})

    return replace(schema, root=rebuilt(schema.root))


def problems(schema: Schema, folder: Path) -> tuple[Diagnostic, ...]:
    """What a designer is told about the service."""
    file = folder / "service.yaml"
    file.write_text(SERVICE)
    try:
        intent = bind(read_topology(file), schema).intent
    except Invalid as refused:
        return refused.diagnostics
    document = {SERVICES[0]: {SERVICES[1]: [intent.service, HUB]}}
    return as_diagnostics(validate(schema, document, unknown=[ROOT]), intent.source)


def lines_of(leaf: SchemaNode) -> set[int]:
    """The lines that give the leaf a value: where its name stands as a key, and the items below.

    A key is the name of a node, former names stand in metadata, what a policy acts on is said by the policy, and what a workload
    connects to is what the ports of its members link to.
    """
    lines = SERVICE.splitlines()
    if leaf.name == "moved-from":
        return {number for number, line in enumerate(lines, 1) if "moved:" in line}
    if leaf.name == "name":
        return {number for number, line in enumerate(lines, 1) if re.match(r" +(- )?[-a-z]+: *({.*)?$| +node: ", line)}
    if leaf.name in ("filtered-by", "path-map"):
        return {number for number, line in enumerate(lines, 1) if re.match(r" +- (guard|divert|return|lead):", line)}
    if named(leaf) == "vtn/shared-segment/vtn":
        return {number for number, line in enumerate(lines, 1) if "shared-vtn:" in line}
    if named(leaf) in ("vtn/vtnmd-workload:workload/segment", "vtn/vtnmd-workload:workload/shared-segment"):
        return {number for number, line in enumerate(lines, 1) if "link:" in line}
    written = {number for number, line in enumerate(lines, 1) if re.match(rf" *(- )?{leaf.name}s?:", line)}
    return written | {number + 1 for number in written if lines[number - 1].endswith(":")}


def test_the_service_uses_every_leaf_and_is_right(tmp_path: Path) -> None:
    assert problems(service_schema(), tmp_path) == ()
    assert [named(leaf) for leaf in LEAVES if not lines_of(leaf)] == []


@pytest.mark.parametrize("leaf", [leaf for leaf in LEAVES if leaf.name != "name"], ids=named)
def test_a_leaf_of_another_name_is_missed(leaf: SchemaNode, tmp_path: Path) -> None:
    renamed = replace(leaf, name="another", member=f"{leaf.member}-another", path=(*leaf.path[:-1], f"{leaf.member}-another"))
    found = problems(mutated(leaf, renamed), tmp_path)
    assert {problem.span.line for problem in found if problem.span} & lines_of(leaf), found


@pytest.mark.parametrize("leaf", LEAVES, ids=named)
def test_a_leaf_of_another_type_refuses_the_value(leaf: SchemaNode, others: Schema, tmp_path: Path) -> None:
    assert leaf.type is not None
    name = "number" if leaf.type.base == "boolean" else "boolean"
    refused(leaf, others, name, tmp_path)


@pytest.mark.parametrize("leaf", [leaf for leaf in LEAVES if leaf.type and leaf.type.base != "boolean"], ids=named)
def test_a_leaf_of_another_range_refuses_the_value(leaf: SchemaNode, others: Schema, tmp_path: Path) -> None:
    assert leaf.type is not None
    refused(leaf, others, {"uint8": "number", "uint16": "number", "uint64": "big-number"}.get(leaf.type.base, "text"), tmp_path)


def refused(leaf: SchemaNode, others: Schema, name: str, folder: Path) -> None:
    other = others.describe(f"/other-types:{name}")
    assert other is not None
    found = problems(mutated(leaf, replace(leaf, type=other.type, references=(), default=None)), folder)
    assert found
    assert {problem.span.line for problem in found if problem.span} <= lines_of(leaf), found
