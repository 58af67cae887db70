"""Topologies to measure with: as many nodes as asked for, of vtnmd's own types, references dense."""

from collections.abc import Iterator

SEGMENTS_PER_VTN = 100
REGIONS = ("east", "west")


def topology(nodes: int) -> str:
    """A service template of about `nodes` node templates: nine attachments for each segment, one VTN for each hundred segments."""
    return "\n".join(_lines(nodes)) + "\n"


def _lines(nodes: int) -> Iterator[str]:
    yield "tosca_definitions_version: tosca_simple_yaml_1_3"
    yield "metadata: { template_name: bench }"
    yield "imports: [ vtnmd ]"
    yield "topology_template:"
    yield "  node_templates:"
    yield "    acme: { type: vtnmd.nodes.Tenant }"
    for region in REGIONS:
        yield f"    {region}: {{ type: vtnmd.nodes.Region }}"
    segments = max(nodes // 10, 1)
    for vtn in range(-(-segments // SEGMENTS_PER_VTN)):
        yield f"    net-{vtn}: {{ type: vtnmd.nodes.Vtn, requirements: [ tenant: acme ] }}"
    for segment in range(segments):
        yield from _segment(segment)
    for attachment in range(nodes - segments):
        yield from _attachment(attachment, attachment % segments)


def _segment(number: int) -> Iterator[str]:
    within = number % SEGMENTS_PER_VTN
    yield f"    segment-{number}:"
    yield "      type: vtnmd.nodes.Segment"
    yield f"      properties: {{ cidr: 10.{within}.0.0/24, gateway: 10.{within}.0.1, mtu: 1450 }}"
    yield f"      requirements: [ vtn: net-{number // SEGMENTS_PER_VTN}, region: {REGIONS[number % len(REGIONS)]} ]"


def _attachment(number: int, segment: int) -> Iterator[str]:
    yield f"    attachment-{number}:"
    yield "      type: vtnmd.nodes.Attachment"
    yield f"      properties: {{ node: openflow:{number % 97 + 1}, port: eth{number} }}"
    vtn, region = segment // SEGMENTS_PER_VTN, REGIONS[segment % len(REGIONS)]
    yield f"      requirements: [ vtn: net-{vtn}, segment: segment-{segment}, region: {region} ]"


def inventory() -> str:
    """Two regions with a VTN Manager each and every VLAN."""
    lines = ["inventory:", "  region:"]
    for region in REGIONS:
        lines += [
            f"    - name: {region}",
            "      vlan-range: { start: 1, end: 4094 }",
            "      endpoint:",
            "        - name: odl",
            "          odl: { url: 'https://127.0.0.1:8181/restconf', username: admin, password: 'env:ODL_PASSWORD' }",
        ]
    return "\n".join(lines) + "\n"
