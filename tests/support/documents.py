"""Random RFC 7951 documents of a schema, for properties."""

import string
from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from vtnmd.yang import datatypes as dt
from vtnmd.yang import reference_types as rt
from vtnmd.yang.instances import Evaluation, Instance
from vtnmd.yang.nodes import Choice, Kind, SchemaNode

NAMES = ("a", "b", "c1")
_TEXT = st.text(alphabet=string.ascii_letters + "  &<>\"'é€\n]", max_size=12)


def values(described: dt.DataType) -> st.SearchStrategy[Any]:
    """Legal values of a type, as far as patterns allow to guess them."""
    match described:
        case rt.LeafrefType():
            return values(described.target)
        case dt.UnionType():
            return st.one_of(*(values(member) for member in described.members))
        case dt.IntegerType():
            numbers = st.one_of(*(st.integers(low, min(high, low + 6)) for low, high in described.range.intervals))
            return numbers.map(str) if described.quoted else numbers
        case dt.BitsType():
            return st.sets(st.sampled_from(sorted(described.positions))).map(lambda bits: described.canonical(" ".join(bits)))
        case _:
            known = [value for value in _guesses(described) if described.problem(value) is None]
            others = [each.filter(lambda value: described.problem(value) is None) for each in _enumerated(described)]
            return st.one_of(*([st.sampled_from(known)] if known else []), *others)


def _guesses(described: dt.DataType) -> list[Any]:
    texts: dict[str, list[Any]] = {
        "string": [*NAMES, "10.1.0.1", "2001:db8::1"],
        "binary": ["aGk=", "aGVs", "aGVsbA=="],
        "decimal64": ["0.0", "1.5", "999.25", "1000.0"],
        "instance-identifier": ["/harbour:dock/berth[name='a']/depth", "/harbour:sums/low"],
    }
    other: dict[str, list[Any]] = {"boolean": [True, False], "empty": [[None]]}
    return [*texts.get(described.base, ()), *other.get(described.base, ())]


def _enumerated(described: dt.DataType) -> list[st.SearchStrategy[Any]]:
    match described:
        case dt.EnumerationType():
            return [st.sampled_from(sorted(described.values))]
        case rt.IdentityType():
            return [st.sampled_from(sorted(described.identities))]
        case dt.StringType(patterns=()):
            return [_TEXT]
        case _:
            return []


def documents(root: SchemaNode, *, config: bool = True) -> st.SearchStrategy[dict[str, Any]]:
    """Documents of legal shape and types, with one case of each choice; references and constraints may be violated."""
    return _objects(root, config)


def _objects(node: SchemaNode, config: bool) -> st.SearchStrategy[dict[str, Any]]:
    required = {child.member: _member(child, config) for child in node.required if child.kind is not Kind.LIST}
    keys = {key: _member(node.children[key], config) for key in node.keys}
    optional = {
        child.member: _member(child, config)
        for child in node.children.values()
        if child.member not in {**required, **keys} and (child.config or not config)
    }
    members = st.fixed_dictionaries({**keys, **required}, optional=optional)
    return members.flatmap(lambda value: _one_case_each(value, node.choices)) if node.choices else members


def _one_case_each(value: Mapping[str, Any], choices: tuple[Choice, ...]) -> st.SearchStrategy[dict[str, Any]]:
    kept = st.tuples(*(st.sampled_from(choice.cases) for choice in choices))
    return kept.map(
        lambda cases: {
            member: item
            for member, item in value.items()
            if all(
                member in case.members or not any(member in other.members for other in choice.cases)
                for choice, case in zip(choices, cases, strict=True)
            )
        }
    )


def _member(node: SchemaNode, config: bool) -> st.SearchStrategy[Any]:
    match node.kind:
        case Kind.LEAF:
            assert node.type is not None
            return values(node.type)
        case Kind.LEAF_LIST:
            assert node.type is not None
            canonical = node.type.canonical
            return st.lists(values(node.type), min_size=max(1, node.min_elements), max_size=3, unique_by=canonical)
        case Kind.LIST:
            return st.lists(_objects(node, config), min_size=1, max_size=3, unique_by=lambda entry: _key(node, entry))
        case Kind.CONTAINER:
            return _objects(node, config)
        case _:
            return st.just({"x": {"y": "1", "z": ["2", "3"]}})


def _key(node: SchemaNode, entry: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(entry[key]) for key in node.keys)


def instance_at(document: Mapping[str, Any], root: SchemaNode, path: tuple[str | int, ...]) -> tuple[Instance, Evaluation]:
    """The instance at a path and an evaluation on its document."""
    top = Instance(document, root, None)
    node = top
    steps = list(path)
    while steps:
        member = str(steps.pop(0))
        schema = node.schema.children[member]
        value = node.value[member]
        if schema.repeated:
            index = int(steps.pop(0))
            node = Instance(value[index], schema, node, (member, index))
        else:
            node = Instance(value, schema, node, (member,))
    return node, Evaluation(top)
