"""Operations of nodes and relationships, and the order in which they run."""

from pathlib import Path

import pytest

from tests.support.hand_off import SERVER, handed_off, refusals, resources


def order(folder: Path, text: str) -> dict[str, list[str]]:
    """What each deployment waits for."""
    found = resources(folder, text)
    return {name: tree.get("depends_on", []) for name, tree in found.items() if name.endswith("_deploy")}


def operations(*names: str) -> str:
    return f"{{ Standard: {{ {', '.join(f'{name}: {name}.sh' for name in names)} }} }}"


def test_a_life_is_lived_in_order(tmp_path: Path) -> None:
    text = f"""
        topology_template:
          node_templates:
            s: {SERVER}
            a:
              type: tosca.nodes.SoftwareComponent
              requirements: [ host: s ]
              interfaces: {operations("delete", "start", "stop", "configure", "create")}
    """
    assert order(tmp_path, text) == {
        "a_create_deploy": [],
        "a_configure_deploy": ["a_create_deploy"],
        "a_start_deploy": ["a_configure_deploy"],
        "a_delete_deploy": ["a_start_deploy"],
        "a_stop_deploy": ["a_delete_deploy"],  # deleted first, so that it runs first
    }
    assert resources(tmp_path, text)["a_stop_deploy"]["properties"]["actions"] == ["DELETE"]


def test_software_without_operations_is_seen_through(tmp_path: Path) -> None:
    text = f"""
        topology_template:
          node_templates:
            s: {SERVER}
            low: {{ type: tosca.nodes.DBMS, requirements: [ host: s ], interfaces: {operations("start")} }}
            middle: {{ type: tosca.nodes.Database, properties: {{ name: m }}, requirements: [ host: low ] }}
            high:
              type: tosca.nodes.WebServer
              requirements: [ {{ host: s }}, {{ dependency: middle }} ]
              interfaces: {operations("create")}
    """
    assert order(tmp_path, text)["high_create_deploy"] == ["low_start_deploy"]


def test_one_deployment_reaches_several_hosts(tmp_path: Path) -> None:
    text = f"""
        topology_template:
          node_templates:
            s: {SERVER}
            t: {SERVER}
            a:
              type: tosca.nodes.SoftwareComponent
              requirements: [ {{ host: s }}, {{ host: t }} ]
              interfaces: {operations("create")}
    """
    deployment = resources(tmp_path, text)["a_create_deploy"]
    assert deployment["type"] == "OS::Heat::SoftwareDeploymentGroup"
    assert deployment["properties"]["servers"] == {"s": {"get_resource": "s"}, "t": {"get_resource": "t"}}


@pytest.mark.parametrize(("file", "group"), [("x.sh", "script"), ("x.yml", "ansible"), ("x.PP", "puppet"), ("x", "script")])
def test_a_file_is_run_by_what_its_name_says(tmp_path: Path, file: str, group: str) -> None:
    text = f"""
        topology_template:
          node_templates:
            s: {SERVER}
            a: {{ type: tosca.nodes.WebServer, requirements: [ host: s ], interfaces: {{ Standard: {{ create: {file} }} }} }}
    """
    assert resources(tmp_path, text)["a_create_config"]["properties"]["group"] == group


def test_an_operation_without_a_server_is_refused(tmp_path: Path) -> None:
    text = f"""
        node_types: {{ free: {{ derived_from: tosca.nodes.Root }}, up: {{ derived_from: tosca.nodes.SoftwareComponent,
          requirements: [ host: {{ capability: tosca.capabilities.Node, occurrences: [ 0, 1 ] }} ] }} }}
        topology_template:
          node_templates:
            a: {{ type: up, interfaces: {operations("create")} }}
    """
    assert [problem.code for problem in refusals(tmp_path, text)] == ["VTN-H004"]


def test_an_operation_that_no_stack_calls_is_said_to_be_left_out(tmp_path: Path) -> None:
    text = f"""
        node_types:
          odd: {{ derived_from: tosca.nodes.SoftwareComponent, interfaces: {{ Own: {{ tune: tune.sh }} }} }}
        topology_template:
          node_templates:
            s: {SERVER}
            a: {{ type: odd, requirements: [ host: s ] }}
    """
    assert [warning.code for warning in handed_off(tmp_path, text).warnings if warning.code.startswith("VTN-H")] == ["VTN-H006"]


def test_roles_of_ansible_galaxy_are_fetched_by_the_server(tmp_path: Path) -> None:
    text = f"""
        artifact_types: {{ tosca.artifacts.AnsibleGalaxy.role: {{ derived_from: tosca.artifacts.Root }} }}
        topology_template:
          node_templates:
            s: {SERVER}
            a:
              type: tosca.nodes.WebServer
              requirements: [ host: s ]
              artifacts: {{ role: {{ file: someone.role, type: tosca.artifacts.AnsibleGalaxy.role }} }}
    """
    config = resources(tmp_path, text)["a_install_roles_config"]
    assert config["properties"] == {"config": "#!/bin/bash\nansible-galaxy install someone.role\n", "group": "script"}
