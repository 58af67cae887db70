"""Whole hand-offs: what holds for all templates."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.hand_off import SERVER, handed_off, plain, refusals
from tests.support.tosca import write
from vtnmd.compiler.hot import as_cloudformation, hand_off
from vtnmd.compiler.tosca import read_topology
from vtnmd.lab.hot import read_template
from vtnmd.render.hot import dump_template

CASES = Path(__file__).parents[3] / "golden" / "hand-offs"


def test_what_heat_has_nothing_for_is_told_at_once_and_in_its_place(tmp_path: Path) -> None:
    text = """
        policy_types: { p: { derived_from: tosca.policies.Root } }
        topology_template:
          node_templates:
            a: { type: tosca.nodes.LoadBalancer }
            b: { type: tosca.nodes.Root }
          policies: [ c: { type: p } ]
    """
    found = refusals(tmp_path, text)
    assert [(problem.code, problem.span.line if problem.span else 0) for problem in found] == [
        ("VTN-H001", 6),
        ("VTN-H001", 7),
        ("VTN-H002", 8),
    ]


def test_two_resources_never_share_a_name(tmp_path: Path) -> None:
    text = """
        topology_template:
          node_templates:
            net: { type: tosca.nodes.network.Network, properties: { cidr: 10.0.0.0/8 } }
            net_subnet: { type: tosca.nodes.BlockStorage, properties: { size: 1 GB } }
    """
    assert [problem.code for problem in refusals(tmp_path, text)] == ["VTN-H007"]


def test_an_output_cannot_tell_of_one_of_many_copies(tmp_path: Path) -> None:
    text = f"""
        policy_types:
          grow:
            derived_from: tosca.policies.Scaling
            properties: {{ min_instances: {{ type: integer }}, max_instances: {{ type: integer }} }}
        topology_template:
          node_templates: {{ s: {SERVER} }}
          policies: [ g: {{ type: grow, properties: {{ min_instances: 1, max_instances: 2 }}, targets: [ s ] }} ]
          outputs: {{ o: {{ value: {{ get_attribute: [ s, private_address ] }} }} }}
    """
    (problem,) = refusals(tmp_path, text)
    assert problem.code == "VTN-H003"
    assert "makes copies" in problem.summary


def _without_parameters(tree: Any, values: dict[str, Any]) -> Any:
    if isinstance(tree, dict):
        if set(tree) == {"get_param"}:
            return values[tree["get_param"]]
        return {key: _without_parameters(child, values) for key, child in tree.items()}
    return [_without_parameters(child, values) for child in tree] if isinstance(tree, list) else tree


def test_the_simulated_heat_takes_a_template_of_servers_networks_and_volumes(tmp_path: Path) -> None:
    text = """
        policy_types: { apart: { derived_from: tosca.policies.Placement, properties: { policy: { type: string } } } }
        topology_template:
          inputs: { size: { type: scalar-unit.size, default: 5 GB } }
          node_templates:
            s:
              type: tosca.nodes.Compute
              capabilities: { os: { properties: { type: Linux, distribution: RHEL } } }
              requirements: [ local_storage: { node: v, relationship: { type: AttachesTo, properties: { location: /dev/vdb } } } ]
            v: { type: tosca.nodes.BlockStorage, properties: { size: { get_input: size } } }
            n:
              type: tosca.nodes.network.Network
              properties: { cidr: 10.0.0.0/24, start_ip: 10.0.0.5, end_ip: 10.0.0.9, network_type: vlan, physical_network: p }
            p: { type: tosca.nodes.network.Port, properties: { ip_address: 10.0.0.7 }, requirements: [ binding: s, link: n ] }
          policies: [ g: { type: apart, properties: { policy: anti-affinity }, targets: [ s ] } ]
          outputs:
            address: { value: { get_attribute: [ s, private_address ] } }
            volume: { value: { get_attribute: [ v, volume_id ] } }
    """.replace("binding: s, link: n", "{ binding: s }, { link: n }")
    template = yaml.safe_load(dump_template(handed_off(tmp_path, text).template))
    values = {name: parameter["default"] for name, parameter in template.pop("parameters").items()}
    bare = _without_parameters(template, values) | {"heat_template_version": str(template["heat_template_version"])}
    assert set(read_template(bare, lambda _kind, _name: True).resources) == {"s", "v", "n", "n_subnet", "p", "g", "attachesto_1"}


@pytest.mark.parametrize("case", ["web-shop", "growing", "cluster", "vnf"])
def test_templates_are_complete_and_the_same_each_time(case: str) -> None:
    topology = read_topology(CASES / case, symbolic=True)
    found = hand_off(topology)
    texts = [dump_template(template) for template in (found.template, *found.nested.values())]
    again = hand_off(topology)
    assert texts == [dump_template(template) for template in (again.template, *again.nested.values())]
    for text in texts:
        template = yaml.safe_load(text)
        names = set(template["resources"])
        for tree in template["resources"].values():
            assert set(tree.get("depends_on", ())) <= names
            assert set(_named(tree, "get_resource")) <= names
            assert {name if isinstance(name, str) else name[0] for name in _named(tree, "get_param")} <= set(
                template.get("parameters", ())
            )


def _named(tree: Any, function: str) -> list[Any]:
    if isinstance(tree, dict):
        if set(tree) == {function}:
            return [tree[function]]
        return [name for child in tree.values() for name in _named(child, function)]
    return [name for child in tree for name in _named(child, function)] if isinstance(tree, list) else []


def test_cloudformation_says_what_it_can_and_warns_of_the_rest(tmp_path: Path) -> None:
    text = f"""
        topology_template:
          inputs: {{ n: {{ type: integer, default: 1, constraints: [ in_range: [ 1, 4 ] ] }} }}
          node_templates:
            s: {SERVER}
            a: {{ type: tosca.nodes.WebServer, requirements: [ host: s ], interfaces: {{ Standard: {{ create: a.sh }} }} }}
          outputs:
            address: {{ value: {{ get_attribute: [ s, private_address ] }} }}
            made: {{ value: {{ get_operation_output: [ a, Standard, create, x ] }} }}
    """
    found = as_cloudformation(handed_off(tmp_path, text))
    assert found.template == {
        "HeatTemplateFormatVersion": "2012-12-12",
        "Parameters": {"n": {"Type": "Number", "Default": 1, "MinValue": 1, "MaxValue": 4}},
        "Resources": {
            "s": {
                "Type": "OS::Nova::Server",
                "Properties": {"flavor": "m1.tiny", "image": "rhel-6.5-test-image", "user_data_format": "SOFTWARE_CONFIG"},
            }
        },
        "Outputs": {"address": {"Value": {"Fn::Select": ["0", {"Fn::Select": ["private", {"Fn::GetAtt": ["s", "networks"]}]}]}}},
    }
    assert [warning.code for warning in found.warnings] == ["VTN-H009", "VTN-H009"]


def test_a_topology_with_nodes_of_vtnmd_is_not_plain(tmp_path: Path) -> None:
    text = """
        imports: [ vtnmd ]
        topology_template:
          inputs: { name: { type: string, default: acme } }
          node_templates: { t: { type: vtnmd.nodes.Tenant, properties: { name: { get_input: name } } } }
    """
    topology = plain(tmp_path, text)
    assert not topology.is_plain
    assert topology.nodes["t"].properties == {"name": "acme"}


@pytest.mark.parametrize("name", ["../../evil", "a/b", '"a\\0b"', '"a\\nb"'])
def test_no_name_becomes_a_path_or_more_than_a_name(tmp_path: Path, name: str) -> None:
    text = f"""
        policy_types:
          grow:
            derived_from: tosca.policies.Scaling
            properties: {{ min_instances: {{ type: integer }}, max_instances: {{ type: integer }} }}
        topology_template:
          node_templates: {{ s: {SERVER} }}
          policies: [ {name}: {{ type: grow, properties: {{ min_instances: 1, max_instances: 2 }}, targets: [ s ] }} ]
    """
    assert {problem.code for problem in refusals(tmp_path, text)} == {"VTN-H003"}


def test_what_scales_is_given_what_it_needs_from_outside(tmp_path: Path) -> None:
    text = f"""
        policy_types:
          grow:
            derived_from: tosca.policies.Scaling
            properties: {{ min_instances: {{ type: integer }}, max_instances: {{ type: integer }} }}
        topology_template:
          inputs: {{ level: {{ type: string, default: low }} }}
          node_templates:
            fixed: {SERVER}
            copied: {SERVER}
            job:
              type: tosca.nodes.WebServer
              requirements: [ host: copied ]
              interfaces:
                Standard:
                  create:
                    implementation: job.sh
                    inputs: {{ level: {{ get_input: level }}, peer: {{ get_attribute: [ fixed, private_address ] }} }}
          policies: [ g: {{ type: grow, properties: {{ min_instances: 1, max_instances: 2 }}, targets: [ copied ] }} ]
    """
    found = handed_off(tmp_path, text)
    given = found.template["resources"]["g_group"]["properties"]["resource"]
    assert given == {
        "type": "g_res.yaml",
        "properties": {
            "level": {"get_param": "level"},
            "fixed_networks_private_0": {"get_attr": ["fixed", "networks", "private", 0]},
        },
    }
    inner = found.nested["g_res.yaml"]
    assert set(inner["parameters"]) == set(given["properties"])
    values = inner["resources"]["job_create_deploy"]["properties"]["input_values"]
    assert values == {"level": {"get_param": "level"}, "peer": {"get_param": "fixed_networks_private_0"}}


def test_literals_of_a_text_never_look_like_its_placeholders(tmp_path: Path) -> None:
    text = f"""
        topology_template:
          node_templates: {{ s: {SERVER} }}
          outputs: {{ o: {{ value: {{ concat: [ "%1%", {{ get_attribute: [ s, private_address ] }}, "%" ] }} }} }}
    """
    value = handed_off(tmp_path, text).template["outputs"]["o"]["value"]["str_replace"]
    ((placeholder, _),) = value["params"].items()
    assert value["template"] == f"%1%{placeholder}%"
    assert placeholder not in "%1%%"


def test_what_a_virtual_link_says_in_no_known_form_is_passed_over(tmp_path: Path) -> None:
    """The types of NFV do not check what stands in a profile."""
    case = (CASES / "vnf" / "service.yaml").read_text().replace("- types.yaml", f"- {CASES / 'vnf' / 'types.yaml'}")
    start = case.index("          virtual_link_protocol_data:")
    rest = case[start:].splitlines(keepends=True)[1:]
    kept = next(number for number, line in enumerate(rest) if len(line) - len(line.lstrip()) <= 10)
    changed = case[:start] + "          virtual_link_protocol_data: [ null, 5 ]\n" + "".join(rest[kept:])
    found = hand_off(read_topology(write(tmp_path, changed), {}, symbolic=True))
    assert found.template["resources"]["inside_subnet"]["properties"] == {"network": {"get_resource": "inside"}, "ip_version": 4}
