"""What differs between two instance documents of one schema: entries are told apart by their keys, not by where they stand."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from vtnmd.domain.tree import Json, fine_difference
from vtnmd.yang.identifiers import Identifier, instance_identifier
from vtnmd.yang.nodes import Kind, SchemaNode
from vtnmd.yang.schema import Schema

Path = tuple[str | int, ...]

_MOVED_FROM = "moved-from"
_UNMOVED: Mapping[Path, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Difference:
    """An instance that is in one document only, where the other has None, or a leaf that has another value.

    `old` and `new` are its paths in the documents; where it is in one only, the other path is that of its parent there. `below` is
    the way on into a value that the schema says nothing of. `readable` is the whole way for people (`readable_path`).
    """

    identifier: Identifier
    old: Path
    new: Path
    before: Json
    after: Json
    readable: str
    below: str = ""


def compare(
    schema: Schema, before: Json, after: Json, former: Mapping[Path, str] = _UNMOVED, below: int = 0
) -> tuple[Difference, ...]:
    """In the order of the schema; of each list what is in `after`, then what was in `before` alone.

    `former` maps paths of entries in `after` to the key that they had in `before`; so does the leaf-list `moved-from`, which is no
    difference itself. Nor is the order of what is not `ordered-by user`. Defaults are to be filled in, or left out, in both.
    Readable paths leave out their first `below` steps, where something is left of them.
    """
    return tuple(_Comparison(schema, before, after, former, below).members(schema.root, before, after, (), ()))


@dataclass(frozen=True, slots=True)
class _Comparison:
    schema: Schema
    before: Json = field(repr=False)
    after: Json = field(repr=False)
    former: Mapping[Path, str]
    below: int

    def members(self, node: SchemaNode, before: Json, after: Json, old: Path, new: Path) -> Iterator[Difference]:
        """Of what stands in a container, a list's entry or the document."""
        for child in node.children.values():
            one, other = before.get(child.member), after.get(child.member)
            if one != other and child.name != _MOVED_FROM:
                yield from self.instance(child, one, other, old, new)

    def instance(self, node: SchemaNode, before: Json, after: Json, old: Path, new: Path) -> Iterator[Difference]:
        """Of one member, whose values differ; the paths are those of its parent."""
        step = node.member
        if node.kind is Kind.LIST:
            yield from self.entries(node, before or [], after or [], (*old, step), (*new, step))
        elif node.kind is Kind.LEAF_LIST and not node.ordered_by_user:
            yield from self.values(before or [], after or [], (*old, step), (*new, step))
        elif node.kind is Kind.CONTAINER and (node.implied or (before is not None and after is not None)):
            yield from self.members(node, before or {}, after or {}, (*old, step), (*new, step))
        elif node.kind in (Kind.ANYDATA, Kind.ANYXML):
            for below, (one, other) in fine_difference(before, after).items():
                yield self.found((*old, step), (*new, step), one, other, below)
        else:
            yield self.found((*old, step), (*new, step), before, after)

    def entries(self, node: SchemaNode, before: list[Json], after: list[Json], old: Path, new: Path) -> Iterator[Difference]:
        """Of a list: entries of the same key are compared; the others are there in one document only."""
        known = {_key(node, entry): index for index, entry in enumerate(before)}
        wanted = {_key(node, entry): index for index, entry in enumerate(after)}
        met: set[tuple[str, ...]] = set()
        for key, index in wanted.items():
            former = key if key in known else self.moved((*new, index), after[index], known.keys() - wanted.keys())
            if former is None:
                yield self.found(old[:-1], (*new, index), None, after[index])
                continue
            met.add(former)
            at = known[former]
            yield from self.members(node, before[at], after[index], (*old, at), (*new, index))
        for key, index in known.items():
            if key not in met:
                yield self.found((*old, index), new[:-1], before[index], None)

    def moved(self, path: Path, entry: Json, gone: Collection[tuple[str, ...]]) -> tuple[str, ...] | None:
        """The key of the entry that is no more and that this one was."""
        names = (self.former[path],) if path in self.former else entry.get(_MOVED_FROM, ())
        return next(((name,) for name in names if (name,) in gone), None)

    def values(self, before: list[Json], after: list[Json], old: Path, new: Path) -> Iterator[Difference]:
        """Of a leaf-list."""
        for index, value in enumerate(after):
            if value not in before:
                yield self.found(old[:-1], (*new, index), None, value)
        for index, value in enumerate(before):
            if value not in after:
                yield self.found((*old, index), new[:-1], value, None)

    def found(self, old: Path, new: Path, before: Json, after: Json, below: str = "") -> Difference:
        document, path = (self.before, old) if after is None and not below else (self.after, new)
        readable = readable_path(self.schema, document, path, self.below)
        identifier = instance_identifier(self.schema, document, path)
        return Difference(identifier, old, new, before, after, f"{readable}/{below}" if below else readable, below)


def readable_path(schema: Schema, document: Json, path: Path, below: int = 0) -> str:
    """The way to an instance without modules, entries by their keys: `services/service[shop]/vtn[web]/tenant`.

    Its first `below` steps are left out, where something is left of it.
    """
    node: SchemaNode | None = schema.root
    steps: list[str] = []
    for step in path:
        if isinstance(step, str):
            node, document = (node.children.get(step) if node else None), document.get(step) if isinstance(document, dict) else None
            steps.append(node.name if node else step)
        else:
            document = document[step] if isinstance(document, list) and step < len(document) else None
            steps[-1] += f"[{_called(node, document, step)}]"
    hidden = sum(not isinstance(step, int) for step in path[:below])
    return "/".join(steps[hidden:] or steps)


def _called(node: SchemaNode | None, entry: Json, index: int) -> str:
    """The key of an entry, or a value of a leaf-list; where there is neither, the position from 1."""
    if node and node.keys and isinstance(entry, dict):
        return ", ".join(_key(node, entry))
    return str(index + 1) if entry is None or isinstance(entry, dict) else str(entry)


def _key(node: SchemaNode, entry: Json) -> tuple[str, ...]:
    return tuple(str(entry.get(key)) for key in node.keys)
