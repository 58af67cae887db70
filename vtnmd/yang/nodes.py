"""Schema nodes as frozen values: what a data model says about each place in a document.

Choices, cases and groups are no places: their data nodes stand among the children of the nearest container, list or root, and
what they mean for each other stands in `SchemaNode.choices`. Conditions (`when`) that a group, choice or case carries stand with
each data node below it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Any

from vtnmd.domain.tree import Json
from vtnmd.yang.datatypes import DataType

QualifiedName = tuple[str, str]
"""(local name, module name)."""


class Kind(StrEnum):
    ROOT = "root"
    CONTAINER = "container"
    LIST = "list"
    LEAF = "leaf"
    LEAF_LIST = "leaf-list"
    ANYDATA = "anydata"
    ANYXML = "anyxml"
    RPC = "rpc"
    ACTION = "action"
    NOTIFICATION = "notification"
    INPUT = "input"
    OUTPUT = "output"


class Protection(IntEnum):
    """What is denied where no rule permits it: `nacm:default-deny-write`, `nacm:default-deny-all` (RFC 8341 section 3.5)."""

    NONE = 0
    WRITE = 1
    ALL = 2


Test = Callable[[Any, Any], bool]
"""(vtnmd.yang.instances.Instance, vtnmd.yang.instances.Evaluation) → does the XPath expression hold."""

Locate = Callable[[Any, Any], list[Any]]
"""The same arguments → the instances that an XPath path leads to."""


@dataclass(frozen=True, slots=True)
class Must:
    """A `must` statement. Message and app-tag are empty where the module gives none."""

    expression: str
    test: Test
    message: str
    app_tag: str


@dataclass(frozen=True, slots=True)
class Condition:
    """A `when` statement; its context is the node itself, or the data parent if a group, choice or case carries it."""

    expression: str
    test: Test
    on_parent: bool


@dataclass(frozen=True, slots=True)
class Check:
    """A `vtnmd-types:check` statement: the name of a function in vtnmd.yang.checks."""

    name: str
    message: str
    app_tag: str


@dataclass(frozen=True, slots=True)
class Becomes:
    """A `vtnmd-types:resource` statement: entries of the list become resources of a kind, at endpoints `at` in regions `region`."""

    kind: str
    at: str
    region: str
    takes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reference:
    """A leafref of a leaf's type. `locate` leads to the last predicate, `tail` are the names of the steps after it.

    `target` is the path of the leaf referred to, `top` its first member. `direct` says that the path has no predicates, so that it
    depends on no other value.
    """

    expression: str
    locate: Locate
    tail: tuple[QualifiedName, ...]
    type: DataType
    require_instance: bool
    top: str
    target: tuple[str, ...]
    direct: bool


@dataclass(frozen=True, slots=True)
class Case:
    """One case. `members` are all data nodes below it, `required` the mandatory ones that stand directly in it."""

    name: str
    members: frozenset[str]
    required: tuple["SchemaNode", ...]
    choices: tuple["Choice", ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """At most one of the cases has members in a document; exactly one if the choice is mandatory."""

    name: str
    mandatory: bool
    default: str
    cases: tuple[Case, ...]
    conditions: tuple[Condition, ...]
    config: bool

    def chosen(self, members: Mapping[str, Json]) -> list[Case]:
        """The cases that have a node among `members`."""
        return [case for case in self.cases if not case.members.isdisjoint(members)]

    def in_use(self, members: Mapping[str, Json]) -> Case | None:
        """The case whose defaults count: the chosen one, else the default case."""
        chosen = self.chosen(members)
        if chosen:
            return chosen[0]
        return next((case for case in self.cases if case.name == self.default), None)


@dataclass(frozen=True, slots=True, eq=False)
class SchemaNode:
    """One data node, operation or notification. Two nodes are the same only if they are one object.

    `member` is the name in JSON inside the parent, `path` the member names from the top. `default` is an RFC 7951 value, for a
    leaf-list a list of them, None if there is none. `required` are the children that must be present, or checked when absent.
    """

    kind: Kind
    name: str
    module: str
    member: str
    path: tuple[str, ...]
    description: str = ""
    config: bool = True
    mandatory: bool = False
    presence: bool = False
    keys: tuple[str, ...] = ()
    ordered_by_user: bool = False
    min_elements: int = 0
    max_elements: int | None = None
    unique: tuple[tuple[tuple[QualifiedName, ...], ...], ...] = ()
    type: DataType | None = None
    units: str = ""
    default: Json = None
    children: Mapping[str, "SchemaNode"] = field(default_factory=dict)
    choices: tuple[Choice, ...] = ()
    required: tuple["SchemaNode", ...] = ()
    operations: Mapping[str, "SchemaNode"] = field(default_factory=dict)
    conditions: tuple[Condition, ...] = ()
    musts: tuple[Must, ...] = ()
    checks: tuple[Check, ...] = ()
    becomes: tuple[Becomes, ...] = ()
    references: tuple[Reference, ...] = ()
    lookup: Mapping[QualifiedName, "SchemaNode"] = field(default_factory=dict)
    refers: bool = False
    """A leafref or instance-identifier stands here or below."""
    constrained: bool = False
    """A when, must, unique or check stands here or below."""
    conditional: bool = False
    """A when stands here or below."""
    has_defaults: bool = False
    """A default stands here or below, outside of lists and presence containers that are absent."""
    protection: Protection = Protection.NONE
    """Said here, or of what this stands in."""

    @property
    def terminal(self) -> bool:
        """A leaf or leaf-list."""
        return self.kind is Kind.LEAF or self.kind is Kind.LEAF_LIST

    @property
    def repeated(self) -> bool:
        """A list or leaf-list: an array in JSON."""
        return self.kind is Kind.LIST or self.kind is Kind.LEAF_LIST

    @property
    def implied(self) -> bool:
        """A container that exists wherever its parent does (RFC 7950 section 7.5.1)."""
        return self.kind is Kind.CONTAINER and not self.presence

    def choices_of(self, member: str) -> Iterator[tuple[Choice, Case]]:
        """The choices that a child stands in, outermost first, each with the child's case."""
        return _choices_of(self.choices, member)

    def walk(self) -> Iterator["SchemaNode"]:
        """The node itself and every data node below it, depth first."""
        yield self
        for child in self.children.values():
            yield from child.walk()


def _choices_of(choices: tuple[Choice, ...], member: str) -> Iterator[tuple[Choice, Case]]:
    for choice in choices:
        for case in choice.cases:
            if member in case.members:
                yield choice, case
                yield from _choices_of(case.choices, member)
