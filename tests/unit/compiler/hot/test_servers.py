"""Servers, their flavors, images and places."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.hand_off import handed_off, plain, resources
from vtnmd.compiler.hot import hand_off

SIZED = """
    topology_template:
      inputs: { cpus: { type: integer, required: false } }
      node_templates:
        s:
          type: tosca.nodes.Compute
          capabilities: { host: { properties: HOST }, os: { properties: { type: linux, distribution: FEDORA, version: 19 } } }
"""


@pytest.mark.parametrize(
    ("host", "flavor"),
    [
        ("{ num_cpus: 1 }", "m1.tiny"),
        ("{ num_cpus: 1, mem_size: 513 MB }", "m1.small"),
        ("{ num_cpus: 1, disk_size: 30 GB }", "m1.medium"),
        ("{ num_cpus: 3 }", "m1.large"),
        ("{ num_cpus: 9 }", {"get_param": "s_flavor"}),
        ("{ num_cpus: { get_input: cpus } }", {"get_param": "s_flavor"}),
    ],
)
def test_the_smallest_flavor_that_suffices_is_taken(tmp_path: Path, host: str, flavor: Any) -> None:
    properties = resources(tmp_path, SIZED.replace("HOST", host))["s"]["properties"]
    assert properties["flavor"] == flavor
    assert properties["image"] == "F18-x86_64-cfntools"


def test_what_an_input_gives_counts_for_the_flavor(tmp_path: Path) -> None:
    text = SIZED.replace("HOST", "{ num_cpus: { get_input: cpus } }")
    assert resources(tmp_path, text, {"cpus": 8})["s"]["properties"]["flavor"] == "m1.xlarge"


def test_a_cloud_of_ones_own_is_chosen_from(tmp_path: Path) -> None:
    cloud = {"flavor": [{"name": "own", "cpus": 4, "memory": 1, "disk": 1}], "image": []}
    found = hand_off(plain(tmp_path, SIZED.replace("HOST", "{ num_cpus: 2 }")), cloud)
    assert found.template["resources"]["s"]["properties"]["flavor"] == "own"
    assert found.template["parameters"]["s_image"]["type"] == "string"
    assert [warning.code for warning in found.warnings] == ["VTN-H005"]


def test_properties_of_a_derived_type_are_those_of_the_server(tmp_path: Path) -> None:
    text = """
        node_types:
          own:
            derived_from: tosca.nodes.Compute
            properties:
              { flavor: string, image: string, availability_zone: string, metadata: map, user_data_format: string, other: string }
        topology_template:
          node_templates:
            s:
              type: own
              properties: { flavor: f, image: i, availability_zone: z, metadata: { a: b }, user_data_format: RAW, other: o }
    """
    for name in ("flavor", "image", "availability_zone", "user_data_format", "other"):
        text = text.replace(f"{name}: string", f"{name}: {{ type: string }}")
    found = resources(tmp_path, text.replace("metadata: map", "metadata: { type: map }"))["s"]
    wanted = {"flavor": "f", "image": "i", "availability_zone": "z", "metadata": {"a": "b"}, "user_data_format": "RAW"}
    assert found == {"type": "OS::Nova::Server", "properties": wanted}


def test_the_version_is_the_oldest_that_knows_all_functions(tmp_path: Path) -> None:
    outputs = "{ o: { value: VALUE } }"
    server = "node_templates: { s: { type: tosca.nodes.Compute } }"
    for value, version in (
        ("x", "2013-05-23"),
        ("{ join: [ [ a, { get_attribute: [ s, private_address ] } ], '-' ] }", "2014-10-16"),
        ("{ token: [ { get_attribute: [ s, private_address ] }, '.', 0 ] }", "2015-10-15"),
    ):
        text = f"topology_template: {{ {server}, outputs: {outputs.replace('VALUE', value)} }}"
        assert str(handed_off(tmp_path, text).template["heat_template_version"]) == version
