"""Second phase: a service template with everything that it imports, each file read once, and the type names that each file sees.

Reports VTN-T010 (not found), T011 (refused), T012 (unknown repository), T013 (no TOSCA file), T022 (a name with two definitions)
and, for each file, what reading and the grammar report. Cycles of imports are allowed. Names of an import with `namespace_prefix`
are seen as `prefix:name` (section 3.6.8).
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from vtnmd.assets import TOSCA_MODELS
from vtnmd.compiler.tosca.document import YamlMap, YamlNode, YamlScalar, extents, items_of, map_of, text_of
from vtnmd.compiler.tosca.grammar import check_grammar
from vtnmd.compiler.tosca.hints import closest
from vtnmd.compiler.tosca.library import Library, Refused, Unreadable, read_file
from vtnmd.compiler.tosca.read import Limits, parse_leniently
from vtnmd.domain.diagnostics import Diagnostic, Invalid, Severity

SECTIONS = (
    "artifact_types",
    "data_types",
    "capability_types",
    "interface_types",
    "relationship_types",
    "node_types",
    "group_types",
    "policy_types",
)
PROFILE = "vtnmd"
"""The name by which the shipped profile is imported."""

_LONGEST_PREFIX_CHAIN = 8
_DECLARATION = re.compile(rb"""^[ \t{]*["']?(tosca_definitions_version|[a-z]+_types|topology_template)["']?[ \t]*:""", re.MULTILINE)
"""Without such a line a file is not in TOSCA, and an import must not make diagnostics quote it: it may be any file."""


@dataclass(frozen=True, slots=True, eq=False)
class Declared:
    """A type as one file declares it. Two of them are the same only if they are one object.

    `problems` is what is wrong with the definition of an imported file, where it matters only if the type is used.
    """

    section: str
    name: str
    key: YamlScalar
    node: YamlMap
    source: "Source"
    problems: list[Diagnostic] = field(default_factory=list)


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """One file: its document, the normative types of its TOSCA version, and by section the types that it sees under which name.

    `short_names` are by section and name, of normative types only.
    """

    file: str
    document: YamlMap
    normative: "Source | None" = None
    short_names: dict[tuple[str, str], Declared] = field(default_factory=dict)
    names: Mapping[str, dict[str, Declared]] = field(default_factory=lambda: {section: {} for section in SECTIONS})

    def own(self) -> list[Declared]:
        """The types that the file itself declares."""
        return [declared for names in self.names.values() for declared in names.values() if declared.source is self]


Parse = Callable[[bytes, str, Limits], tuple[YamlMap, tuple[Diagnostic, ...]]]
"""The document of a file's content and name, as `parse_leniently` gives and raises."""


@dataclass(slots=True)
class Loading:
    """What was found so far.

    `profiles` are importable by name, and `normative` gives the types of a TOSCA version. `sources` are by identity; `located` are
    the names of imported files with the places that name them; `edges` are (importing file, imported file, prefix, place).
    """

    library: Library
    limits: Limits
    profiles: Mapping[str, Source]
    normative: Callable[[str], Source]
    problems: list[Diagnostic] = field(default_factory=list)
    sources: dict[str, Source] = field(default_factory=dict)
    located: list[tuple[str, YamlNode]] = field(default_factory=list)
    edges: list[tuple[Source, Source, str, YamlNode]] = field(default_factory=list)
    parse: Parse = parse_leniently


def load(file: str, loading: Loading, further: Iterable[str] = ()) -> Source:
    """The file with all its imports, and further files whether or not they are imported.

    Problems are left in `loading`; raises Invalid if the file itself cannot be read.
    """
    content = read_file(loading.library, file, loading.limits.file_size)
    root, problems = _source(file, content, loading, imported=False)
    loading.problems.extend(problems)
    for name in further:
        _load_further(name, loading)
    _see_imported(loading)
    return root


def _load_further(name: str, loading: Loading) -> None:
    library = loading.library
    if library.identity(name) in loading.sources:
        return
    try:
        source, problems = _source(name, library.read(name, loading.limits.file_size), loading, imported=True)
        _leave_to_types(problems, source, loading)
    except Invalid as error:
        loading.problems.extend(error.diagnostics)


def shipped_source(file: str, document: YamlMap, normative: Source | None = None) -> Source:
    """A file that ships with vtnmd or a package, which imports nothing."""
    source = Source(file, document, normative)
    _declare(source)
    return source


def profile_path() -> Path:
    """Where the shipped profile stands."""
    return TOSCA_MODELS / f"{PROFILE}.yaml"


def _source(file: str, content: bytes, loading: Loading, *, imported: bool) -> tuple[Source, list[Diagnostic]]:
    """The file, with its imports, and what is wrong with it by itself."""
    document, repeated = loading.parse(content, file, loading.limits)
    source = Source(file, document, loading.normative(text_of(document.get("tosca_definitions_version"))))
    loading.sources[loading.library.identity(file)] = source
    _declare(source)
    for node in items_of(document.get("imports")):
        _import(node, source, loading)
    return source, [*_without_annotations(repeated, document), *check_grammar(document, imported=imported)]


def _without_annotations(repeated: Iterable[Diagnostic], document: YamlMap) -> Iterator[Diagnostic]:
    """Repeated keys, of which those of the file's metadata are warnings: an annotation that stands there twice changes nothing."""
    within = extents(document).get("metadata")
    for problem in repeated:
        harmless = within is not None and problem.span is not None and within.holds(problem.span)
        yield replace(problem, severity=Severity.WARNING) if harmless else problem


def _leave_to_types(problems: Iterable[Diagnostic], source: Source, loading: Loading) -> None:
    """What is wrong inside of a type definition goes to the type, where it matters if anything uses it."""
    places = [
        (extent, source.names[section][name])
        for section in SECTIONS
        for name, extent in extents(map_of(source.document.get(section)), extents(source.document).get(section)).items()
    ]
    for problem in problems:
        found = (declared for extent, declared in places if problem.span and extent.holds(problem.span))
        next((declared.problems for declared in found), loading.problems).append(problem)


def _declare(source: Source) -> None:
    for section in SECTIONS:
        types = map_of(source.document.get(section))
        for key, node in types.pairs():
            source.names[section][key.text] = Declared(section, key.text, key, map_of(node), source)


def _import(node: YamlNode, source: Source, loading: Loading) -> None:
    file, body = _file_of(node)
    if not text_of(file):
        if not isinstance(node, YamlMap) or len(node.entries) != 1:
            loading.problems.append(Diagnostic("VTN-T004", "an import needs the keyname 'file'", node.span))
        return
    prefix = text_of(body.get("namespace_prefix"))
    imported = _find(node, file, body, source, loading)
    if imported is not None:
        loading.edges.append((source, imported, prefix, node))


def _file_of(node: YamlNode) -> tuple[YamlNode, YamlMap]:
    """(the file's name, the extended form) of an import in any of its notations (section 3.6.8.2, and the named one of 1.0)."""
    if not isinstance(node, YamlMap):
        return node, map_of(None)
    file = node.get("file")
    if file is None and len(node.entries) == 1:
        return _file_of(next(iter(node.entries.values())))
    return file or map_of(None), node


def _find(node: YamlNode, file: YamlNode, body: YamlMap, source: Source, loading: Loading) -> Source | None:
    """The file that an import means; None when there is none, which has then been reported."""
    reference = text_of(file)
    repository = body.get("repository")
    if repository is None and reference in loading.profiles:
        return loading.profiles[reference]
    if repository is not None:
        place = _repository(repository, source, loading)
        if place is None:
            summary = f"the imported file {reference[:200]} cannot be read: its repository is not known"
            loading.problems.append(Diagnostic("VTN-T010", summary, file.span))
            return None
        return _read(f"{place.rstrip('/')}/{reference}", node, source, loading)
    return _read(reference, file, source, loading)


def _read(reference: str, file: YamlNode, source: Source, loading: Loading) -> Source | None:
    """`file` is what names the file: the place of what goes wrong with it."""
    library = loading.library
    try:
        name = library.locate(reference, source.file)
        return _sourced(name, file, loading)
    except Refused as error:
        loading.problems.append(Diagnostic(error.code, str(error), file.span, error.hint))
    except Unreadable as error:
        found = _read_nearby(reference, file, source, loading)
        if found:
            return found
        hint = f"it is looked for as {name}{_elsewhere(reference)}" if name != reference else ""
        summary = f"the imported file {reference[:200]} cannot be read: {error}"
        loading.problems.append(Diagnostic("VTN-T010", summary, file.span, hint))
    except Invalid as error:
        loading.problems.extend(error.diagnostics)
    return None


def _elsewhere(reference: str) -> str:
    """What else may be meant by what is imported."""
    if PROFILE in reference:
        return f"; the shipped profile is imported as {PROFILE!r}"
    return "" if "/" in reference or "." in reference else "; types among a designer's models are found with --models DIR"


def _sourced(name: str, file: YamlNode, loading: Loading) -> Source | None:
    """The file of that name, with its imports; None if it is not in TOSCA, which has then been reported.

    Raises Unreadable or Invalid.
    """
    known = loading.sources.get(loading.library.identity(name))
    if known is None:
        content = loading.library.read(name, loading.limits.file_size)
        if not _DECLARATION.search(content):
            hint = "a TOSCA file begins with tosca_definitions_version, and nothing of this one is shown"
            loading.problems.append(Diagnostic("VTN-T013", f"{name[:200]} is no TOSCA file", file.span, hint))
            return None
        known, problems = _source(name, content, loading, imported=True)
        _leave_to_types(problems, known, loading)
    loading.located.append((name, file))
    return known


def _read_nearby(reference: str, file: YamlNode, source: Source, loading: Loading) -> Source | None:
    """What other implementations find: they start from further up, where the path was written for."""
    nearby = _nearby(reference, source)
    try:
        found = _sourced(loading.library.locate(nearby, source.file), file, loading) if nearby else None
    except (Refused, Unreadable):
        return None
    except Invalid as error:
        loading.problems.extend(error.diagnostics)
        return None
    if found:
        summary = f"{reference[:200]} is not there, and taken to be {nearby}"
        loading.problems.append(Diagnostic("VTN-T083", summary, file.span, severity=Severity.WARNING))
    return found


def _nearby(reference: str, source: Source) -> str:
    """The path from the importing file, for one that was written from further up: where both lead through a folder of one name."""
    *wanted, name = reference.split("/")
    if reference.startswith("/"):
        return ""
    own = source.file.split("/")[:-1]
    for at in range(len(wanted) - 1, -1, -1):
        for up, folder in enumerate(reversed(own)):
            if folder == wanted[at] and folder not in ("", ".", ".."):
                return "../" * up + "/".join((*wanted[at + 1 :], name))
    return ""


def _repository(node: YamlNode, source: Source, loading: Loading) -> str | None:
    """Where a repository of the file is; None if it is not declared, which has then been reported."""
    repositories = map_of(source.document.get("repositories"))
    entry = repositories.get(text_of(node))
    if entry is None:
        summary = f"the repository {text_of(node)[:80]!r} is not declared"
        loading.problems.append(Diagnostic("VTN-T012", summary, node.span, closest(text_of(node), repositories.entries)))
        return None
    return text_of(entry.get("url") if isinstance(entry, YamlMap) else entry)


def _see_imported(loading: Loading) -> None:
    """Names of imports, and of what they import, become visible in the importing file, until nothing changes."""
    changed = True
    while changed:
        changed = False
        for importer, imported, prefix, node in loading.edges:
            for section in SECTIONS:
                seen = importer.names[section]
                for name, declared in list(imported.names[section].items()):
                    full = f"{prefix}:{name}" if prefix else name
                    if declared.source is importer or full.count(":") > _LONGEST_PREFIX_CHAIN:
                        continue
                    if full not in seen:
                        seen[full] = declared
                        changed = True
                    elif seen[full] is not declared:
                        _report_twice(seen[full], declared, node, loading)


def _report_twice(first: Declared, second: Declared, node: YamlNode, loading: Loading) -> None:
    problem = Diagnostic(
        "VTN-T022",
        f"{first.name} is defined in {first.key.span} and in {second.key.span}",
        node.span,
        hint="import one of them with a namespace_prefix",
    )
    if problem not in loading.problems:
        loading.problems.append(problem)
