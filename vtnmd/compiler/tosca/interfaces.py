"""Interfaces of types: operations with all that types say of them, what derives after what it derives from (section 3.6.20)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from vtnmd.compiler.tosca.document import YamlMap, YamlNode, map_of
from vtnmd.compiler.tosca.imports import Source

_OPERATION_KEYS = frozenset({"type", "description", "inputs", "operations", "notifications", "derived_from", "version", "metadata"})


@dataclass(frozen=True, slots=True, eq=False)
class OperationDefinition:
    """An operation of an interface. `layers` are the bodies that define it, each in its file; a later one refines the others."""

    layers: tuple[tuple[YamlNode, Source], ...] = ()


Operations: TypeAlias = Mapping[str, OperationDefinition]
NO_OPERATIONS: Operations = {}


def refined_operations(body: YamlMap, source: Source, inherited: Operations) -> Operations:
    """The inherited operations with what the body of an interface in a file says of them, and those that it adds.

    Inputs of the interface are inputs of all its operations.
    """
    own = {key: node for key, node in body.entries.items() if key not in _OPERATION_KEYS}
    for keyname in ("operations", "notifications"):
        own.update(map_of(body.get(keyname)).entries)
    shared = ((body._replace(entries={"inputs": body.entries["inputs"]}), source),) if body.get("inputs") else ()
    if not own and not shared:
        return inherited
    found: dict[str, OperationDefinition] = {}
    for name in (*inherited, *(name for name in own if name not in inherited)):
        layers = (*(inherited[name].layers if name in inherited else ()), *shared)
        found[name] = OperationDefinition((*layers, (own[name], source)) if name in own and _says(own[name]) else layers)
    return found


def _says(operation: YamlNode) -> bool:
    """Whether the body of an operation tells more than its name."""
    return not isinstance(operation, YamlMap) or bool(operation.get("implementation") or operation.get("inputs"))
