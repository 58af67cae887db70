"""The files that a service refers to beside its imports: artifacts and implementations of operations (sections 3.6.7 and 3.6.17).

Reports VTN-T014 (not found).
"""

from collections.abc import Callable, Iterable, Iterator

from vtnmd.compiler.tosca.document import YamlList, YamlMap, YamlNode, YamlScalar, items_of, map_of, text_of
from vtnmd.compiler.tosca.imports import Source
from vtnmd.compiler.tosca.library import Library, Refused
from vtnmd.domain.diagnostics import Diagnostic

_TYPES = ("node_types", "relationship_types", "group_types")
_TEMPLATES = ("node_templates", "relationship_templates", "groups")
_NO_OPERATION = frozenset({"type", "description", "inputs", "metadata"})


def referred_files(sources: Iterable[Source]) -> list[YamlScalar]:
    """Where each file is named, once for each place; names of artifacts, URLs and what is in repositories left out."""
    entities = [entity for source in sources for entity in _entities(source.document)]
    artifacts = {name for entity in entities for name in map_of(entity.get("artifacts")).entries}
    named = [scalar for entity in entities for scalar in _files(entity, artifacts)]
    return [scalar for scalar in named if text_of(scalar) and "://" not in scalar.text]


def check_artifacts(sources: Iterable[Source], library: Library, holds: Callable[[str], bool]) -> list[Diagnostic]:
    """What is wrong with the files that are named where all must be there; `holds` tells whether one is."""
    problems = []
    for scalar in referred_files(sources):
        try:
            if holds(library.locate(scalar.text, scalar.file)):
                continue
            summary, hint = f"there is neither a file nor an artifact {scalar.text[:200]!r}", f"a path is relative to {scalar.file}"
        except Refused as error:
            summary, hint = str(error), error.hint
        problems.append(Diagnostic("VTN-T014", summary, scalar.span, hint))
    return problems


def _entities(document: YamlMap) -> Iterator[YamlMap]:
    topology = map_of(document.get("topology_template"))
    sections = [*(document.get(name) for name in _TYPES), *(topology.get(name) for name in _TEMPLATES)]
    for section in sections:
        for _, node in map_of(section).pairs():
            yield map_of(node)


def _files(entity: YamlMap, artifacts: set[str]) -> Iterator[YamlScalar]:
    for _, artifact in map_of(entity.get("artifacts")).pairs():
        yield from _artifact(artifact)
    for _, interface in map_of(entity.get("interfaces")).pairs():
        body = map_of(interface)
        for operations in (body, map_of(body.get("operations"))):
            for key, operation in operations.pairs():
                if key.text not in _NO_OPERATION and key.text not in ("operations", "notifications"):
                    yield from _implementations(operation, artifacts)


def _artifact(node: YamlNode) -> Iterator[YamlScalar]:
    file = node if isinstance(node, YamlScalar) else map_of(node).get("file")
    if isinstance(file, YamlScalar) and map_of(node).get("repository") is None:
        yield file


def _implementations(operation: YamlNode, artifacts: set[str]) -> Iterator[YamlScalar]:
    """The files of an operation in any of its notations: a name, a list of names, or primary and dependencies."""
    implementation = operation if isinstance(operation, YamlScalar) else map_of(operation).get("implementation")
    if isinstance(implementation, YamlScalar):
        if implementation.text not in artifacts:
            yield implementation
    elif isinstance(implementation, YamlMap) and implementation.get("file") is not None:
        yield from _artifact(implementation)
    elif isinstance(implementation, YamlMap):
        dependencies = implementation.get("dependencies")
        listed = items_of(dependencies) if isinstance(dependencies, YamlList) else (dependencies,)
        for each in (implementation.get("primary"), *listed):
            if isinstance(each, YamlMap):
                yield from _artifact(each)
            elif isinstance(each, YamlScalar) and each.text not in artifacts:
                yield each
