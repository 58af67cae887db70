"""Generated bindings as a module, made once for each set of models, and documents in a form in which equal ones are the same."""

import json
from functools import cache
from types import ModuleType
from typing import Any

from vtnmd.bindings.generating import generate
from vtnmd.domain.models import NO_MODELS, Models
from vtnmd.domain.tree import Json
from vtnmd.yang.nodes import Kind, SchemaNode


@cache
def bindings(models: Models = NO_MODELS) -> Any:
    module = ModuleType("bindings")
    exec(compile(generate(models), "bindings.py", "exec"), module.__dict__)
    return module


def settled(members: dict[str, Json], node: SchemaNode) -> dict[str, Json]:
    """Without what is the same as nothing, values in canonical form, and what the system orders in one order."""
    result = {}
    for member, value in members.items():
        child = node.children[member]
        found = _settled(value, child)
        if found not in ([], {}) or (child.presence and child.kind is Kind.CONTAINER):
            result[member] = found
    return result


def _settled(value: Json, node: SchemaNode) -> Json:
    match node.kind:
        case Kind.CONTAINER:
            return settled(value, node)
        case Kind.LIST | Kind.LEAF_LIST:
            found = [settled(item, node) if node.kind is Kind.LIST else _canonical(item, node) for item in value]
            return found if node.ordered_by_user else sorted(found, key=lambda item: json.dumps(item, sort_keys=True))
        case Kind.LEAF:
            return _canonical(value, node)
    return value


def _canonical(value: Json, node: SchemaNode) -> str:
    assert node.type is not None
    # The text alone would let a number pass where RFC 7951 wants a string.
    assert node.type.problem(value) is None
    return node.type.canonical(value)
