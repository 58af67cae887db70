"""The types that every service sees: the normative types of the tosca-parser package and the shipped profile, read once.

The package is data here: its definition file is read, none of its classes is imported.
"""

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from vtnmd.assets import TOSCA_MODELS
from vtnmd.compiler.tosca.document import YamlMap, YamlNode, YamlScalar, map_of, text_of
from vtnmd.compiler.tosca.grammar import check_grammar
from vtnmd.compiler.tosca.imports import PROFILE, Declared, Source, profile_path, shipped_source
from vtnmd.compiler.tosca.read import read_document
from vtnmd.compiler.tosca.types import TypeDefinition, Types
from vtnmd.domain.diagnostics import Invalid

NORMATIVE_FILE = "TOSCA_definition.yaml"
ADDITIONS_FILE = "tosca-1.3.yaml"
"""Normative types of version 1.3 that the package lacks."""


@dataclass(frozen=True, slots=True)
class Shipped:
    """Never changed after it is made, and so shared by all threads. `sources` are importable by name."""

    normative: Source
    sources: Mapping[str, Source]
    compiled: Mapping[Declared, TypeDefinition]


@cache
def shipped() -> Shipped:
    """Raises Invalid if a shipped file is broken."""
    normative = _normative()
    additions = _read(TOSCA_MODELS / ADDITIONS_FILE)
    for declared in additions.own():
        normative.names[declared.section].setdefault(declared.name, declared)
    profile = _read(profile_path())
    types = Types(normative)
    for source in (normative, additions, profile):
        types.compile_all(source.own())
    if types.problems:
        raise Invalid(*types.problems)
    compiled = {declared: definition for declared, definition in types.compiled.items() if definition is not None}
    return Shipped(normative, {PROFILE: profile}, compiled)


def _read(path: Path) -> Source:
    document = read_document(path)
    problems = check_grammar(document)
    if problems:
        raise Invalid(*problems)
    return shipped_source(str(path), document)


def _normative() -> Source:
    found = importlib.util.find_spec("toscaparser")  # finds the package without importing it
    folders = (found.submodule_search_locations if found else None) or ["toscaparser"]
    document = read_document(Path(folders[0]) / "elements" / NORMATIVE_FILE)
    return shipped_source(NORMATIVE_FILE, _mended(document))


def _mended(document: YamlMap) -> YamlMap:
    """The file with two spellings that only tosca-parser knows made TOSCA: `type` of a data type, and a property given as text."""
    data_types = map_of(document.get("data_types"))
    mended: dict[str, YamlNode] = {name: _derived(map_of(node)) for name, node in data_types.entries.items()}
    artifacts = map_of(document.get("artifact_types"))
    extended: dict[str, YamlNode] = {name: _with_long_properties(map_of(node)) for name, node in artifacts.entries.items()}
    entries = {
        **document.entries,
        "data_types": data_types._replace(entries=mended),
        "artifact_types": artifacts._replace(entries=extended),
    }
    return document._replace(entries=entries)


def _derived(node: YamlMap) -> YamlMap:
    return node._replace(entries={**node.entries, "derived_from": node.entries["type"]}) if "type" in node.entries else node


def _with_long_properties(node: YamlMap) -> YamlMap:
    properties = map_of(node.get("properties"))
    if not properties.entries:
        return node
    entries = {name: _long_property(value) for name, value in properties.entries.items()}
    return node._replace(entries={**node.entries, "properties": properties._replace(entries=entries)})


def _long_property(node: YamlNode) -> YamlNode:
    if not isinstance(node, YamlScalar) or not text_of(node):
        return node
    place = (node.file, node.line, node.column, node.end_column)
    optional = YamlScalar("false", True, *place)
    return YamlMap({"type": node, "required": optional}, {"type": node, "required": node}, *place)
