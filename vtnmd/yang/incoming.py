"""JSON bodies of clients (RFC 7951) in the form of documents: shapes, names and values are judged, metadata is dropped."""

from collections.abc import Iterator

from vtnmd.domain.tree import Json
from vtnmd.yang import freeform
from vtnmd.yang.convert import MOST_PROBLEMS
from vtnmd.yang.datatypes import BinaryType, BitsType, DataType, DecimalType, IntegerType, UnionType
from vtnmd.yang.edit import EditError, EditProblem
from vtnmd.yang.identifiers import Identifier
from vtnmd.yang.nodes import Kind, SchemaNode
from vtnmd.yang.reference_types import LeafrefType
from vtnmd.yang.schema import Schema

_METADATA = "@"


def read_members(schema: Schema, members: Json, node: SchemaNode, path: Identifier, *, top: bool = False) -> dict[str, Json]:
    """The members of an object at `node`, whose identifier is `path`. With `top` their names must carry a module.

    Raises EditError with the problems, a hundred at most: malformed-message where no object is, unknown-element, invalid-value,
    missing-element, bad-element. State is refused as unknown.
    """
    reader = _Reader(schema)
    result = reader.members(members, node, path, top=top)
    if reader.problems:
        raise EditError(*reader.problems)
    return result


def normal(text: str, described: DataType) -> str:
    """A legal JSON string of a type in its canonical form (RFC 7950 section 9.1), so that JSON tells what XML has to tell."""
    match described:
        case LeafrefType():
            return normal(text, described.target)
        case UnionType():
            member = described.member(text)
            return normal(text, member) if member else text
        case IntegerType() | DecimalType() | BitsType() | BinaryType():
            return described.canonical(text)
    return text


class _Reader:
    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.problems: list[EditProblem] = []

    def members(self, members: Json, node: SchemaNode, path: Identifier, *, top: bool = False) -> dict[str, Json]:
        if not isinstance(members, dict):
            self.refuse("invalid-value", path, f"{node.name or 'the body'} wants an object", node)
            return {}
        result: dict[str, Json] = {}
        for member, value in members.items():
            if member.startswith(_METADATA):
                continue
            child = self.child(member, node, path, top=top)
            if child is None:
                continue
            if child.member in result:
                self.refuse("bad-element", path, f"{child.name} stands twice", child)
                continue
            result[child.member] = self.value(value, child, path)
        return result

    def child(self, member: str, node: SchemaNode, path: Identifier, *, top: bool) -> SchemaNode | None:
        prefix, _, name = member.rpartition(":")
        child = None if top and not prefix else node.lookup.get((name, prefix or node.module))
        if child is None:
            reason = "lacks the name of its module" if top and not prefix else f"is not known in {node.name or 'the datastore'}"
            self.refuse("unknown-element", path, f"{member} {reason}", bad=member)
            return None
        if not child.config and node.kind not in {Kind.INPUT, Kind.OUTPUT, Kind.NOTIFICATION} and node.config:
            self.refuse("unknown-element", path, f"{child.name} is state and cannot be configured", child)
            return None
        return child

    def value(self, value: Json, node: SchemaNode, above: Identifier) -> Json:
        path = above.below(self.schema, node)
        match node.kind:
            case Kind.LEAF:
                return self.leaf(value, node, path)
            case Kind.LEAF_LIST | Kind.LIST if not isinstance(value, list):
                self.refuse("invalid-value", path, f"{node.name} is a {node.kind} and wants an array", node)
                return []
            case Kind.LEAF_LIST:
                return [self.leaf(each, node, path) for each in value]
            case Kind.LIST:
                return list(self.entries(value, node, above))
            case Kind.ANYDATA | Kind.ANYXML:
                reason = freeform.problem(value)
                if reason:
                    self.refuse("invalid-value", path, f"{node.name} {reason}", node)
                return value
            case _:
                return self.members(value, node, path)

    def entries(self, listed: list[Json], node: SchemaNode, above: Identifier) -> Iterator[Json]:
        for number, entry in enumerate(listed, 1):
            before = len(self.problems)
            found = self.members(entry, node, above.entry(self.schema, node, entry, number))
            missing = [key for key in node.keys if key not in found]
            if missing and len(self.problems) == before:
                path = above.below(self.schema, node)
                self.refuse("missing-element", path, f"{node.name} lacks its key {missing[0]}", node.children[missing[0]])
            yield found

    def leaf(self, value: Json, node: SchemaNode, path: Identifier) -> Json:
        assert node.type is not None
        problem = node.type.problem(value)
        if problem is not None:
            message = problem.message or f"{node.name} {problem.summary}"
            self.add(EditProblem("invalid-value", path, message, app_tag=problem.app_tag, bad_element=node.name))
            return value
        return normal(value, node.type) if type(value) is str else value

    def refuse(self, tag: str, path: Identifier, message: str, node: SchemaNode | None = None, bad: str = "") -> None:
        self.add(EditProblem(tag, path, message, bad_element=node.name if node and not bad else bad))

    def add(self, problem: EditProblem) -> None:
        self.problems.append(problem)
        if len(self.problems) >= MOST_PROBLEMS:
            raise EditError(*self.problems)
