"""The JSON Schema for editors: right files are accepted, and each slip is refused."""

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from tests.support.tosca import HEAD, write
from vtnmd.compiler.tosca.document import native
from vtnmd.compiler.tosca.read import parse_document, read_document
from vtnmd.domain.diagnostics import Invalid
from vtnmd.usecases.editing import schema_of_services

ROOT = Path(__file__).parents[3]
RIGHT = [
    *sorted(ROOT.glob("examples/*/service.yaml")),
    *sorted(ROOT.glob("tests/golden/services/*/service.yaml")),
    *sorted(ROOT.glob("tests/golden/moves/everything/*.yaml")),
    *sorted(ROOT.glob("models/tosca/*.yaml")),
    ROOT / "tests" / "support" / "everything.yaml",
    ROOT / "tests" / "crash" / "service.yaml",
]
SHOP = ROOT / "examples" / "global-shop" / "service.yaml"


@pytest.fixture(scope="module")
def validator() -> Draft7Validator:
    schema = schema_of_services([])
    Draft7Validator.check_schema(schema)
    return Draft7Validator(schema)


def errors(validator: Draft7Validator, text: str) -> list[str]:
    document = native(parse_document(text.encode(), "service.yaml"))
    return [error.message for error in validator.iter_errors(document)]


def changed(old: str, new: str) -> str:
    text = SHOP.read_text()
    assert old in text
    return text.replace(old, new, 1)


@pytest.mark.parametrize("file", RIGHT, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_right_files_are_accepted(file: Path, validator: Draft7Validator) -> None:
    document = native(read_document(file))
    assert not [error.message for error in validator.iter_errors(document)]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("tosca_simple_yaml_1_3", "tosca_simple_yaml_9"),
        ("topology_template:", "topology_templates:"),
        ("type: vtnmd.nodes.Router", "type: vtnmd.nodes.Ruter"),
        ("gateway: 10.1.0.1", "gatway: 10.1.0.1"),
        ("dscp: 46", "dscp: 64"),
        ("dscp: 46", "dscp: high"),
        ("dscp: 46", ""),
        ("kind: mpls-l2vpn", "kind: mpls-l4vpn"),
        ("protection: fast-reroute", "protection: slow"),
        ("default: 200 Mbps", "defualt: 200 Mbps"),
        ("bandwidth: { min: { get_input: bandwidth }", "bandwidth: { min: 200 Mips"),
        ("bandwidth: { min: { get_input: bandwidth }", "bandwidth: { least: { get_input: bandwidth }"),
        ("{ get_input: web_servers }", "{ get_inputs: web_servers }"),
        ("- tenant: acme", "- tennant: acme"),
        ("- tenant: acme", "tenant: acme"),
        ("pool: [ { start: 10.1.0.10, end: 10.1.0.99 } ]", "pool: [ { start: 10.1.0.10 } ]"),
        ("pool: [ { start: 10.1.0.10, end: 10.1.0.99 } ]", "pol: [ ]"),
        ("mem_size: 2 GB", "mem_size: 2 apples"),
        ("host: { properties", "hots: { properties"),
        ("members: [ front, front-port ]", "members: front"),
        ("count: { get_input: web_servers }", "count: many"),
        ("size: 20 GB", "sise: 20 GB"),
        ("        - vtn: shop\n", "        - { vtn: shop, region: east }\n"),
    ],
)
def test_a_slip_is_refused(old: str, new: str, validator: Draft7Validator) -> None:
    assert errors(validator, changed(old, new))


def test_functions_stand_for_any_value(validator: Draft7Validator) -> None:
    for call in ("{ get_input: x }", "{ get_property: [ SELF, dscp ] }", '{ concat: [ "4", "6" ] }', "{ token: [ a, b, 0 ] }"):
        assert not errors(validator, changed("dscp: 46", f"dscp: {call}"))


def test_a_type_of_the_file_itself_is_left_to_vtnmd(validator: Draft7Validator) -> None:
    assert not errors(validator, changed("type: vtnmd.nodes.Router", "type: shop.nodes.Router"))


def test_types_of_a_service_are_known(tmp_path: Path) -> None:
    types = HEAD + (
        "imports: [ vtnmd ]\n"
        "node_types:\n"
        "  shop.nodes.Desk:\n"
        "    derived_from: vtnmd.nodes.Segment\n"
        "    description: Where somebody sits\n"
        "    properties:\n"
        "      lamps: { type: integer, constraints: [ in_range: [ 1, 4 ] ] }\n"
    )
    write(tmp_path, types, "types.yaml")
    service = HEAD + "imports: [ types.yaml ]\ntopology_template:\n  node_templates:\n    desk:\n      type: shop.nodes.Desk\n"
    file = write(tmp_path, service)
    validator = Draft7Validator(schema_of_services([file]))
    right = service + "      properties: { cidr: 10.0.0.0/24, lamps: 2 }\n"
    assert not errors(validator, right)
    for wrong in ("lamps: 5", "lamps: two", "lumps: 2", "mtu: 1400"):
        assert errors(validator, right.replace("lamps: 2", wrong)), wrong
    assert "Where somebody sits" in str(validator.schema)


def test_one_name_for_two_types_is_refused(tmp_path: Path) -> None:
    text = HEAD + "node_types:\n  shop.Desk: { derived_from: tosca.nodes.Root }\n"
    files = [write(tmp_path, text, name) for name in ("a.yaml", "b.yaml")]
    with pytest.raises(Invalid) as refused:
        schema_of_services(files)
    assert [problem.code for problem in refused.value.diagnostics] == ["VTN-T022"]


def test_what_is_told_of_a_property_is_what_yang_and_tosca_say() -> None:
    definitions: Any = schema_of_services([])["definitions"]
    told = definitions["node_types.vtnmd.nodes.QosClass"]["properties"]["properties"]["properties"]["dscp"]["description"]
    assert "The code point that packets are given." in told
    assert "range 0..63" in told
