"""What TOSCA leaves open, or forbids and everybody writes: it is read, and a warning tells how."""

from pathlib import Path

import pytest

from tests.support.tosca import HEAD, found, problems_of, service, topology_of, unmarked, write
from vtnmd.compiler.tosca import read_topology
from vtnmd.domain.diagnostics import Severity
from vtnmd.domain.topology import Topology

TYPES = """
capability_types:
  my.Storing: { derived_from: tosca.capabilities.Root }
  my.FastStoring: { derived_from: my.Storing }
relationship_types:
  my.Quick: { derived_from: tosca.relationships.Root, valid_target_types: [ my.FastStoring ] }
node_types:
  my.Disk:
    derived_from: tosca.nodes.Root
    properties: { size: { type: integer, default: 5, constraints: [ in_range: [ 1, 9 ] ] } }
    capabilities: { store: my.Storing, fast: my.FastStoring }
  my.Tape: { derived_from: tosca.nodes.Root, capabilities: { store: my.Storing } }
  my.Lamp: { derived_from: tosca.nodes.Root }
  my.Reader:
    derived_from: tosca.nodes.Root
    requirements: [ disk: { capability: my.Storing, node: my.Disk } ]
"""
CASES = {
    "a requirement that several nodes meet takes the first": (
        "VTN-T055",
        "d: { type: my.Disk }, e: { type: my.Disk }, r: { type: my.Reader, requirements: [ disk: ⟦my.Disk ] }",
    ),
    "a requirement that no node meets stays open": (
        "VTN-T055",
        "d: { type: my.Disk }, r: { type: my.Reader, requirements: [ ⟦disk: { node_filter: { properties: [ size: 6 ] } } ] }",
    ),
    "the capability will do": ("VTN-T083", "t: { type: my.Tape }, r: { type: my.Reader, requirements: [ disk: ⟦t ] }"),
    "the default bound is no bound": (
        "VTN-T083",
        "d: { type: my.Disk }, r: { type: my.Reader, requirements: [ disk: d, ⟦disk: d ] }",
    ),
    "a requirement with node and relationship speaks for itself": (
        "VTN-T083",
        "d: { type: my.Disk }, l: { type: my.Lamp, requirements: [ ⟦disk: { node: d, relationship: DependsOn } ] }",
    ),
    "a body beside its name": (
        "VTN-T083",
        "d: { type: my.Disk }, r: { type: my.Reader, requirements: [ { ⟦disk: , node: d } ] }",
    ),
    "metadata of any form": ("VTN-T083", "d: { type: my.Disk, metadata: { a: ⟦[ b ] } }"),
}


def warned(topology: Topology) -> list[tuple[str, int, int]]:
    assert all(problem.severity is Severity.WARNING for problem in topology.warnings)
    return found(topology.warnings)


@pytest.mark.parametrize(("code", "templates"), CASES.values(), ids=CASES)
def test_it_is_read_with_a_warning(tmp_path: Path, code: str, templates: str) -> None:
    plain, places = unmarked(f"{HEAD}topology_template: {{ node_templates: {{ {templates} }} }}{TYPES}")
    assert warned(read_topology(write(tmp_path, plain))) == [(code, line, column) for line, column in places]


def test_the_first_of_several_nodes_is_taken(tmp_path: Path) -> None:
    templates = "z: { type: my.Disk }, a: { type: my.Disk }, r: { type: my.Reader, requirements: [ disk: my.Disk ] }"
    topology = read_topology(write(tmp_path, f"{HEAD}topology_template: {{ node_templates: {{ {templates} }} }}{TYPES}"))
    assert [relation.target for relation in topology.nodes["r"].relations] == ["z"]


def test_the_relationship_chooses_among_capabilities(tmp_path: Path) -> None:
    templates = "d: { type: my.Disk }, r: { type: my.Reader, requirements: [ disk: { node: d, relationship: my.Quick } ] }"
    topology = read_topology(write(tmp_path, f"{HEAD}topology_template: {{ node_templates: {{ {templates} }} }}{TYPES}"))
    assert [relation.capability for relation in topology.nodes["r"].relations] == ["fast"]


def test_an_import_from_an_undeclared_repository_is_said_at_both(tmp_path: Path) -> None:
    problems = problems_of(tmp_path, "imports: [ { file: a.yaml, repository: nobody } ]")
    assert found(problems) == [("VTN-T010", 2, 20), ("VTN-T012", 2, 40)]


def test_an_inherited_property_can_be_given_its_value(tmp_path: Path) -> None:
    topology = topology_of(
        tmp_path,
        """
        node_types:
          my.Base: { properties: { size: { type: integer } } }
          my.Small: { derived_from: my.Base, properties: { size: 3 } }
          my.Tiny: { derived_from: my.Base, properties: { size: { default: 1 } } }
        topology_template: { node_templates: { a: { type: my.Small }, b: { type: my.Tiny } } }
        """,
    )
    assert [node.properties["size"] for node in topology.nodes.values()] == [3, 1]
    assert [problem.code for problem in topology.warnings] == ["VTN-T083"]


def test_a_derived_type_replaces_a_constraint_by_one_of_its_kind(tmp_path: Path) -> None:
    types = """
        node_types:
          my.Base: { properties: { size: { type: integer, constraints: [ in_range: [ 1, 3 ], less_than: 8 ] } } }
          my.Big: { derived_from: my.Base, properties: { size: { type: integer, constraints: [ in_range: [ 4, 9 ] ] } } }
        topology_template: { node_templates: { a: { type: my.Big, properties: { size: %d } } } }
    """
    assert not problems_of(tmp_path, types % 7)
    assert [problem.code for problem in problems_of(tmp_path, types % 8)] == ["VTN-T043"]
    assert [problem.code for problem in problems_of(tmp_path, types % 3)] == ["VTN-T043"]


def test_what_is_wrong_with_an_imported_type_matters_where_it_is_used(tmp_path: Path) -> None:
    write(
        tmp_path,
        service("""
            node_types:
              my.Good: { derived_from: tosca.nodes.Root }
              my.Bad: { derived_from: tosca.nodes.Root, properties: { a: { type: int }, a: { type: string } }, acton: b }
        """),
        "types.yaml",
    )
    using = "imports: [ types.yaml ]\ntopology_template: { node_templates: { a: { type: %s } } }"
    codes = ["VTN-T020", "VTN-F005", "VTN-T002"]
    assert sorted(problem.code for problem in topology_of(tmp_path, using % "my.Good").warnings) == sorted(codes)
    assert sorted(problem.code for problem in problems_of(tmp_path, using % "my.Bad")) == sorted(codes)


def test_types_are_found_where_other_implementations_find_them(tmp_path: Path) -> None:
    write(
        tmp_path, "node_types: { my.Leaf: { derived_from: my.Stem } }\n", "leaf.yaml"
    )  # neither a version nor an import of the stem
    write(tmp_path, service("node_types: { my.Stem: { derived_from: tosca.nodes.Root } }"), "stem.yaml")
    topology = topology_of(
        tmp_path,
        """
        imports: [ leaf.yaml, { file: stem.yaml, namespace_prefix: p }, stem.yaml ]
        topology_template: { node_templates: { a: { type: my.Leaf }, b: { type: p.my.Stem } } }
        """,
    )
    assert topology.nodes["a"].ancestry == ("my.Leaf", "my.Stem", "tosca.nodes.Root")
    assert {problem.code for problem in topology.warnings} == {"VTN-T083"}


def test_a_path_written_from_further_up_is_found(tmp_path: Path) -> None:
    write(tmp_path, service("node_types: { my.Leaf: { derived_from: tosca.nodes.Root } }"), "types/leaf.yaml")
    write(tmp_path, service("imports: [ data/types/leaf.yaml ]"), "types/all.yaml")
    topology = topology_of(tmp_path, "imports: [ types/all.yaml ]\ntopology_template: { node_templates: { a: { type: my.Leaf } } }")
    assert [problem.code for problem in topology.warnings] == ["VTN-T083"]


@pytest.mark.parametrize("name", ["Compute", "tosca:Compute", "tosca.nodes.Compute"])
def test_normative_types_have_short_names(tmp_path: Path, name: str) -> None:
    topology = topology_of(tmp_path, f"topology_template: {{ node_templates: {{ a: {{ type: '{name}' }} }} }}")
    assert topology.nodes["a"].type == "tosca.nodes.Compute"


def test_data_types_have_short_names(tmp_path: Path) -> None:
    topology = topology_of(tmp_path, "topology_template: { inputs: { a: { type: PortDef, default: 80 } } }")
    assert topology.inputs["a"].value == 80


@pytest.mark.parametrize(("given", "severity"), [({"speed": 1}, Severity.WARNING), ({"sizes": 1}, Severity.ERROR)])
def test_an_input_for_nothing_is_a_mistake_only_where_a_name_may_be_mistaken(
    tmp_path: Path, given: dict[str, int], severity: Severity
) -> None:
    text = "topology_template: { inputs: { size: { type: integer, default: 1 } } }"
    if severity is Severity.WARNING:
        assert [problem.code for problem in topology_of(tmp_path, text, dict(given)).warnings] == ["VTN-T031"]
    else:
        assert [problem.code for problem in problems_of(tmp_path, text, dict(given))] == ["VTN-T031"]


def test_inputs_can_be_given_as_texts(tmp_path: Path) -> None:
    text = "topology_template: { inputs: { size: { type: integer }, on: { type: boolean }, name: { type: string } } }"
    topology = topology_of(tmp_path, text, {"size": "4", "on": "true", "name": 7})
    assert {name: each.value for name, each in topology.inputs.items()} == {"size": 4, "on": True, "name": "7"}


def test_annotations_may_repeat(tmp_path: Path) -> None:
    topology = topology_of(tmp_path, "metadata: { a: b, a: c }")
    assert [problem.code for problem in topology.warnings] == ["VTN-F005"]


@pytest.mark.parametrize(("profile", "name"), [("nfv", "VDU"), ("mec", "VDU")])
def test_the_version_tells_which_normative_types_there_are(tmp_path: Path, profile: str, name: str) -> None:
    text = f"topology_template: {{ node_templates: {{ a: {{ type: tosca.nodes.{profile}.{name} }} }} }}"
    topology = read_topology(write(tmp_path, f"tosca_definitions_version: tosca_simple_profile_for_{profile}_1_0_0\n{text}"))
    assert "tosca.nodes.Compute" in topology.nodes["a"].ancestry
    assert "VTN-T020" in [problem.code for problem in problems_of(tmp_path, text)]
