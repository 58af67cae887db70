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
from vtnmd.compiler.tosca.grammar import MEC, NFV, check_grammar
from vtnmd.compiler.tosca.imports import PROFILE, Declared, Source, profile_path, shipped_source
from vtnmd.compiler.tosca.read import read_document
from vtnmd.compiler.tosca.types import TypeDefinition, Types
from vtnmd.domain.diagnostics import Invalid

NORMATIVE_FILE = "TOSCA_definition.yaml"
EXTENSIONS = {NFV: "nfv/TOSCA_nfv_definition_1_0_0.yaml", MEC: "mec/TOSCA_mec_definition_1_0_0.yaml"}
"""`tosca_definitions_version` → file of the package."""

ADDITIONS_FILE = "tosca-1.3.yaml"
"""Normative types of version 1.3 that the package lacks, or has with a slip."""
_PORT = "tosca.nodes.network.Port"


@dataclass(frozen=True, slots=True)
class Shipped:
    """Never changed after it is made, and so shared by all threads.

    `extended` are the normative types of versions that extend the Simple Profile; `profiles` are importable by name.
    """

    simple: Source
    extended: Mapping[str, Source]
    profiles: Mapping[str, Source]
    compiled: Mapping[Declared, TypeDefinition]

    def normative(self, version: str) -> Source:
        """The types that a file of that `tosca_definitions_version` sees without importing anything."""
        return self.extended.get(version, self.simple)


@cache
def shipped() -> Shipped:
    """Raises Invalid if a shipped file is broken."""
    package = _package()
    simple = shipped_source(NORMATIVE_FILE, _mended(read_document(package / "elements" / NORMATIVE_FILE)))
    additions = _read(TOSCA_MODELS / ADDITIONS_FILE, simple)
    for declared in additions.own():
        simple.names[declared.section][declared.name] = declared
    extended = {version: _extension(package / "extensions" / file, simple) for version, file in EXTENSIONS.items()}
    for source in (simple, *extended.values()):
        _shorten(source)
    profile = _read(profile_path(), simple)
    types = Types()
    for source in (simple, additions, profile):
        types.compile_all(source.own())
    if types.problems:
        raise Invalid(*types.problems)
    for source in extended.values():  # a slip in these is the package's, and nothing that a user could mend
        types.compile_all(source.own())
    compiled = {declared: definition for declared, definition in types.compiled.items() if definition is not None}
    return Shipped(simple, extended, {PROFILE: profile}, compiled)


def _shorten(source: Source) -> None:
    """Name the types by the ends of their names too (section 5.2), such as `Compute` or `PortDef`: of two, the shorter one."""
    for section, names in source.names.items():
        for name in sorted(names, key=lambda each: each.count(".")):
            parts = name.split(".")
            for at in range(2, len(parts)):
                source.short_names.setdefault((section, ".".join(parts[at:])), names[name])


def _read(path: Path, normative: Source) -> Source:
    document = read_document(path)
    problems = check_grammar(document)
    if problems:
        raise Invalid(*problems)
    return shipped_source(str(path), document, normative)


def _package() -> Path:
    found = importlib.util.find_spec("toscaparser")  # finds the package without importing it
    folders = (found.submodule_search_locations if found else None) or ["toscaparser"]
    return Path(folders[0])


def _extension(path: Path, simple: Source) -> Source:
    """The types of a profile that extends the Simple Profile, together with those that it extends."""
    source = shipped_source(path.name, read_document(path), simple)
    for section, names in simple.names.items():
        for name, declared in names.items():
            source.names[section].setdefault(name, declared)
    return source


def _mended(document: YamlMap) -> YamlMap:
    """The file with two spellings that only tosca-parser knows made TOSCA: `type` of a data type, and a property given as text.

    A port is made something that can be linked to, which the FloatingIP beside it demands.
    """
    data_types = map_of(document.get("data_types"))
    mended: dict[str, YamlNode] = {name: _derived(map_of(node)) for name, node in data_types.entries.items()}
    artifacts = map_of(document.get("artifact_types"))
    extended: dict[str, YamlNode] = {name: _with_long_properties(map_of(node)) for name, node in artifacts.entries.items()}
    nodes = map_of(document.get("node_types"))
    linked = {name: _linkable(map_of(node)) if name == _PORT else node for name, node in nodes.entries.items()}
    entries = {
        **document.entries,
        "node_types": nodes._replace(entries=linked),
        "data_types": data_types._replace(entries=mended),
        "artifact_types": artifacts._replace(entries=extended),
    }
    return document._replace(entries=entries)


def _linkable(node: YamlMap) -> YamlMap:
    place = (node.file, node.line, node.column, node.end_column)
    key, kind = YamlScalar("link", True, *place), YamlScalar("tosca.capabilities.network.Linkable", True, *place)
    return node._replace(entries={**node.entries, "capabilities": YamlMap({"link": kind}, {"link": key}, *place)})


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
