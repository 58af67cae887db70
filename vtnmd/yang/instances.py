"""Nodes of a document as XPath sees them: a value with its schema node and its parent, made only where one is looked at."""

import math
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from vtnmd.domain.tree import Json
from vtnmd.yang.nodes import Kind, SchemaNode

Path = tuple[str | int, ...]
"""Member names and list indexes from the top of the document."""


class Poisoned(Exception):
    """An expression looked at a value that is already reported as wrong, so that its result would say nothing new."""


class Exhausted(Exception):
    """An expression takes more work than it was given."""


class Index(NamedTuple):
    """The entries of one list by the text of one leaf. `complete` is false where an entry's leaf could not be read."""

    places: dict[str, list[int]]
    complete: bool


class Targets(NamedTuple):
    """What leafrefs can refer to from one place, by text. `complete` is false where a target could not be read."""

    by_text: dict[str, "Instance"]
    complete: bool


class Instance:
    """One node of the data tree. `step` leads here from the parent: a member name, with the index of an entry after it."""

    __slots__ = ("parent", "schema", "step", "value")

    def __init__(self, value: Json, schema: SchemaNode, parent: "Instance | None", step: Path = ()) -> None:
        self.value = value
        self.schema = schema
        self.parent = parent
        self.step = step

    @property
    def path(self) -> Path:
        steps: list[Path] = []
        node: Instance | None = self
        while node is not None:
            steps.append(node.step)
            node = node.parent
        return tuple(part for step in reversed(steps) for part in step)

    @property
    def identity(self) -> tuple[int, Path]:
        """The same for two Instance objects that stand for one node of the tree."""
        return (id(self.parent.value) if self.parent else 0, self.step)

    def text(self) -> str:
        """The XPath string-value."""
        if self.schema.type is not None:
            value = self.value
            return value if type(value) is str and self.schema.type.base in _PLAIN else self.schema.type.canonical(value)
        return "".join(child.text() for child in _descend(self))

    def size(self) -> int:
        """How much work its text is."""
        if self.schema.type is not None:
            return 1 + (len(self.value) // 100 if type(self.value) is str else 0)
        return sum(child.size() for child in _descend(self)) if self.schema.children else 1


_PLAIN = frozenset({"string", "enumeration"})


def _descend(node: Instance) -> Iterator[Instance]:
    if isinstance(node.value, Mapping):
        for member, value in node.value.items():
            schema = node.schema.children.get(member)
            if schema is not None:
                yield from entries(value, schema, node)


def entries(value: Json, schema: SchemaNode, parent: Instance) -> list[Instance]:
    """The instances that one member of `parent` stands for: one for each entry, or one. What has the wrong shape is left out."""
    member = schema.member
    match schema.kind:
        case Kind.LIST if isinstance(value, list):
            return [Instance(entry, schema, parent, (member, i)) for i, entry in enumerate(value) if isinstance(entry, dict)]
        case Kind.LEAF_LIST if isinstance(value, list):
            return [Instance(entry, schema, parent, (member, i)) for i, entry in enumerate(value)]
        case Kind.LIST | Kind.LEAF_LIST:
            return []
        case Kind.CONTAINER if not isinstance(value, dict):
            return []
        case _:
            return [Instance(value, schema, parent, (member,))]


class Evaluation:
    """What the expressions evaluated on one document share: its top, indexes made on the way, and what must not be looked at.

    `poisoned` holds (id of the parent object, member name) of every value that is reported as wrong already. `dangling` holds the
    same of leaves that refer to nothing, and (id of the array, index) of such entries of leaf-lists: they can be read and found,
    but what looks further from them is left undecided. `unknown` are the members of the document whose content was not given.

    `work` is how much may still be done: about one for each node looked at, and for each hundred characters of text.
    """

    __slots__ = ("dangling", "indexes", "poisoned", "position", "root", "size", "targets", "unknown", "work")

    def __init__(self, root: Instance, unknown: frozenset[str] = frozenset(), work: float = math.inf) -> None:
        self.root = root
        self.work = work
        self.unknown = unknown
        self.poisoned: set[tuple[int, str]] = set()
        self.dangling: set[tuple[int, str | int]] = set()
        self.indexes: dict[tuple[int, str], Index] = {}
        self.targets: dict[tuple[int, Any], Targets] = {}
        self.position = 1
        self.size = 1

    def spend(self, work: float) -> None:
        """Raises Exhausted where so much is no longer left."""
        self.work -= work
        if self.work < 0:
            raise Exhausted

    def child(self, node: Instance, schema: SchemaNode) -> list[Instance]:
        """The child instances that `schema` names, defaults and implied containers among them (RFC 7950 section 6.4.1)."""
        member = schema.member
        if self.poisoned and (id(node.value), member) in self.poisoned:
            raise Poisoned
        if self.dangling and (id(node.value), member) in self.dangling:
            raise Poisoned
        value = node.value.get(member)
        if value is not None:
            return entries(value, schema, node)
        if node.parent is None and member in self.unknown:
            raise Poisoned
        return self._absent(node, schema)

    def children(self, node: Instance) -> list[Instance]:
        """Every child instance, in the order of the schema."""
        if not isinstance(node.value, Mapping):
            return []
        self.spend(len(node.schema.children))
        return [instance for schema in node.schema.children.values() for instance in self.child(node, schema)]

    def _absent(self, node: Instance, schema: SchemaNode) -> list[Instance]:
        if schema.default is None and not schema.implied:
            return []
        for choice, case in node.schema.choices_of(schema.member):
            if choice.in_use(node.value) is not case:
                return []
        default = {} if schema.implied else schema.default
        implied = entries(default, schema, node)
        if schema.conditions and not self.applies(implied[0] if implied else Instance(None, schema, node, ()), schema):
            return []
        return implied

    def applies(self, node: Instance, schema: SchemaNode) -> bool:
        """Whether every `when` of the node holds. `node` may be a stand-in for an absent one; its parent is what matters."""
        for condition in schema.conditions:
            context = node.parent if condition.on_parent else node
            if context is not None and not condition.test(context, self):
                return False
        return True


def root_instance(document: Json, root: SchemaNode) -> Instance:
    """The XPath root node of a document."""
    assert root.kind in {Kind.ROOT, Kind.INPUT, Kind.OUTPUT, Kind.NOTIFICATION}
    return Instance(document, root, None)
