"""What the resolve phase works on: entities while their values are read, and everything that they can refer to."""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from vtnmd.compiler.lasting_names import LONGEST_NAME
from vtnmd.compiler.tosca.document import YamlMap, YamlNode, YamlScalar, map_of, native, text_of
from vtnmd.compiler.tosca.hints import closest
from vtnmd.compiler.tosca.imports import Source
from vtnmd.compiler.tosca.interfaces import OperationDefinition
from vtnmd.compiler.tosca.types import RequirementDefinition, TypeDefinition, Types
from vtnmd.compiler.tosca.values import INVALID, Path
from vtnmd.domain.diagnostics import Diagnostic, Severity, Span
from vtnmd.domain.topology import Moved

_HINTED_PROBLEMS = 100
_MOVED = "moved"
_BETWEEN_NAMES = re.compile(r"[\s,]+")


@dataclass(slots=True, eq=False)
class Match:
    """A requirement of a node with the target found for it. `place` is where the target is named, or the requirement.

    `template` names the relationship template that the requirement takes, if it takes one.
    """

    requirement: RequirementDefinition
    place: YamlNode
    target: "Draft"
    capability: str
    relationship: "Draft"
    template: str = ""


class Fit(NamedTuple):
    """How a node type fits a requirement: by which capability, or why not at all, or what speaks against it."""

    capability: str
    problem: str = ""
    doubt: str = ""


@dataclass(slots=True, eq=False)
class Draft:
    """A node, relationship, group or policy template. Values are read on demand, since functions refer to values of others.

    `properties` holds what has been read so far. `source` and `target` are set for relationships. `home` is where the template
    stands; `inside` is what a substituting template puts in its place.
    """

    name: str
    key: YamlScalar
    body: YamlMap
    type: TypeDefinition
    properties: dict[str, Any] = field(default_factory=dict)
    spans: dict[Path, Span] = field(default_factory=dict)
    matches: list[Match] = field(default_factory=list)
    source: "Draft | None" = None
    target: "Draft | None" = None
    home: "Resolution | None" = None
    inside: "Resolution | None" = None

    @property
    def full_name(self) -> str:
        """What the template is called in the whole topology."""
        return full_name(self.home.prefix if self.home else "", self.name)

    def assigned(self) -> YamlMap:
        """The property assignments of the template."""
        return map_of(self.body.get("properties"))

    def targets(self, requirement: str) -> Iterator["Draft"]:
        return (match.target for match in self.matches if match.requirement.name == requirement)


@dataclass(slots=True, eq=False)
class Resolution:
    """One service template while it is resolved.

    `broken` names templates of unknown type, which may be referred to. `reading` are the properties that are being
    read, each because of the one before. Where it is `symbolic`, get_input stays a call in whatever reads an input.

    `templates` are the substituting templates by the type that they stand for. A service template that stands for a node has that
    as its `node`, a template of `outer`; `prefix` comes before the names of all in it, and `place_of_input` tells where an input's
    value was written. `size` counts the nodes inside of composites. `defined` are the operations that types say something of.
    """

    source: Source
    types: Types
    problems: list[Diagnostic]
    inputs: Mapping[str, Any] = field(default_factory=dict)
    drafts: dict[str, Draft] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    relationships: dict[str, Draft] = field(default_factory=dict)
    groups: dict[str, Draft] = field(default_factory=dict)
    reading: list[tuple[Draft, str]] = field(default_factory=list)
    substituted: frozenset[str] = frozenset()
    fits: dict[tuple[RequirementDefinition, TypeDefinition, str], Fit] = field(default_factory=dict)
    by_type: dict[str, list[Draft]] = field(default_factory=dict)
    defined: dict[TypeDefinition, tuple[tuple[str, str, OperationDefinition], ...]] = field(default_factory=dict)
    symbolic: bool = False
    templates: Mapping[TypeDefinition, tuple[Source, ...]] = field(default_factory=dict)
    prefix: str = ""
    outer: "Resolution | None" = None
    node: Draft | None = None
    size: int = 0
    place_of_input: Callable[[str], Span | None] = lambda _: None

    def around(self) -> "Iterator[Resolution]":
        """The resolution itself and those that it stands inside of, innermost first."""
        current: Resolution | None = self
        while current is not None:
            yield current
            current = current.outer

    @property
    def topology(self) -> YamlMap:
        return map_of(self.source.document.get("topology_template"))

    def report(self, code: str, summary: str, node: YamlNode, hint: str = "") -> None:
        self.problems.append(Diagnostic(code, summary, node.span, hint))

    def is_substituted(self, draft: Draft) -> bool:
        """Whether an imported topology stands for the node: what the node lacks may come from there (section 3.8.13)."""
        return draft.type.name in self.substituted

    def warn(self, code: str, summary: str, node: YamlNode, hint: str = "") -> None:
        self.problems.append(Diagnostic(code, summary, node.span, hint, severity=Severity.WARNING))

    def hint(self, name: str) -> str:
        """The node template that may be meant. Comparing with all names takes time, so a file full of errors gets no hints."""
        return closest(name, self.drafts) if len(self.problems) < _HINTED_PROBLEMS else ""

    def of_type(self, name: str) -> list[Draft]:
        """The node templates of a type or of one that derives from it."""
        if not self.by_type:
            for draft in self.drafts.values():
                for ancestor in draft.type.ancestry:
                    self.by_type.setdefault(ancestor, []).append(draft)
        return self.by_type.get(name, [])

    def member(self, name: str) -> Draft | None:
        """The node template or group of that name."""
        return self.drafts.get(name) or self.groups.get(name)

    def member_hint(self, name: str) -> str:
        """The node template or group that may be meant."""
        return closest(name, [*self.drafts, *self.groups]) if len(self.problems) < _HINTED_PROBLEMS else ""


def full_name(prefix: str, name: str) -> str:
    """`prefix` and `name` as one; where that is longer than names may be, its end is a digest of the whole."""
    text = prefix + name
    if not prefix or len(text) <= LONGEST_NAME:
        return text
    return f"{text[: LONGEST_NAME - 9]}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def values_or_nothing(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values that are valid."""
    return {name: value for name, value in values.items() if value is not INVALID}


def metadata_of(node: YamlMap) -> dict[str, str]:
    """A `metadata` section as texts."""
    return {
        key.text: value.text if isinstance(value, YamlScalar) else str(native(value))
        for key, value in map_of(node.get("metadata")).pairs()
    }


def moved_of(node: YamlMap) -> Moved | None:
    """What the key `moved` of a `metadata` section says: names between commas or blanks."""
    said = map_of(node.get("metadata")).get(_MOVED)
    names = tuple(name for name in _BETWEEN_NAMES.split(text_of(said)) if name)
    return Moved(names, said.span) if said is not None and names else None
