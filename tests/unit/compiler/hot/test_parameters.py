"""Inputs become parameters."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.hand_off import handed_off


def parameter(folder: Path, declaration: str, value: Any = None) -> Any:
    text = f"topology_template: {{ inputs: {{ it: {declaration} }} }}"
    return handed_off(folder, text, {} if value is None else {"it": value}).template["parameters"]["it"]


@pytest.mark.parametrize(
    ("declaration", "expected"),
    [
        ("{ type: string }", {"type": "string"}),
        ("{ type: integer, default: 3 }", {"type": "number", "default": 3}),
        ("{ type: float, default: 0.5 }", {"type": "number", "default": 0.5}),
        ("{ type: boolean, default: false }", {"type": "boolean", "default": False}),
        ("{ type: scalar-unit.size, default: 1500 MB }", {"type": "number", "default": 2}),
        ("{ type: scalar-unit.time, default: 2 m }", {"type": "number", "default": 120}),
        ("{ type: scalar-unit.time, default: 500 ms }", {"type": "number", "default": 0.5}),
        ("{ type: list, entry_schema: string, default: [ a ] }", {"type": "comma_delimited_list", "default": ["a"]}),
        ("{ type: list, entry_schema: map, default: [ { a: 1 } ] }", {"type": "json", "default": [{"a": 1}]}),
        ("{ type: map, default: { a: 1 } }", {"type": "json", "default": {"a": 1}}),
        ("{ type: tosca.datatypes.network.PortDef, default: 80 }", {"type": "number", "default": 80}),
        ("{ type: version, default: 1.2 }", {"type": "string", "default": "1.2"}),
        ("{ type: string, required: false }", {"type": "string", "default": ""}),
        ("{ type: integer, required: false }", {"type": "number"}),
        (
            "{ type: string, description: What., metadata: { label: It, hidden: 'true' } }",
            {"type": "string", "label": "It", "description": "What.", "hidden": True},
        ),
    ],
)
def test_a_parameter_says_what_its_input_says(tmp_path: Path, declaration: str, expected: dict[str, Any]) -> None:
    assert parameter(tmp_path, declaration) == expected


@pytest.mark.parametrize(
    ("kind", "constraints", "expected"),
    [
        ("integer", "[ valid_values: [ 1, 2 ] ]", [{"allowed_values": [1, 2]}]),
        ("integer", "[ equal: 4 ]", [{"allowed_values": [4]}]),
        ("integer", "[ in_range: [ 1, 9 ] ]", [{"range": {"min": 1, "max": 9}}]),
        ("integer", "[ in_range: [ 1, UNBOUNDED ] ]", [{"range": {"min": 1}}]),
        ("integer", "[ greater_than: 1, less_than: 9 ]", [{"range": {"min": 2, "max": 8}}]),
        ("integer", "[ { greater_than: 1 }, { less_or_equal: 9 } ]", [{"range": {"min": 2, "max": 9}}]),
        ("float", "[ greater_or_equal: 0.5 ]", [{"range": {"min": 0.5}}]),
        ("scalar-unit.size", "[ greater_or_equal: 2 GB ]", [{"range": {"min": 2}}]),
        ("string", "[ { min_length: 2 }, { max_length: 4 } ]", [{"length": {"min": 2, "max": 4}}]),
        ("string", "[ length: 3 ]", [{"length": {"min": 3, "max": 3}}]),
        ("string", "[ pattern: 'a+' ]", [{"allowed_pattern": "a+"}]),
        ("string", "[ greater_than: b ]", None),
    ],
)
def test_constraints_are_those_of_the_declaration(tmp_path: Path, kind: str, constraints: str, expected: Any) -> None:
    found = parameter(tmp_path, f"{{ type: {kind}, constraints: {constraints} }}")
    assert found.get("constraints") == expected


def test_a_value_that_is_given_is_the_default(tmp_path: Path) -> None:
    assert parameter(tmp_path, "{ type: integer, default: 1 }", "7") == {"type": "number", "default": 7}


def test_a_key_name_that_nobody_declared_is_for_all_servers(tmp_path: Path) -> None:
    text = """
        topology_template:
          node_templates:
            a: { type: tosca.nodes.Compute }
            b: { type: tosca.nodes.Compute }
    """
    template = handed_off(tmp_path, text, {"key_name": "ops"}).template
    assert template["parameters"]["key_name"] == {"type": "string", "default": "ops"}
    keys = [tree["properties"]["key_name"] for tree in template["resources"].values()]
    assert keys == [{"get_param": "key_name"}] * 2
