"""tosca-parser as an independent peer: what it can read means the same to it.

It refuses three things that TOSCA 1.3 allows: an input of type scalar-unit.bitrate, a relationship without a type, and metadata of
a group type. They are rewritten before it sees a file.
"""

import re
from collections import Counter
from pathlib import Path

import pytest
from toscaparser.tosca_template import ToscaTemplate

from tests.support.tosca import HEAD, write
from vtnmd.assets import TOSCA_MODELS
from vtnmd.compiler.tosca import read_topology

ROOT = Path(__file__).parents[4]
REACHES = "vtnmd.relationships.ReachesInto"

NORMATIVE = (
    HEAD
    + """\
topology_template:
  node_templates:
    server:
      type: tosca.nodes.Compute
      capabilities: { host: { properties: { num_cpus: 2, mem_size: 4 GB } }, os: { properties: { type: linux } } }
      requirements:
        - local_storage: { node: disk, relationship: { type: tosca.relationships.AttachesTo, properties: { location: /dev/vdb } } }
    disk: { type: tosca.nodes.BlockStorage, properties: { size: 10 GB } }
    net: { type: tosca.nodes.network.Network, properties: { cidr: 10.0.0.0/24, ip_version: 4 } }
    port: { type: tosca.nodes.network.Port, properties: { order: 1 }, requirements: [ binding: server, link: net ] }
    dbms: { type: tosca.nodes.DBMS, properties: { port: 3306 }, requirements: [ host: server ] }
    database: { type: tosca.nodes.Database, properties: { name: shop }, requirements: [ host: dbms ] }
"""
)


def for_the_peer(text: str) -> str:
    """The same file with the profile imported by path, and without the two things that the peer refuses."""
    text = re.sub(r"imports:\s*(\[ vtnmd \]|- vtnmd)", "imports: [ profile.yaml ]", text)
    text = text.replace("type: scalar-unit.bitrate\n", "type: string\n")
    return re.sub(r"( +)relationship:\n( +)properties:", rf"\1relationship:\n\2type: {REACHES}\n\2properties:", text)


def profile_for_the_peer() -> str:
    before, group_types, after = (TOSCA_MODELS / "vtnmd.yaml").read_text().partition("\ngroup_types:")
    return before + group_types + re.sub(r"    metadata:\n(      .*\n)+", "", after, count=1)


FILES = {
    f"example {path.parent.name}": path.read_text()
    for path in sorted((ROOT / "examples").glob("*/service.yaml"))
    if "imports:\n  - vtnmd\n\n" in path.read_text()  # the peer puts no composites in the place of nodes
}
FILES["normative types"] = NORMATIVE
FILES["former names"] = (
    (ROOT / "examples" / "hello-vtn" / "service.yaml")
    .read_text()
    .replace("type: vtnmd.nodes.Segment", 'type: vtnmd.nodes.Segment\n      metadata: { moved: "net, web" }')
    .replace("template_name: hello-vtn", "template_name: hello-vtn\n  moved: hello")
)


@pytest.mark.parametrize("name", FILES)
def test_nodes_properties_and_requirements_are_the_same(tmp_path: Path, name: str) -> None:
    ours = read_topology(write(tmp_path, FILES[name]))
    write(tmp_path, profile_for_the_peer(), "profile.yaml")
    theirs = ToscaTemplate(str(write(tmp_path, for_the_peer(FILES[name]), "peer.yaml")))
    assert {node.name: node.type for node in theirs.nodetemplates} == {node.name: node.type for node in ours.nodes.values()}
    edges = Counter((node.name, relation.target) for node in ours.nodes.values() for relation in node.relations)
    assert set(edges) == {(node.name, target.name) for node in theirs.nodetemplates for target in node.related}
    for node in theirs.nodetemplates:
        assigned = {prop.name: prop.value for prop in node.get_properties_objects() if not isinstance(prop.value, dict)}
        known = ours.nodes[node.name].properties
        assert {name: known[name] for name in assigned} == assigned, node.name
    assert {group.name: tuple(group.members) for group in theirs.topology_template.groups} == {
        group.name: group.members for group in ours.groups.values()
    }
