"""Operations and artifacts of a topology, and inputs that stay symbolic."""

from pathlib import Path

from tests.support.hand_off import SERVER, plain
from tests.support.tosca import service, topology_of, write
from vtnmd.domain.topology import FunctionCall

TYPES = """\
    artifact_types: { archive: { derived_from: tosca.artifacts.Root } }
    node_types:
      base:
        derived_from: tosca.nodes.SoftwareComponent
        properties: { path: { type: string, default: /opt } }
        artifacts: { setup: scripts/setup.sh, data: { file: ../data.tgz, type: archive }, page: "https://example.org/page" }
        interfaces:
          Standard:
            inputs: { shared: { type: string, default: all } }
            create:
              implementation: setup
              inputs: { path: { get_property: [ SELF, path ] }, mode: { type: integer, default: 7 }, unset: { type: string } }
            start: run.sh
      derived:
        derived_from: base
        interfaces: { Standard: { create: { inputs: { mode: 9 } } } }
"""


def test_operations_are_what_types_and_template_say_together(tmp_path: Path) -> None:
    write(tmp_path, service(TYPES), "types/own.yaml")
    text = f"""
        imports: [ types/own.yaml ]
        topology_template:
          node_templates:
            s: {SERVER}
            a:
              type: derived
              properties: {{ path: /srv }}
              requirements: [ host: s ]
              interfaces:
                tosca.interfaces.node.lifecycle.Standard:
                  start: {{ implementation: {{ primary: mine.sh, dependencies: [ more.sh ] }} }}
    """
    node = topology_of(tmp_path, text).nodes["a"]
    create, start = node.operations
    assert (create.interface, create.name, create.implementation) == ("Standard", "create", "types/scripts/setup.sh")
    assert create.inputs == {"shared": "all", "path": "/srv", "mode": 9}
    assert (start.implementation, start.dependencies) == ("mine.sh", ("more.sh",))
    assert {name: artifact.file for name, artifact in node.artifacts.items()} == {
        "setup": "types/scripts/setup.sh",
        "data": "data.tgz",
        "page": "https://example.org/page",
    }
    assert node.artifacts["data"].ancestry == ("archive", "tosca.artifacts.Root")


def test_nothing_implements_the_operations_of_normative_types(tmp_path: Path) -> None:
    nodes = topology_of(tmp_path, f"topology_template: {{ node_templates: {{ s: {SERVER} }} }}").nodes
    assert nodes["s"].operations == ()


SYMBOLIC = """\
    node_types:
      t:
        derived_from: tosca.nodes.Root
        properties: { n: { type: integer, constraints: [ in_range: [ 1, 5 ] ] }, text: { type: string, required: false } }
    topology_template:
      inputs:
        n: { type: integer, default: 3 }
        table: { type: map, default: { a: [ x, y ] } }
        unknown: { type: string }
      node_templates:
        a: { type: t, properties: { n: { get_input: n }, text: TEXT } }
        b: { type: t, properties: { n: { get_property: [ a, n ] } } }
"""


def test_inputs_stay_symbolic_and_know_their_value(tmp_path: Path) -> None:
    nodes = plain(tmp_path, SYMBOLIC.replace("TEXT", "{ get_input: [ table, a, 1 ] }")).nodes
    assert nodes["a"].properties["n"] == FunctionCall("get_input", ("n",))
    assert nodes["a"].properties["n"].value == 3
    assert nodes["b"].properties["n"].value == 3
    assert nodes["a"].properties["text"] == FunctionCall("get_input", ("table", "a", 1))
    assert nodes["a"].properties["text"].value == "y"


def test_a_text_of_symbols_is_put_together_later(tmp_path: Path) -> None:
    nodes = plain(tmp_path, SYMBOLIC.replace("TEXT", "{ concat: [ x-, { get_input: unknown } ] }")).nodes
    assert nodes["a"].properties["text"] == FunctionCall("concat", ("x-", FunctionCall("get_input", ("unknown",))))
