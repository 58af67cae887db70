"""What service templates mean: imports, types, inputs, functions and requirements."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.tosca import problems_of, service, topology_of, write
from vtnmd.compiler.tosca import read_topology
from vtnmd.domain.diagnostics import Invalid
from vtnmd.domain.topology import FunctionCall, Topology


def outputs(folder: Path, text: str) -> dict[str, object]:
    return {name: output.value for name, output in topology_of(folder, text).outputs.items()}


def targets(topology: Topology, node: str) -> list[tuple[str, str]]:
    return [(relation.requirement, relation.target) for relation in topology.nodes[node].relations]


def test_a_folder_means_its_service_yaml_and_gives_the_name(tmp_path: Path) -> None:
    write(tmp_path / "shop", service("topology_template: {}"))
    assert read_topology(tmp_path / "shop").name == "shop"


def test_names_of_an_import_with_a_prefix_are_seen_behind_it(tmp_path: Path) -> None:
    write(tmp_path, service("node_types: { a: { derived_from: tosca.nodes.Root }, b: { derived_from: a } }"), "types.yaml")
    topology = topology_of(
        tmp_path,
        """\
        imports: [ { file: types.yaml, namespace_prefix: my } ]
        node_types: { a: { derived_from: 'my:b' } }
        topology_template: { node_templates: { n: { type: a } } }
        """,
    )
    assert topology.nodes["n"].ancestry == ("a", "b", "a", "tosca.nodes.Root")


def test_imports_may_form_a_circle_and_each_file_counts_once(tmp_path: Path) -> None:
    write(tmp_path, service("imports: [ service.yaml, b.yaml ]\nnode_types: { a: { derived_from: b } }"), "a.yaml")
    write(tmp_path, service("imports: [ a.yaml ]\nnode_types: { b: { derived_from: tosca.nodes.Root } }"), "b.yaml")
    text = "imports: [ a.yaml, ./b.yaml ]\ntopology_template: { node_templates: { n: { type: a } } }"
    assert topology_of(tmp_path, text).nodes["n"].ancestry == ("a", "b", "tosca.nodes.Root")


def test_two_definitions_of_one_name_are_refused_unless_a_prefix_tells_them_apart(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yaml"):
        write(tmp_path, service("node_types: { t: { derived_from: tosca.nodes.Root } }"), name)
    assert [problem.code for problem in problems_of(tmp_path, "imports: [ a.yaml, b.yaml ]")] == ["VTN-T022"]
    assert problems_of(tmp_path, "imports: [ a.yaml, { file: b.yaml, namespace_prefix: b } ]") == ()


@pytest.mark.parametrize(
    "entry", ["types.yaml", "{ file: types.yaml }", "{ some_types: types.yaml }", "{ x: { file: types.yaml } }"]
)
def test_every_notation_of_an_import_is_read(tmp_path: Path, entry: str) -> None:
    write(tmp_path, service("node_types: { t: { derived_from: tosca.nodes.Root } }"), "types.yaml")
    assert (
        "n" in topology_of(tmp_path, f"imports: [ {entry} ]\ntopology_template: {{ node_templates: {{ n: {{ type: t }} }} }}").nodes
    )


def test_local_repositories_are_read(tmp_path: Path) -> None:
    write(tmp_path, service("node_types: { t: { derived_from: tosca.nodes.Root } }"), "lib/types.yaml")
    text = "repositories: { lib: { url: ./lib } }\nimports: [ { file: types.yaml, repository: lib } ]\n"
    text += "node_types: { u: { derived_from: t } }"
    assert problems_of(tmp_path, text) == ()


@pytest.mark.parametrize("name", ["tosca.nodes.Compute", "Compute", "tosca:Compute"])
def test_normative_types_have_short_names(tmp_path: Path, name: str) -> None:
    topology = topology_of(tmp_path, f"topology_template: {{ node_templates: {{ n: {{ type: '{name}' }} }} }}")
    assert topology.nodes["n"].type == "tosca.nodes.Compute"


def test_derived_types_refine_what_they_inherit(tmp_path: Path) -> None:
    text = """\
        node_types:
          base:
            derived_from: tosca.nodes.Root
            metadata: { a: base, b: base }
            properties:
              size: { type: integer, default: 1, constraints: [ less_than: 10 ] }
              name: { type: string, required: false }
          special:
            derived_from: base
            metadata: { b: special }
            properties:
              size: { type: integer, default: 2, constraints: [ greater_than: 1 ] }
              name: { type: string, required: true }
        topology_template:
          node_templates:
            fine: { type: special, properties: { name: x } }
        """
    node = topology_of(tmp_path, text).nodes["fine"]
    assert (node.properties, node.metadata) == ({"size": 2, "name": "x"}, {"a": "base", "b": "special"})
    for size in (1, 10):
        assert [p.code for p in problems_of(tmp_path, text.replace("name: x", f"name: x, size: {size}"))] == ["VTN-T043"]
    assert [p.code for p in problems_of(tmp_path, text.replace("properties: { name: x }", "properties: {}"))] == ["VTN-T041"]


def test_data_types_may_hold_themselves(tmp_path: Path) -> None:
    text = """\
        data_types:
          tree: { properties: { label: { type: string }, below: { type: list, entry_schema: tree, required: false } } }
        node_types: { t: { properties: { p: { type: tree } } } }
        topology_template:
          node_templates: { n: { type: t, properties: { p: { label: a, below: [ { label: b, below: [ { label: 5 } ] } ] } } } }
        """
    problems = problems_of(tmp_path, text)
    assert [(problem.code, problem.summary.split()[0]) for problem in problems] == [("VTN-T042", "p/below/0/below/0/label")]


@pytest.mark.parametrize(
    ("kind", "legal", "illegal"),
    [
        ("string", ["1_3", "yes", "'5'", "2026-11-22", "10:30"], ["5", "true", "1.5", "[ a ]", "{ a: b }"]),
        ("integer", ["5", "-5", "0x1F", "012"], ["5.0", "'5'", "1_000", "10:30", "five"]),
        ("float", ["5", "5.5", "1e3", ".5"], ["'5.5'", ".inf", ".nan", "x"]),
        ("boolean", ["true", "False", "TRUE"], ["yes", "on", "1", "'true'"]),
        ("version", ["1", "1.0", "'1.2.3'", "1.2.3.beta-4"], ["1.2.x", "v1", "[ 1 ]"]),
        ("timestamp", ["2026-11-22", "2026-11-22T10:00:00Z", "2026-11-22 10:00:00.5 +01:00"], ["22.11.2026", "2026-13-01", "noon"]),
        ("range", ["[ 1, 2 ]", "[ 0, UNBOUNDED ]"], ["[ 2, 1 ]", "[ 1 ]", "[ a, b ]", "5"]),
        ("scalar-unit.size", ["10 GB", "1.5 MiB", "7 kB", "7kb", "1e3 B"], ["10", "GB", "10 GBs", "10 Mbps"]),
        ("scalar-unit.time", ["10 s", "1.5 d", "100 ms"], ["10", "10 weeks"]),
        ("scalar-unit.frequency", ["1 GHz", "10 hz"], ["1 THz", "1 GB"]),
        ("scalar-unit.bitrate", ["10 Mbps", "10 MBps", "1 Kibps"], ["10 mbps", "10 Mb", "10"]),
        ("list", ["[ a, 1 ]", "[]"], ["a", "{ a: b }"]),
        ("map", ["{ a: 1 }", "{}"], ["a", "[ a ]"]),
        ("tosca.datatypes.network.PortDef", ["80"], ["0", "65536", "http"]),
        ("tosca.datatypes.network.PortSpec", ["{ target: 80 }", "{ protocol: udp }"], ["{ protocol: ftp }", "{ port: 80 }", "80"]),
    ],
)
def test_values_are_checked_by_their_type(tmp_path: Path, kind: str, legal: list[str], illegal: list[str]) -> None:
    text = "node_types: {{ t: {{ properties: {{ p: {{ type: {} }} }} }} }}\n"
    text += "topology_template: {{ node_templates: {{ n: {{ type: t, properties: {{ p: {} }} }} }} }}"
    for value in legal:
        assert problems_of(tmp_path, text.format(kind, value)) == (), value
    for value in illegal:
        codes = {problem.code for problem in problems_of(tmp_path, text.format(kind, value))}
        assert codes & {"VTN-T040", "VTN-T042", "VTN-T043"}, value


CONSTRAINED = (
    """\
    node_types: { t: { properties: { p: { DEFINITION } } } }
    topology_template: { node_templates: { n: { type: t, properties: { p: VALUE } } } }
    """,
    "node_types: { t: { properties: { p: { DEFINITION, default: VALUE } } } }",
    "topology_template: { inputs: { i: { DEFINITION, default: VALUE } } }",
    """\
    node_types: { t: { properties: { p: { DEFINITION } } } }
    topology_template:
      inputs: { i: { type: KIND, default: VALUE } }
      node_templates: { n: { type: t, properties: { p: { get_input: i } } } }
    """,
)
"""A value that is written, a default, an input, and what get_input gives."""


@pytest.mark.parametrize(
    ("kind", "constraint", "legal", "illegal"),
    [
        ("integer", "equal: 5", "5", "6"),
        ("integer", "valid_values: [ 1, 2 ]", "2", "3"),
        ("integer", "in_range: [ 1, UNBOUNDED ]", "100", "0"),
        ("range", "in_range: [ 1, 10 ]", "[ 1, 10 ]", "[ 0, 10 ]"),
        ("scalar-unit.size", "greater_or_equal: 1 GB", "1000 MB", "999 MB"),
        ("scalar-unit.size", "equal: 1 GB", "1000 MB", "1 GiB"),
        ("scalar-unit.bitrate", "less_than: 1 MBps", "7999 Kbps", "8 Mbps"),
        ("version", "greater_than: 1.9", "1.10", "1.9.0"),
        ("timestamp", "less_than: 2026-01-01", "2025-12-31T23:59:59Z", "2026-01-01"),
        ("string", "pattern: '[a-c]+'", "abc", "abcd"),
        ("string", "min_length: 2", "ab", "a"),
        ("string", "max_length: 2", "ab", "abc"),
        ("list", "length: 2", "[ a, b ]", "[ a ]"),
        ("map", "min_length: 1", "{ a: b }", "{}"),
    ],
)
def test_constraints_hold_for_values_defaults_and_inputs(
    tmp_path: Path, kind: str, constraint: str, legal: str, illegal: str
) -> None:
    for template in CONSTRAINED:
        text = template.replace("DEFINITION", f"type: {kind}, constraints: [ {constraint} ]").replace("KIND", kind)
        assert problems_of(tmp_path, text.replace("VALUE", legal)) == (), text
        assert [problem.code for problem in problems_of(tmp_path, text.replace("VALUE", illegal))] == ["VTN-T043"], text


FUNCTIONS = """\
    node_types:
      disk:
        derived_from: tosca.nodes.Root
        properties: { size: { type: integer, default: 4 }, spec: { type: map, required: false } }
        attributes: { address: { type: string } }
        capabilities: { store: store }
      reader:
        derived_from: tosca.nodes.SoftwareComponent
        properties: { amount: { type: integer, required: false }, where: { type: string, required: false } }
        requirements: [ disk: { capability: store, node: disk, relationship: reads } ]
    capability_types: { store: { properties: { rate: { type: integer, default: 7 } } } }
    relationship_types: { reads: { properties: { from: { type: integer, default: { get_property: [ TARGET, size ] } } } } }
    topology_template:
      inputs:
        name: { type: string, default: web }
        table: { type: map, default: { a: [ 1, { b: deep } ] } }
        unset: { type: integer, required: false }
      node_templates:
        d: { type: disk, properties: { spec: { x: [ 10, 20 ] } } }
        server: { type: tosca.nodes.Compute, capabilities: { host: { properties: { num_cpus: 3 } } } }
        r:
          type: reader
          properties: { amount: VALUE }
          requirements: [ disk: d, host: server ]
      outputs:
        o: { value: VALUE }
"""


@pytest.mark.parametrize(
    ("call", "value"),
    [
        ("{ get_input: name }", "web"),
        ("{ get_input: [ table, a, 1, b ] }", "deep"),
        ("{ get_property: [ d, size ] }", 4),
        ("{ get_property: [ d, spec, x, 1 ] }", 20),
        ("{ get_property: [ d, store, rate ] }", 7),
        ("{ get_property: [ r, disk, size ] }", 4),
        ("{ concat: [ { get_input: name }, '-', { get_property: [ d, size ] }, '-', 1.10 ] }", "web-4-1.10"),
        ("{ join: [ [ a, { get_input: name } ], '/' ] }", "a/web"),
        ("{ token: [ 'a.b:c', '.:', 1 ] }", "b"),
        ("{ get_nodes_of_type: disk }", ["d"]),
        ("{ get_attribute: [ d, address ] }", FunctionCall("get_attribute", ("d", "address"))),
        (
            "{ concat: [ x, { get_attribute: [ d, address ] } ] }",
            FunctionCall("concat", ("x", FunctionCall("get_attribute", ("d", "address")))),
        ),
        (
            "{ get_operation_output: [ d, Standard, create, id ] }",
            FunctionCall("get_operation_output", ("d", "Standard", "create", "id")),
        ),
        ("{ a: { get_input: name } }", {"a": "web"}),
    ],
)
def test_functions_give_values_where_they_are_known(tmp_path: Path, call: str, value: object) -> None:
    text = FUNCTIONS.replace("properties: { amount: VALUE }", "properties: {}").replace("VALUE", call)
    assert outputs(tmp_path, text) == {"o": value}


@pytest.mark.parametrize(
    ("call", "value"),
    [
        ("{ get_property: [ SELF, disk, size ] }", 4),
        ("{ get_property: [ SELF, disk, rate ] }", 7),
        ("{ get_property: [ HOST, num_cpus ] }", 3),
        ("{ get_property: [ HOST, host, num_cpus ] }", 3),
        ("{ get_attribute: [ HOST, cpus ] }", FunctionCall("get_attribute", ("server", "cpus"))),
    ],
)
def test_functions_know_the_node_that_calls_them(tmp_path: Path, call: str, value: object) -> None:
    text = FUNCTIONS.replace("{ amount: VALUE }", f"{{ amount: {call} }}").replace("VALUE", "1")
    assert topology_of(tmp_path, text).nodes["r"].properties["amount"] == value


def test_a_relationship_knows_its_ends(tmp_path: Path) -> None:
    text = FUNCTIONS.replace("VALUE", "1")
    assert topology_of(tmp_path, text).nodes["r"].relations[0].properties == {"from": 4}


def test_an_input_without_value_leaves_a_property_unset(tmp_path: Path) -> None:
    text = FUNCTIONS.replace("{ amount: VALUE }", "{ amount: { get_input: unset } }").replace("VALUE", "1")
    assert "amount" not in topology_of(tmp_path, text).nodes["r"].properties


def test_a_value_that_comes_from_elsewhere_must_fit_too(tmp_path: Path) -> None:
    text = FUNCTIONS.replace("{ amount: VALUE }", "{ amount: { get_input: name } }").replace("VALUE", "1")
    assert [problem.code for problem in problems_of(tmp_path, text)] == ["VTN-T042"]


REQUIREMENTS = """\
    imports: [ vtnmd ]
    node_types:
      reader:
        derived_from: tosca.nodes.Root
        requirements: [ any: { capability: tosca.capabilities.Node, occurrences: [ 0, UNBOUNDED ] } ]
    relationship_types:
      special: { derived_from: tosca.relationships.DependsOn, properties: { p: { type: integer, required: false } } }
    topology_template:
      relationship_templates: { wire: { type: special, properties: { p: 3 } } }
      node_templates:
        small: { type: tosca.nodes.BlockStorage, properties: { size: 1 GB } }
        large: { type: tosca.nodes.BlockStorage, properties: { size: 9 GB } }
        server: { type: tosca.nodes.Compute, capabilities: { host: { properties: { num_cpus: 4 } } } }
        r: { type: reader, requirements: REQUIREMENTS }
"""


@pytest.mark.parametrize(
    ("requirements", "expected"),
    [
        ("[ any: small ]", ["small"]),
        ("[ any: small, any: large ]", ["small", "large"]),
        ("[ any: { node: large } ]", ["large"]),
        ("[ any: tosca.nodes.Compute ]", ["server"]),
        ("[ any: { node: BlockStorage, node_filter: { properties: [ size: { greater_than: 2 GB } ] } } ]", ["large"]),
        (
            "[ any: { node_filter: { properties: [ size: [ { greater_than: 0 GB }, { less_than: 2 GB } ] ] } } ]",
            ["small"],
        ),
        ("[ any: { node_filter: { capabilities: [ host: { properties: [ num_cpus: { in_range: [ 2, 4 ] } ] } ] } } ]", ["server"]),
        ("[ any: { node: small, capability: feature } ]", ["small"]),
        ("[ any: { node: small, capability: tosca.capabilities.Attachment } ]", []),
    ],
)
def test_requirements_find_their_targets(tmp_path: Path, requirements: str, expected: list[str]) -> None:
    text = REQUIREMENTS.replace("REQUIREMENTS", requirements)
    if expected:
        assert targets(topology_of(tmp_path, text), "r") == [("any", name) for name in expected]
    else:
        topology = topology_of(tmp_path, text)
        assert topology.nodes["r"].relations[0].capability == "attachment"


@pytest.mark.parametrize(
    ("relationship", "kind", "properties"),
    [
        ("special", "special", {}),
        ("wire", "special", {"p": 3}),
        ("{ type: special, properties: { p: 5 } }", "special", {"p": 5}),
        ("{ properties: {} }", "tosca.relationships.Root", {}),
    ],
)
def test_relationships_are_named_by_template_by_type_or_not_at_all(
    tmp_path: Path, relationship: str, kind: str, properties: dict[str, object]
) -> None:
    text = REQUIREMENTS.replace("REQUIREMENTS", f"[ any: {{ node: small, relationship: {relationship} }} ]")
    relation = topology_of(tmp_path, text).nodes["r"].relations[0]
    assert (relation.type, relation.properties) == (kind, properties)


def test_a_copied_template_keeps_what_it_does_not_replace(tmp_path: Path) -> None:
    text = """\
        node_types: { t: { properties: { a: { type: integer }, b: { type: integer } } } }
        topology_template:
          node_templates:
            one: { type: t, properties: { a: 1, b: 2 } }
            two: { copy: one, properties: { b: 3 } }
        """
    assert topology_of(tmp_path, text).nodes["two"].properties == {"a": 1, "b": 3}


def test_anchors_of_dsl_definitions_are_read(tmp_path: Path) -> None:
    text = """\
        dsl_definitions: { host: &host { num_cpus: 2, mem_size: 1 GB } }
        topology_template:
          node_templates:
            a: { type: Compute, capabilities: { host: { properties: *host } } }
            b: { type: Compute, capabilities: { host: { properties: { <<: *host, num_cpus: 4 } } } }
        """
    nodes = topology_of(tmp_path, text).nodes
    assert [nodes[name].capabilities["host"]["num_cpus"] for name in "ab"] == [2, 4]


def test_a_substitution_leaves_its_inputs_and_requirements_to_the_outside(tmp_path: Path) -> None:
    text = """\
        node_types:
          outer:
            derived_from: tosca.nodes.Root
            properties: { size: { type: integer } }
            requirements: [ host: { capability: tosca.capabilities.Container } ]
        topology_template:
          inputs: { size: { type: integer } }
          substitution_mappings: { node_type: outer, requirements: { host: [ soft, host ] } }
          node_templates: { soft: { type: SoftwareComponent } }
          outputs: { o: { value: { get_input: size } } }
        """
    assert outputs(tmp_path, text) == {"o": FunctionCall("get_input", ("size",))}


def test_workflows_and_policies_are_accepted(tmp_path: Path) -> None:
    text = """\
        topology_template:
          node_templates: { a: { type: tosca.nodes.Root } }
          groups: { g: { type: tosca.groups.Root, members: [ a ] } }
          policies: [ p: { type: tosca.policies.Scaling, targets: [ a, g ], triggers: { t: { event: x } } } ]
          workflows:
            w:
              steps:
                s: { target: a, activities: [ set_state: started ], on_success: [ e ] }
                e: { target: g, activities: [] }
        """
    assert topology_of(tmp_path, text).policies["p"].targets == ("a", "g")


def test_readers_in_threads_do_not_meet(tmp_path: Path) -> None:
    good = [
        write(
            tmp_path,
            service(f"imports: [ vtnmd ]\ntopology_template: {{ node_templates: {{ t{n}: {{ type: vtnmd.nodes.Tenant }} }} }}"),
            f"g{n}.yaml",
        )
        for n in range(8)
    ]
    bad = [write(tmp_path, service(f"x{n}: y"), f"b{n}.yaml") for n in range(8)]

    def read(path: Path) -> str:
        try:
            return ",".join(read_topology(path).nodes)
        except Invalid as error:
            return error.diagnostics[0].summary.split("'")[1]

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(read, [*good, *bad] * 4)) == [*(f"t{n}" for n in range(8)), *(f"x{n}" for n in range(8))] * 4
