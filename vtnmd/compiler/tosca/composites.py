"""Nodes that a substituting template stands for (sections 3.8.8 to 3.8.13): the template is chosen and opened inside of the node.

The properties of the node are the inputs inside, its attributes are outputs of the inside. Requirements and capabilities are led
through where requirements are matched.

Reports VTN-T090 (no template fits), T091 (several do), T092 (composites in a circle) and T093 (too many nodes).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from vtnmd.compiler.tosca.document import YamlMap, YamlNode, YamlScalar, items_of, map_of, named_of, text_of
from vtnmd.compiler.tosca.drafts import Draft, Resolution
from vtnmd.compiler.tosca.functions import property_value
from vtnmd.compiler.tosca.imports import Source
from vtnmd.compiler.tosca.mappings import mapped_parts, mappings_of
from vtnmd.compiler.tosca.requirements import passes
from vtnmd.compiler.tosca.schema import PropertyDefinition
from vtnmd.compiler.tosca.types import TypeDefinition, Types
from vtnmd.compiler.tosca.values import INVALID, Reader, node_of
from vtnmd.domain.diagnostics import Diagnostic, Span
from vtnmd.domain.topology import FunctionCall

MOST_NODES = 100_000
"""Nodes that a service may come to: a few small files of composites of composites could mean billions."""

_SUBSTITUTE = frozenset({"substitute", "substitutable"})
"""Directives that demand a template (section 3.4.3)."""

Templates = Mapping[TypeDefinition, tuple[Source, ...]]


def find_templates(sources: Iterable[Source], types: Types) -> Templates:
    """The files that hold a substituting template, by the type that it stands for."""
    found: dict[TypeDefinition, tuple[Source, ...]] = {}
    for source in sources:
        named = _mappings(source).get("node_type")
        declared = types.find("node_types", text_of(named), source) if named else None
        definition = types.definition(declared) if declared else None
        if definition is not None:
            found[definition] = (*found.get(definition, ()), source)
    return found


def open_composites(resolution: Resolution, prepare: Callable[[Resolution], None]) -> None:
    """Put inside of each node whose type a template stands for what `prepare` makes of that template."""
    for draft in resolution.drafts.values():
        template = _template_of(resolution, draft)
        if template is None or _closes_circle(resolution, draft, template):
            continue
        inside = Resolution(
            template,
            resolution.types,
            [],
            reading=resolution.reading,
            substituted=resolution.substituted,
            templates=resolution.templates,
            prefix=f"{resolution.prefix}{draft.name}.",
            outer=resolution,
            node=draft,
        )
        if _is_too_much(resolution, draft, len(map_of(inside.topology.get("node_templates")).entries)):
            continue
        given = Given(inside)
        inside.inputs, inside.place_of_input = given, given.place
        draft.inside = inside
        prepare(inside)


def _template_of(resolution: Resolution, draft: Draft) -> Source | None:
    """The one template that stands for the node; None where none does, which is an error only if one is demanded.

    A node of the type that its own template stands for is the outside seen from the inside, unless a template is demanded for it.
    """
    known = [source for source in resolution.templates.get(draft.type, ()) if resolution.outer or source is not resolution.source]
    demanded = [item for item in items_of(draft.body.get("directives")) if text_of(item) in _SUBSTITUTE]
    if resolution.source in known and not demanded:
        resolution.warn("VTN-T082", f"{draft.name} has no effect: it is of the type that its own template stands for", draft.key)
        return None
    before = len(resolution.problems)
    fitting = [source for source in known if _fits(resolution, draft, source)]
    if len(fitting) == 1:
        return fitting[0]
    if len(resolution.problems) > before:  # what the filters ask for is wrong itself
        return None
    open_until = [name for source in fitting for name, _ in _constants(source) if _is_open(resolution, draft, name)]
    if open_until:
        summary = f"which template stands for {draft.name} is open until its {open_until[0]} is known"
        resolution.warn("VTN-T091", summary, draft.key, f"give the input that {open_until[0]} is taken from")
    elif fitting:
        files = ", ".join(sorted(str(source.file) for source in fitting))
        hint = "give each of them a substitution_filter that the others' nodes do not pass"
        resolution.report("VTN-T091", f"several templates can stand for {draft.name}: {files}", draft.key, hint)
    elif known:
        files = ", ".join(sorted(str(source.file) for source in known))
        hint = "give the node properties that pass the filter of one of them"
        resolution.report("VTN-T090", f"no template's substitution_filter takes {draft.name}: {files}", draft.key, hint)
    elif demanded:
        hint = "import a file whose substitution_mappings name that node_type, or keep it in the folder of --models"
        resolution.report("VTN-T090", f"no template stands for {draft.name}, a {draft.type.name}", demanded[0], hint)
    return None


def _fits(resolution: Resolution, draft: Draft, template: Source) -> bool:
    filters = map_of(_mappings(template).get("substitution_filter"))
    inner = filters.get("node_filter")
    if not passes(resolution, draft, filters) or (inner is not None and not passes(resolution, draft, map_of(inner))):
        return False
    return all(
        _is_open(resolution, draft, name) or str(property_value(resolution, draft, name)) == value
        for name, value in _constants(template)
    )


def _mappings(template: Source) -> YamlMap:
    return mappings_of(map_of(template.document.get("topology_template")))


def _constants(template: Source) -> Iterator[tuple[str, str]]:
    """Properties that the template has a fixed value of (section 3.8.8.2): it stands for nodes with that value only."""
    for key, node in named_of(_mappings(template).get("properties")):
        if isinstance(node, YamlScalar):
            yield key.text, node.text


def _is_open(resolution: Resolution, draft: Draft, name: str) -> bool:
    value = property_value(resolution, draft, name) if name in draft.type.properties else None
    return value is INVALID or isinstance(value, FunctionCall)


def _closes_circle(resolution: Resolution, draft: Draft, template: Source) -> bool:
    """Whether the node stands inside of what would be put in its place, which is then reported with the way that leads there."""
    if template is resolution.source:
        way = [draft]
    else:
        around = list(resolution.around())
        at = next((place for place, each in enumerate(around) if each.source is template), None)
        if at is None:
            return False
        way = [*(each.node for each in reversed(around[:at]) if each.node), draft]
    circle = " → ".join(f"{each.name} ({each.type.name})" for each in way)
    hint = "a composite cannot be made of itself; use another type inside"
    resolution.report("VTN-T092", f"{template.file} would be put inside of itself: {circle}", draft.key, hint)
    return True


def _is_too_much(resolution: Resolution, draft: Draft, added: int) -> bool:
    """Whether the whole topology has more nodes than it may have with what the composite adds; that is said once."""
    *_, whole = resolution.around()
    before, whole.size = whole.size, whole.size + added
    if before <= MOST_NODES < whole.size:
        resolution.report("VTN-T093", f"with {draft.name} the service has more than {MOST_NODES} nodes", draft.key)
    return whole.size > MOST_NODES


class Given(Mapping[str, Any]):
    """The inputs of a substituting template, each read from the node once it is asked for."""

    def __init__(self, inside: Resolution) -> None:
        section = inside.topology.get("inputs")
        self._inside = inside
        self._section = map_of(section)
        self._definitions = inside.types.parameters(section, inside.source)
        self._from = dict(_properties(inside, self._definitions))
        self._values: dict[str, Any] = {}

    def __contains__(self, name: object) -> bool:
        return name in self._definitions

    def __iter__(self) -> Iterator[str]:
        return iter(self._definitions)

    def __len__(self) -> int:
        return len(self._definitions)

    def __getitem__(self, name: str) -> Any:
        definition = self._definitions[name]
        if name not in self._values:
            self._values[name] = self._read(definition)
        return self._values[name]

    def place(self, name: str) -> Span | None:
        """Where the value of an input was written; None for a default."""
        node, written = self._inside.node, self._from.get(name)
        return node.spans.get((written,)) if node and written else None

    def _read(self, definition: PropertyDefinition) -> Any:
        inside, node = self._inside, self._inside.node
        if inside.outer is None or node is None:
            return INVALID
        name = self._from.get(definition.name)
        value = property_value(inside.outer, node, name) if name else None
        if isinstance(value, FunctionCall) or value is INVALID:
            return value
        written: YamlNode | None = map_of(self._section.get(definition.name)).get("value")
        if value is not None:
            written = node_of(value, self.place(definition.name) or node.key.span)
        written = written or definition.default_node
        if written is not None:
            return Reader(inside.problems, None).read(written, definition.schema, f"input {definition.name}")
        if definition.has_default:
            return definition.default
        if name and node.type.properties[name].required:
            return INVALID  # that the node lacks it is said there
        if definition.required:
            hint = f"map a property of {node.type.name} to it, or declare a default"
            summary = f"the input {definition.name} has no value: {node.name} gives none"
            inside.problems.append(Diagnostic("VTN-T030", summary, definition.span, hint))
            return INVALID
        return None


def _properties(inside: Resolution, inputs: Mapping[str, PropertyDefinition]) -> Iterator[tuple[str, str]]:
    """(input, property of the node that gives it): by its name, or as it is mapped."""
    known = inside.node.type.properties if inside.node else {}
    yield from ((name, name) for name in inputs if name in known)
    for key, node in named_of(mappings_of(inside.topology).get("properties")):
        parts = mapped_parts(node)
        if len(parts) == 1:
            yield text_of(parts[0]), key.text
        elif not isinstance(node, YamlScalar):
            hint = f"write {key.text}: [ INPUT ], and use the input inside"
            inside.report("VTN-T062", f"the property {key.text} is not mapped to an input", key, hint)
