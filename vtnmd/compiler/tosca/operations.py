"""Interfaces and artifacts of nodes and relationships: what types and template say together (sections 3.6.14 to 3.6.20, 3.6.7).

Reports VTN-T044 (unknown interface or operation), and what reading of the inputs of operations reports. Files are named from where
the service template stands, whichever file named them.
"""

import posixpath
from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin

from vtnmd.compiler.tosca.document import YamlMap, YamlNode, YamlScalar, items_of, map_of, text_of
from vtnmd.compiler.tosca.drafts import Draft, Resolution
from vtnmd.compiler.tosca.functions import Functions
from vtnmd.compiler.tosca.hints import unknown_name
from vtnmd.compiler.tosca.imports import Source
from vtnmd.compiler.tosca.interfaces import NO_OPERATIONS, OperationDefinition, Operations, refined_operations
from vtnmd.compiler.tosca.schema import ANY
from vtnmd.compiler.tosca.types import TypeDefinition
from vtnmd.compiler.tosca.values import INVALID, Reader
from vtnmd.domain.topology import Artifact, Operation

NO_ARTIFACTS: Mapping[str, Artifact] = {}


def read_operations(resolution: Resolution, draft: Draft) -> tuple[Operation, ...]:
    """The operations that something implements, in the order of the interfaces and operations of the type."""
    if "interfaces" in draft.body.entries:
        defined = _defined(_refined(resolution, draft))
    elif draft.type in resolution.defined:
        defined = resolution.defined[draft.type]
    else:
        defined = resolution.defined[draft.type] = _defined(draft.type.interfaces)
    found = (_operation(resolution, draft, *each) for each in defined)
    return tuple(operation for operation in found if operation)


def _refined(resolution: Resolution, draft: Draft) -> Mapping[str, Operations]:
    interfaces: dict[str, Operations] = {**draft.type.interfaces}
    for key, node in map_of(draft.body.get("interfaces")).pairs():
        name, known = _known(resolution, draft.type, key.text)
        body = map_of(node)
        if draft.source is None:
            _check_names(resolution, draft, key, body, known)
        interfaces[name] = refined_operations(body, resolution.source, known or NO_OPERATIONS)
    return interfaces


def _defined(interfaces: Mapping[str, Operations]) -> tuple[tuple[str, str, OperationDefinition], ...]:
    """(interface, operation, definition) of what more is said of than its name."""
    return tuple(
        (interface, name, definition)
        for interface, operations in interfaces.items()
        for name, definition in operations.items()
        if definition.layers
    )


def _known(resolution: Resolution, definition: TypeDefinition, name: str) -> tuple[str, Operations | None]:
    """(the name in the type, the operations) of an interface, which may be called by its type; None if the type has none such."""
    if name in definition.interfaces:
        return name, definition.interfaces[name]
    declared = resolution.types.find("interface_types", name, resolution.source)
    found = resolution.types.definition(declared) if declared else None
    if found is None:
        return name, None
    short = found.name.rpartition(".")[2]
    return (short, definition.interfaces[short]) if short in definition.interfaces else (short, found.interfaces.get(""))


def _check_names(resolution: Resolution, draft: Draft, key: YamlScalar, body: YamlMap, known: Operations | None) -> None:
    if known is None:
        names = draft.type.interfaces
        resolution.problems.append(unknown_name(f"{draft.type.name} has no interface", key, names, "VTN-T044"))
        return
    listed = map_of(body.get("operations") or body.get("notifications"))
    allowed = {*known, "type", "description", "inputs", "operations", "notifications"}
    for operation in (*body.keys.values(), *listed.keys.values()):
        if operation.text not in allowed:
            what = f"the interface {key.text} has no operation"
            resolution.problems.append(unknown_name(what, operation, known, "VTN-T044"))


def _operation(
    resolution: Resolution, draft: Draft, interface: str, name: str, definition: OperationDefinition
) -> Operation | None:
    """The operation; None if nothing implements it. Functions in its inputs are evaluated either way, so that their names exist."""
    implementation: tuple[YamlNode, Source] | None = None
    inputs: dict[str, YamlNode] = {}
    for body, source in definition.layers:
        stated = body if isinstance(body, YamlScalar) else map_of(body).get("implementation")
        implementation = (stated, source) if stated is not None and _primary(stated) else implementation
        inputs.update(map_of(map_of(body).get("inputs")).entries)
    values = _inputs(resolution, draft, inputs)
    if implementation is None:
        return None
    stated, source = implementation
    further = items_of(map_of(stated).get("dependencies"))
    files = [_file(resolution, draft, text_of(node), source) for node in (_primary(stated), *further) if text_of(node)]
    return Operation(interface, name, files[0], values, stated.span, tuple(files[1:]))


def _primary(node: YamlNode) -> YamlNode | None:
    """Where an implementation names its file, in any of its notations (section 3.6.17.1)."""
    if isinstance(node, YamlScalar):
        return node if text_of(node) else None
    primary = map_of(node).get("primary") or map_of(node).get("file")
    return _primary(primary) if primary is not None else None


def _inputs(resolution: Resolution, draft: Draft, nodes: Mapping[str, YamlNode]) -> dict[str, Any]:
    """The values of inputs that are assigned, or that are declared with a value or a default."""
    values: dict[str, Any] = {}
    reader = Reader(resolution.problems, Functions(resolution, draft))
    for name, node in nodes.items():
        body = map_of(node)
        assigned: YamlNode | None = node
        if "type" in body.entries:
            assigned = body.get("value") or body.get("default")
        value = reader.read(assigned, ANY, f"the input {name}") if assigned is not None else None
        if value is not None and value is not INVALID:
            values[name] = value
    return values


def _file(resolution: Resolution, draft: Draft, name: str, source: Source) -> str:
    """A file as seen from the service template; `name` may also be the name of an artifact."""
    artifact = map_of(draft.body.get("artifacts")).get(name)
    if artifact is not None:
        return placed(_file_of(artifact), resolution.source.file, resolution.source.file)
    if name in draft.type.artifacts:
        node, declared = draft.type.artifacts[name]
        return placed(_file_of(node), declared.file, resolution.source.file)
    return placed(name, source.file, resolution.source.file)


def _file_of(node: YamlNode) -> str:
    return text_of(map_of(node).get("file") if isinstance(node, YamlMap) else node)


def placed(reference: str, base: str, service: str) -> str:
    """A file that the file `base` names, as the file `service` would name it. URLs and absolute paths stay."""
    if "://" in base:
        return urljoin(base, reference)
    if "://" in reference or reference.startswith("/") or base == service:
        return reference
    folder = posixpath.dirname(base.replace("\\", "/"))
    return posixpath.relpath(posixpath.join(folder, reference), posixpath.dirname(service.replace("\\", "/")) or ".")


def read_artifacts(resolution: Resolution, draft: Draft) -> Mapping[str, Artifact]:
    """The artifacts of a node by name, those of its type included."""
    own = {key.text: (node, resolution.source) for key, node in map_of(draft.body.entries.get("artifacts")).pairs()}
    if not own and not draft.type.artifacts:
        return NO_ARTIFACTS
    found = {}
    for name, (node, source) in {**draft.type.artifacts, **own}.items():
        declared = resolution.types.named("artifact_types", map_of(node).get("type"), source)
        definition = resolution.types.definition(declared) if declared else None
        file = placed(_file_of(node), source.file, resolution.source.file)
        ancestry = definition.ancestry if definition else ()
        found[name] = Artifact(name, definition.name if definition else "", ancestry, file, node.span)
    return found
