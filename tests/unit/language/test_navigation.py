"""Hover, definitions, references and renames."""

from pathlib import Path

import pytest

from tests.support.cursor import at_cursor, shop
from tests.support.tosca import HEAD
from vtnmd.domain.diagnostics import Diagnostic
from vtnmd.language.fixes import replacements
from vtnmd.language.hover import hover
from vtnmd.language.navigation import definition, legal_rename, references, symbols

FILE = Path("/service.yaml")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("dscp: 46", "ds⟦cp: 46", "range 0..63"),
        ("type: vtnmd.nodes.Router", "type: vtnmd.no⟦des.Router", "Routes between segments of one VTN."),
        ("- router: core", "- rou⟦ter: core", "occurrences: 0 to 1"),
        ("- router: core", "- router: co⟦re", "**core**: vtnmd.nodes.Router"),
        ("protection: fast-reroute", "⟦protection: fast-reroute", "one of none, path, fast-reroute"),
        ("  groups:", "  gro⟦ups:", "Nodes that belong together"),
        ("mem_size: 2 GB", "mem_⟦size: 2 GB", "scalar-unit.size"),
    ],
)
def test_hover(old: str, new: str, told: str) -> None:
    found = hover(*shop(old, new))
    assert found is not None
    assert told in found.told


def test_nothing_is_told_of_what_is_not_known() -> None:
    for new in ("⟦", "kind: ⟦mpls-l3vpn", "# ki⟦nd"):
        assert hover(*shop("kind: mpls-l3vpn", new)) is None


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [("- router: core", "- router: c⟦ore", 74), ("{ get_input: web_servers }", "{ get_input: web_⟦servers }", 21)],
)
def test_definitions_in_the_file(old: str, new: str, line: int) -> None:
    found = definition(*shop(old, new), FILE)
    assert found is not None
    assert (found.file, found.line) == (str(FILE), line)


def test_definitions_in_the_profile() -> None:
    for new in ("type: vtnmd.nodes.Rou⟦ter", "type: vtnmd.nodes.Router # ⟦"):
        found = definition(*shop("type: vtnmd.nodes.Router", new), FILE)
        assert (found is not None and found.file.endswith("vtnmd.yaml")) is ("#" not in new)


def test_references_of_every_kind() -> None:
    text = HEAD + (
        "topology_template:\n"
        "  inputs: { east: { type: string, default: east } }\n"
        "  node_templates:\n"
        "    ea⟦st: { type: vtnmd.nodes.Region }\n"
        "    lan:\n"
        "      type: vtnmd.nodes.Segment\n"
        "      properties: { cidr: east }\n"
        "      requirements: [ region: east, region: { node: 'east' } ]\n"
        "    twin: { copy: east }\n"
        "  groups:\n"
        "    load: { type: vtnmd.groups.Workload, members: [ east ], properties: { regions: [ east ] } }\n"
        "  outputs:\n"
        "    o: { value: { get_property: [ east, name ] } }\n"
        "  substitution_mappings:\n"
        "    node_type: tosca.nodes.Compute\n"
        "    requirements: { r: [ east, dependency ] }\n"
    )
    found = references(*at_cursor(text))
    assert [each.line + 1 for each in found] == [5, 9, 9, 10, 12, 12, 14, 17]
    lines, _, _, _ = at_cursor(text)
    assert {lines[each.line][each.start : each.end] for each in found} == {"east"}


def test_names_that_a_template_may_get() -> None:
    _, _, _, view = shop("- router: core", "- router: c⟦ore")
    assert legal_rename("spine-1", view) == ""
    for name in ("", "12", "true", "a b", "a:", "-a", "web", "bandwidth"):
        assert legal_rename(name, view)


def test_symbols_of_a_text_that_is_no_yaml() -> None:
    found = [
        (section, entry.name) for section, entry in symbols((HEAD + "topology_template:\n  groups:\n    a:\n      [").split("\n"))
    ]
    assert found == [("groups", "a")]


def test_a_fix_is_offered_for_what_was_written() -> None:
    problem = Diagnostic("VTN-T040", "it has no property 'gatway'", hint="did you mean 'gateway'?")
    assert replacements(problem, "gatway") == ("gateway",)
    assert replacements(problem, "other") == ()
    assert replacements(Diagnostic("VTN-Y210", "'a' is not one of b, c", hint="did you mean b or c?"), "a") == ("b", "c")
