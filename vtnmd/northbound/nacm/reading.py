"""What may be read of a document: the rest is left out without a word (RFC 8341 section 3.2.4)."""

from collections.abc import Mapping

from vtnmd.domain.tree import Json
from vtnmd.northbound.nacm.decisions import View
from vtnmd.northbound.nacm.rules import Access
from vtnmd.yang.nodes import Kind, SchemaNode


def visible(members: Mapping[str, Json], node: SchemaNode, view: View) -> Mapping[str, Json]:
    """The members of an object at `node` that may be read, with what may be read of them.

    Parts that may be read in full are shared with the original. What the schema does not know is left out, but for annotations
    (RFC 7952) of what is kept.
    """
    shown: dict[str, Json] = {}
    for member, value in members.items():
        child = node.children.get(member)
        if child is None:
            continue
        part = value if view.everywhere(child, Access.READ) else _part(value, child, view)
        if part is not None:
            shown[member] = part
    for member, value in members.items():
        if member == "@" or (member.startswith("@") and member[1:] in shown):
            shown[member] = value
    return members if len(shown) == len(members) and all(shown[member] is value for member, value in members.items()) else shown


def _part(value: Json, node: SchemaNode, view: View) -> Json:
    """What is seen of one member; None for nothing."""
    if node.kind is Kind.LIST and isinstance(value, list):
        entries = [entry for entry in (_entry(each, node, view) for each in value) if entry is not None]
        return entries or None
    if node.kind is Kind.LEAF_LIST and isinstance(value, list):
        return [each for each in value if view.enter(node, each).allowed(node, Access.READ)] or None
    if not view.allowed(node, Access.READ):
        return None
    return visible(value, node, view) if node.kind is Kind.CONTAINER and isinstance(value, dict) else value


def _entry(value: Json, node: SchemaNode, view: View) -> Json:
    view = view.enter(node, value)
    if not isinstance(value, dict) or not view.allowed(node, Access.READ):
        return None
    if view.inside(node, Access.READ):
        return value
    shown = visible(value, node, view)
    return shown if all(key in shown for key in node.keys) else None
