"""TOSCA topologies: from files to a Topology, and from there to an Intent.

Each phase is one module: read → imports → grammar → types → resolve → bind. A phase reports everything it finds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from vtnmd.compiler.tosca.artifacts import check_artifacts
from vtnmd.compiler.tosca.bind import Bound, bind
from vtnmd.compiler.tosca.composites import find_templates
from vtnmd.compiler.tosca.document import NO_MAP, YamlMap, text_of
from vtnmd.compiler.tosca.drafts import Resolution, metadata_of
from vtnmd.compiler.tosca.imports import Loading, Parse, Source, load
from vtnmd.compiler.tosca.library import Files, Refused, Unreadable, read_file
from vtnmd.compiler.tosca.opening import Opened, open_service, text_of_file
from vtnmd.compiler.tosca.own_models import WithModels
from vtnmd.compiler.tosca.package import package
from vtnmd.compiler.tosca.read import DEFAULT_LIMITS, Limits, parse_document, parse_leniently, read_document
from vtnmd.compiler.tosca.resolve import resolve
from vtnmd.compiler.tosca.sections import substituted_types
from vtnmd.compiler.tosca.shipped import shipped
from vtnmd.compiler.tosca.types import Types
from vtnmd.compiler.tosca.urls import Fetch, WithUrls, redirected
from vtnmd.compiler.tosca.values import node_of
from vtnmd.domain.diagnostics import Diagnostic, Invalid, Severity, Span, has_errors
from vtnmd.domain.models import NO_MODELS, Models
from vtnmd.domain.topology import Topology
from vtnmd.domain.tree import Json

__all__ = [
    "Bound",
    "Fetch",
    "Limits",
    "Opened",
    "Reading",
    "Refused",
    "Unreadable",
    "bind",
    "open_service",
    "package_service",
    "read_inputs",
    "read_topology",
    "read_types",
    "read_with_problems",
    "redirected",
    "service_name",
    "text_of_file",
    "type_files",
    "with_urls",
]

Inputs = Path | Mapping[str, Json] | None
"""A YAML file, or plain values."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A service template as far as it can be read: its file, the types that it sees, what of it is right, and what is wrong.

    `files` are the identities of all that were read for it, itself among them.
    """

    source: Source
    types: Types
    topology: Topology
    problems: tuple[Diagnostic, ...]
    files: frozenset[str]


def read_inputs(path: Path, limits: Limits = DEFAULT_LIMITS) -> YamlMap:
    """The inputs of a YAML file: a mapping from names to values, with their places. Raises Invalid."""
    return read_document(path, limits)


def with_urls(opened: Opened, fetch: Fetch) -> Opened:
    """The same, which may import URLs."""
    return replace(opened, library=WithUrls(opened.library, fetch))


def service_name(opened: Opened, limits: Limits = DEFAULT_LIMITS) -> str:
    """What a service template calls itself, without reading anything else of it; empty where it cannot be read."""
    try:
        document = parse_document(read_file(opened.library, opened.file, limits.file_size), opened.file, limits)
    except Invalid:
        return ""
    return metadata_of(document).get("template_name") or text_of(document.get("template_name")) or opened.name


def read_topology(
    service: Path | Opened,
    inputs: Inputs = None,
    limits: Limits = DEFAULT_LIMITS,
    symbolic: bool = False,
    models: Models = NO_MODELS,
) -> Topology:
    """The Topology of a service template: what `open_service` finds at a path, or what was opened already.

    `inputs` are a YAML file, or plain values. With `symbolic` the inputs of a plain topology stay calls of get_input, and need no
    value. Type files and substituting templates of `models` are imported by their names. Raises Invalid with everything that is
    wrong with the file, its imports, its types, its templates and the inputs.
    """
    opened = service if isinstance(service, Opened) else open_service(service, limits)
    reading = read_with_problems(opened, inputs, limits, symbolic=symbolic, models=models)
    if has_errors(reading.problems):
        raise Invalid(*reading.problems)
    return replace(reading.topology, warnings=reading.problems)


def read_with_problems(
    opened: Opened,
    inputs: Inputs = None,
    limits: Limits = DEFAULT_LIMITS,
    parse: Parse = parse_leniently,
    symbolic: bool = False,
    models: Models = NO_MODELS,
) -> Reading:
    """`read_topology` for who goes on with what is right. `parse` gives the document of a file's content and name.

    Raises Invalid where the file itself, or the inputs, are no YAML.
    """
    try:
        return _reading(opened, inputs, limits, parse, symbolic, models)
    except RecursionError:  # definitions or nested calls that lead to each other through hundreds of steps
        raise Invalid(Diagnostic("VTN-F009", "definitions are nested too deeply", Span(opened.file, 1, 1))) from None


def type_files(models: Models) -> tuple[Path, ...]:
    """The type files of a designer's models, by the names that places in them are called by."""
    return tuple(Path(name) for name in WithModels(Files(), models).names)


def read_types(service: Path, models: Models = NO_MODELS, limits: Limits = DEFAULT_LIMITS) -> tuple[Source, Types]:
    """A service template, or a file of types, with the types that it sees; its templates are not looked at. Raises Invalid."""
    opened = open_service(service, limits)
    try:
        loading, source = _loaded(opened, limits, models)
        types = Types(shipped().compiled, source)
        types.compile_all(source.own())
        problems = [*loading.problems, *types.problems, *_unused(types, loading)]
    except RecursionError:
        raise Invalid(Diagnostic("VTN-F009", "definitions are nested too deeply", Span(opened.file, 1, 1))) from None
    if has_errors(problems):
        raise Invalid(*problems)
    return source, types


def package_service(opened: Opened, limits: Limits = DEFAULT_LIMITS) -> bytes:
    """The service as a CSAR (`vtnmd.compiler.tosca.package`). Raises Invalid, also where the service is wrong for any inputs."""
    try:
        read_topology(opened, None, limits)
    except Invalid as error:
        problems = [problem for problem in error.diagnostics if problem.code != "VTN-T030"]  # inputs come later
        if has_errors(problems):
            raise Invalid(*problems) from None
    loading, _ = _loaded(opened, limits)
    return package(opened, loading)


def _loaded(opened: Opened, limits: Limits, models: Models = NO_MODELS, parse: Parse = parse_leniently) -> tuple[Loading, Source]:
    base = shipped()
    library = WithModels(opened.library, models)
    loading = Loading(library, limits, base.profiles, base.normative, parse=parse)
    return loading, load(opened.file, loading, library.names)


def _reading(opened: Opened, inputs: Inputs, limits: Limits, parse: Parse, symbolic: bool, models: Models) -> Reading:
    values = read_inputs(inputs, limits) if isinstance(inputs, Path) else _as_nodes(inputs)
    loading, source = _loaded(opened, limits, models, parse)
    types = Types(shipped().compiled, source)
    types.compile_all(source.own())
    substituted = substituted_types(each for each in loading.sources.values() if each is not source)
    templates = find_templates(loading.sources.values(), types)
    resolution = Resolution(source, types, loading.problems, substituted=substituted, symbolic=symbolic, templates=templates)
    topology = resolve(resolution, values, opened.name)
    problems = [*loading.problems, *types.problems, *_unused(types, loading)]
    if opened.holds:
        problems += check_artifacts(loading.sources.values(), opened.library, opened.holds)
    return Reading(source, types, topology, tuple(problems), frozenset(loading.sources))


def _unused(types: Types, loading: Loading) -> list[Diagnostic]:
    """What is wrong with imported types that nothing of the service uses: warnings, for profiles in the wild are seldom clean."""
    before = len(types.problems)
    for source in loading.sources.values():
        types.compile_all(source.own())
    found = types.problems[before:]
    del types.problems[before:]
    return [replace(problem, severity=Severity.WARNING) for problem in found]


def _as_nodes(inputs: Mapping[str, Json] | None) -> YamlMap:
    node = node_of(dict(inputs), Span("inputs", 1, 1)) if inputs else NO_MAP
    return node if isinstance(node, YamlMap) else NO_MAP
