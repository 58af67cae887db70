"""For each TOSCA diagnostic a service that it refuses, and the place it points at."""

from pathlib import Path
from textwrap import dedent

import pytest

from tests.support.tosca import HEAD, found, problems_of, service, unmarked, write
from vtnmd.compiler.tosca import read_topology
from vtnmd.domain.diagnostics import Invalid

TYPES = dedent("""
    node_types:
      my.Disk:
        derived_from: tosca.nodes.Root
        properties:
          size: { type: integer, constraints: [ in_range: [ 1, 10 ] ] }
          label: { type: string, required: false, constraints: [ pattern: "[a-z]+" ] }
          speed: { type: scalar-unit.bitrate, required: false, constraints: [ greater_or_equal: 1 Mbps ] }
          tags: { type: list, required: false, entry_schema: string }
          limits: { type: map, required: false, entry_schema: { type: integer } }
        attributes:
          state_of_health: { type: string }
        capabilities:
          store: { type: my.Storing }
      my.Reader:
        derived_from: tosca.nodes.Root
        requirements:
          - disk: { capability: my.Storing, node: my.Disk, relationship: my.Reads, occurrences: [ 1, 2 ] }
      my.Lamp:
        derived_from: tosca.nodes.Root
    capability_types:
      my.Storing: { derived_from: tosca.capabilities.Root, properties: { rate: { type: integer, required: false } } }
    relationship_types:
      my.Reads:
        derived_from: tosca.relationships.Root
        valid_target_types: [ my.Storing ]
        properties:
          depth: { type: integer, required: false }
      my.Writes: { derived_from: tosca.relationships.Root }
    group_types:
      my.Shelf: { derived_from: tosca.groups.Root, members: [ my.Disk ] }
    policy_types:
      my.Care: { derived_from: tosca.policies.Root, targets: [ my.Disk ] }
""")
DISK = "d: { type: my.Disk, properties: { size: 5 } }"
CIRCLE = """\
node_types: { t: { properties: { p: { type: string }, q: { type: string } } } }
topology_template:
  node_templates:
    a: { type: t, properties: { p: ⟦{ get_property: [ SELF, q ] }, q: { get_property: [ SELF, p ] } } }
"""


def nodes(templates: str, sections: str = "") -> str:
    """Node templates and further sections of a topology, in flow style, over TYPES. DISK stands for a whole template."""
    return f"topology_template: {{ node_templates: {{ {templates.replace('DISK', DISK)} }}, {sections} }}{TYPES}"


CASES: dict[str, list[tuple[str, str]]] = {
    "grammar": [
        ("VTN-T002", "⟦topology_templates: {}"),
        ("VTN-T002", "topology_template: { node_templates: { a: { type: tosca.nodes.Root, ⟦propertiez: {} } } }"),
        ("VTN-T003", "topology_template: { node_templates: ⟦[ a ] }"),
        ("VTN-T003", "metadata: { template_name: ⟦{ a: b } }"),
        ("VTN-T003", "topology_template: { node_templates: { a: { type: tosca.nodes.Root, requirements: [ ⟦nobody ] } } }"),
        ("VTN-T003", "node_types: { a: { requirements: [ r: { capability: tosca.capabilities.Node, occurrences: ⟦[ 1 ] } ] } }"),
        ("VTN-T004", "topology_template: { node_templates: { ⟦a: {} } }"),
        ("VTN-T004", "node_types: { a: { properties: { ⟦b: {} } } }"),
        ("VTN-T042", "metadata: { template_version: ⟦newest }"),
    ],
    "imports": [
        ("VTN-T010", "imports: [ ⟦nowhere.yaml ]"),
        ("VTN-T010", "imports: [ file: ⟦nowhere.yaml ]"),
        ("VTN-T011", "imports: [ ⟦'https://example.org/types.yaml' ]"),
        ("VTN-T011", "repositories: { r: 'https://example.org' }\nimports: [ ⟦{ file: a.yaml, repository: r } ]"),
        ("VTN-T004", "imports: [ ⟦{ repository: r, namespace_prefix: p } ]"),
    ],
    "types": [
        ("VTN-T020", "node_types: { a: { derived_from: ⟦tosca.nodes.Rooot } }"),
        ("VTN-T020", "node_types: { a: { properties: { p: { type: ⟦strin } } } }"),
        ("VTN-T020", "node_types: { a: { properties: { p: { type: list, entry_schema: { type: ⟦nothing } } } } }"),
        ("VTN-T020", "node_types: { a: { capabilities: { c: ⟦nothing } } }"),
        ("VTN-T020", "node_types: { a: { requirements: [ r: { capability: tosca.capabilities.Node, node: ⟦nothing } ] } }"),
        ("VTN-T020", "capability_types: { a: { valid_source_types: [ ⟦nothing ] } }"),
        ("VTN-T020", "topology_template: { node_templates: { a: { type: ⟦tosca.nodes.Computer } } }"),
        ("VTN-T021", "node_types: { ⟦a: { derived_from: b }, b: { derived_from: a } }"),
        ("VTN-T023", "data_types: { a: { derived_from: ⟦string, properties: { b: { type: string } } } }"),
        ("VTN-T023", "node_types: { a: { derived_from: tosca.nodes.BlockStorage, properties: { ⟦size: { type: integer } } } }"),
        ("VTN-T024", "node_types: { a: { properties: { p: { type: integer, constraints: [ ⟦in_rang: [ 1, 2 ] ] } } } }"),
        ("VTN-T024", "node_types: { a: { properties: { p: { type: integer, constraints: [ ⟦in_range: [ 2, 1 ] ] } } } }"),
        ("VTN-T024", "node_types: { a: { properties: { p: { type: integer, constraints: [ ⟦less_than: x ] } } } }"),
        ("VTN-T024", "node_types: { a: { properties: { p: { type: boolean, constraints: [ ⟦less_than: 3 ] } } } }"),
        ("VTN-T024", "node_types: { a: { properties: { p: { type: string, constraints: [ ⟦pattern: '[' ] } } } }"),
        ("VTN-T024", "node_types: { a: { properties: { p: { type: string, constraints: [ ⟦min_length: -1 ] } } } }"),
        ("VTN-T024", "node_types: { a: { properties: { p: { type: string, constraints: ⟦five } } } }"),
        ("VTN-T043", "node_types: { a: { properties: { p: { type: integer, default: ⟦9, constraints: [ less_than: 5 ] } } } }"),
    ],
    "inputs": [
        ("VTN-T030", "topology_template: { inputs: { ⟦a: { type: string } } }"),
        ("VTN-T033", "topology_template: { outputs: { o: { value: { get_input: ⟦a } } } }"),
        ("VTN-T032", "topology_template: { outputs: { o: { value: { get_input: ⟦{} } } } }"),
        ("VTN-T032", "topology_template: { outputs: { o: { value: { token: ⟦[ abc ] } } } }"),
        ("VTN-T032", "topology_template: { outputs: { o: { value: { token: ⟦[ 'a.b', '.', 2 ] } } } }"),
        ("VTN-T032", "topology_template: { inputs: { a: { type: string, default: ⟦{ get_input: b } } } }"),
    ],
    "values": [
        ("VTN-T040", nodes("d: { type: my.Disk, properties: { size: 1, ⟦labl: a } }")),
        ("VTN-T041", nodes("⟦d: { type: my.Disk }")),
        ("VTN-T042", nodes("d: { type: my.Disk, properties: { size: ⟦'5' } }")),
        ("VTN-T042", nodes("d: { type: my.Disk, properties: { size: ⟦10:30 } }")),
        ("VTN-T042", nodes("d: { type: my.Disk, properties: { size: 5, label: ⟦7 } }")),
        ("VTN-T042", nodes("d: { type: my.Disk, properties: { size: 5, speed: ⟦7 } }")),
        ("VTN-T042", nodes("d: { type: my.Disk, properties: { size: 5, tags: [ a, ⟦7 ] } }")),
        ("VTN-T042", nodes("d: { type: my.Disk, properties: { size: 5, limits: { a: ⟦x } } }")),
        ("VTN-T043", nodes("d: { type: my.Disk, properties: { size: ⟦11 } }")),
        ("VTN-T043", nodes("d: { type: my.Disk, properties: { size: 5, label: ⟦A } }")),
        ("VTN-T043", nodes("d: { type: my.Disk, properties: { size: 5, speed: ⟦9 Kbps } }")),
        ("VTN-T044", nodes("d: { type: my.Disk, properties: { size: 5 }, capabilities: { ⟦stor: {} } }")),
        ("VTN-T044", nodes("d: { type: my.Disk, properties: { size: 5 }, attributes: { ⟦stat: a } }")),
        ("VTN-T044", nodes("d: { type: my.Disk, properties: { size: 5 }, interfaces: { ⟦Stand: {} } }")),
        ("VTN-T044", nodes("d: { type: my.Disk, properties: { size: 5 }, interfaces: { Standard: { ⟦creat: a.sh } } }")),
        ("VTN-T040", nodes("d: { type: my.Disk, properties: { size: 5 }, capabilities: { store: { properties: { ⟦rat: 1 } } } }")),
        ("VTN-T057", "topology_template: { node_templates: { a: { copy: ⟦b }, b: { copy: ⟦a } } }"),
        ("VTN-T051", "topology_template: { node_templates: { a: { copy: ⟦b } } }"),
        ("VTN-T034", CIRCLE),
        ("VTN-T033", nodes("DISK", "outputs: { o: { value: { get_attribute: [ d, ⟦health ] } } }")),
        ("VTN-T033", nodes("DISK", "outputs: { o: { value: { get_property: [ ⟦e, size ] } } }")),
        ("VTN-T033", nodes("DISK", "outputs: { o: { value: { get_property: [ d, ⟦siz ] } } }")),
    ],
    "requirements": [
        ("VTN-T050", nodes("DISK, r: { type: my.Reader, requirements: [ disk: d, ⟦disc: d ] }")),
        ("VTN-T051", nodes("DISK, r: { type: my.Reader, requirements: [ disk: ⟦e ] }")),
        ("VTN-T052", nodes("l: { type: my.Lamp }, r: { type: my.Reader, requirements: [ disk: ⟦l ] }")),
        ("VTN-T052", nodes("DISK, r: { type: my.Reader, requirements: [ disk: { node: ⟦d, capability: feature } ] }")),
        ("VTN-T053", nodes("DISK, ⟦r: { type: my.Reader }")),
        ("VTN-T054", nodes("DISK, r: { type: my.Reader, requirements: [ disk: d, disk: d, ⟦disk: d ] }")),
        ("VTN-T056", nodes("DISK, r: { type: my.Reader, requirements: [ disk: { node: d, relationship: ⟦my.Writes } ] }")),
        (
            "VTN-T042",
            nodes("DISK, r: { type: my.Reader, requirements: [ disk: { node: d, relationship: { properties: { depth: ⟦x } } } ] }"),
        ),
    ],
    "sections": [
        ("VTN-T060", nodes("DISK", "groups: { g: { type: my.Shelf, members: [ d, ⟦e ] } }")),
        ("VTN-T060", nodes("l: { type: my.Lamp }", "groups: { g: { type: my.Shelf, members: [ ⟦l ] } }")),
        ("VTN-T060", nodes("DISK", "groups: { g: { type: my.Shelf, members: [ d, ⟦d ] } }")),
        ("VTN-T061", nodes("DISK", "policies: [ p: { type: my.Care, targets: [ ⟦e ] } ]")),
        ("VTN-T062", nodes("DISK", "substitution_mappings: { node_type: my.Disk, capabilities: { ⟦stor: [ d, store ] } }")),
        ("VTN-T062", nodes("DISK", "substitution_mappings: { node_type: my.Disk, capabilities: { store: [ ⟦e, store ] } }")),
        ("VTN-T062", nodes("DISK", "substitution_mappings: { node_type: my.Disk, capabilities: { store: [ d, ⟦stor ] } }")),
        ("VTN-T063", nodes("DISK", "workflows: { w: { steps: { s: { target: ⟦e, activities: [] } } } }")),
        ("VTN-T063", nodes("DISK", "workflows: { w: { steps: { s: { target: d, activities: [], on_success: [ ⟦t ] } } } }")),
    ],
}


@pytest.mark.parametrize(
    ("code", "text"),
    [pytest.param(code, text, id=f"{name}-{code}-{at}") for name, cases in CASES.items() for at, (code, text) in enumerate(cases)],
)
def test_what_is_wrong_is_said_where_it_stands(tmp_path: Path, code: str, text: str) -> None:
    plain, places = unmarked(HEAD + text)
    with pytest.raises(Invalid) as caught:
        read_topology(write(tmp_path, plain))
    assert found(caught.value.diagnostics) == [(code, line, column) for line, column in places]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a: b", (1, 1)),
        ("tosca_definitions_version: tosca_2_0", (1, 28)),
        ("description: x\ntosca_definitions_version: tosca_simple_yaml_1_3", (2, 1)),
    ],
)
def test_the_version_must_come_first_and_be_known(tmp_path: Path, text: str, place: tuple[int, int]) -> None:
    with pytest.raises(Invalid) as caught:
        read_topology(write(tmp_path, text))
    assert ("VTN-T001", *place) in found(caught.value.diagnostics)


def test_all_errors_come_at_once(tmp_path: Path) -> None:
    problems = problems_of(
        tmp_path,
        """\
        imports: [ vtnmd, nowhere.yaml ]
        topology_template:
          inputs:
            rate: { type: scalar-unit.bitrate, default: fast }
          node_templates:
            shop: { type: vtnmd.nodes.Vtn, requirements: [ tenant: acne ] }
            acme: { type: vtnmd.nodes.Tenant, properties: { nam: x } }
            web: { type: vtnmd.nodes.Segmnt }
            db: { type: vtnmd.nodes.Segment, properties: { cidr: 10.0.0.0/24, mtu: large }, requirements: [ vtn: shop ] }
        """,
    )
    assert [problem.code for problem in problems] == [
        *("VTN-T010", "VTN-T042", "VTN-T051", "VTN-T040", "VTN-T020", "VTN-T053", "VTN-T042"),
    ]
    hints = [problem.hint for problem in problems]
    assert "did you mean 'acme'?" in hints
    assert "did you mean 'name'?" in hints
    assert "did you mean 'vtnmd.nodes.Segment'?" in hints


def test_places_are_shown_by_the_path_that_was_typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, service("imports: [ types/a.yaml ]\nx: y\n"))
    write(tmp_path, service("y: z\n"), "types/a.yaml")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Invalid) as caught:
        read_topology(Path("service.yaml"))
    assert [str(problem.span) for problem in caught.value.diagnostics] == ["service.yaml:3:1", "types/a.yaml:2:1"]


def test_a_template_of_unknown_type_causes_no_further_errors(tmp_path: Path) -> None:
    problems = problems_of(
        tmp_path,
        """\
        imports: [ vtnmd ]
        topology_template:
          node_templates:
            acme: { type: vtnmd.nodes.Tennant }
            shop: { type: vtnmd.nodes.Vtn, requirements: [ tenant: acme ] }
          outputs:
            owner: { value: { get_property: [ acme, name ] } }
        """,
    )
    assert [problem.code for problem in problems] == ["VTN-T020"]


def test_a_misspelt_name_is_not_reported_as_missing_too(tmp_path: Path) -> None:
    text = """\
        imports: [ vtnmd ]
        topology_template:
          node_templates:
            acme: { type: vtnmd.nodes.Tenant }
            shop: { type: vtnmd.nodes.Vtn, requirements: [ tenent: acme ] }
            gold: { type: vtnmd.nodes.QosClass, properties: { Dscp: 46 } }
            x: { type: vtnmd.nodes.Interconnect, properties: { kind: mpls-l2vpn, bandwidth: { min: 1 mbps, mx: 1 Gbps } } }
        """
    problems = problems_of(tmp_path, text)
    assert [problem.code for problem in problems] == ["VTN-T050", "VTN-T040", "VTN-T042", "VTN-T040"]
    assert "did you mean 'Mbps'?" in problems[2].summary


def test_unknown_and_wrong_inputs_are_refused(tmp_path: Path) -> None:
    text = """\
        topology_template:
          inputs:
            count: { type: integer, constraints: [ in_range: [ 1, 5 ] ] }
        """
    assert [p.code for p in problems_of(tmp_path, text, {"count": 9, "cuont": 1})] == ["VTN-T031", "VTN-T043"]
    assert [p.code for p in problems_of(tmp_path, text, {"count": "x"})] == ["VTN-T042"]
    assert problems_of(tmp_path, text, {"count": 5}) == ()


def test_inputs_of_a_file_are_refused_where_they_stand(tmp_path: Path) -> None:
    path = write(tmp_path, service("topology_template: { inputs: { count: { type: integer } } }"))
    inputs = write(tmp_path, "count: many\n", "inputs.yaml")
    with pytest.raises(Invalid) as caught:
        read_topology(path, inputs)
    assert found(caught.value.diagnostics) == [("VTN-T042", 1, 8)]
    assert str(caught.value.diagnostics[0].span).startswith(str(inputs))


def chain(length: int, value: str) -> str:
    """Outer values made of inner ones: each property p<n> has `value`, with NEXT for the name of the one after it."""
    names = [f"p{index}" for index in range(length)]
    definitions = ", ".join(f"{name}: {{ type: string }}" for name in names)
    assignments = ", ".join(
        f"{name}: {value.replace('NEXT', after)}" for name, after in zip(names, [*names[1:], "end"], strict=True)
    )
    return (
        f"node_types: {{ t: {{ properties: {{ {definitions}, end: {{ type: string }} }} }} }}\n"
        f"topology_template: {{ node_templates: {{ n: {{ type: t, properties: {{ {assignments}, end: x }} }} }} }}"
    )


def test_values_cannot_grow_without_bound(tmp_path: Path) -> None:
    doubled = "{ concat: [ { get_property: [ SELF, NEXT ] }, { get_property: [ SELF, NEXT ] } ] }"
    assert problems_of(tmp_path, chain(10, doubled)) == ()
    assert {problem.code for problem in problems_of(tmp_path, chain(40, doubled))} == {"VTN-T032"}


def test_a_chain_of_values_is_bounded(tmp_path: Path) -> None:
    passed_on = "{ get_property: [ SELF, NEXT ] }"
    assert problems_of(tmp_path, chain(30, passed_on)) == ()
    assert {problem.code for problem in problems_of(tmp_path, chain(500, passed_on))} == {"VTN-T034"}


def test_a_long_chain_of_types_is_refused_and_no_crash(tmp_path: Path) -> None:
    types = ", ".join(f"t{index}: {{ derived_from: t{index + 1} }}" for index in range(3000))
    text = f"node_types: {{ {types}, t3000: {{ derived_from: tosca.nodes.Root }} }}"
    assert [problem.code for problem in problems_of(tmp_path, text)] == ["VTN-F009"]


def test_a_file_full_of_errors_is_told_all_of_them(tmp_path: Path) -> None:
    names = [f"n{index}: {{ type: tosca.nodes.Root, requirements: [ dependency: m{index} ] }}" for index in range(3000)]
    problems = problems_of(tmp_path, f"topology_template: {{ node_templates: {{ {', '.join(names)} }} }}")
    assert len(problems) == 3000
