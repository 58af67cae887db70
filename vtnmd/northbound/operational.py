"""Operational state: what parts of it are read where, joined with the configuration in use (RFC 8342 section 5.3)."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping

from vtnmd.domain.tree import Json
from vtnmd.yang.nodes import Kind, SchemaNode
from vtnmd.yang.ordering import key_of

Provider = Callable[[], Awaitable[Json]]
"""Gives the value of one top-level member, as RFC 7951 without defaults; None where there is nothing. Raises VtnmdError."""

Providers = Mapping[str, Provider]
"""By top-level member, such as `ietf-yang-library:yang-library`. A member may hold configuration too: entries are joined by their
keys.
"""


async def state_of(providers: Providers, members: Collection[str] | None = None) -> dict[str, Json]:
    """The state of the named members, None for all that anybody provides."""
    wanted = [member for member in providers if members is None or member in members]
    values = await asyncio.gather(*(providers[member]() for member in wanted))
    return {member: value for member, value in zip(wanted, values, strict=True) if value is not None}


def joined(configuration: Json, state: Json, node: SchemaNode) -> Json:
    """Both together: objects member by member, entries of lists by their keys; what stands in both is taken from the state."""
    result = dict(configuration)
    for member, value in state.items():
        child, held = node.children.get(member), result.get(member)
        if child is None or held is None:
            result[member] = value
        elif child.kind is Kind.LIST and child.keys:
            result[member] = _joined_entries(held, value, child)
        elif child.kind is Kind.CONTAINER:
            result[member] = joined(held, value, child)
        else:
            result[member] = value
    return result


def _joined_entries(held: list[Json], state: list[Json], node: SchemaNode) -> list[Json]:
    entries = {key_of(node, entry): entry for entry in held}
    for entry in state:
        key = key_of(node, entry)
        entries[key] = joined(entries[key], entry, node) if key in entries else entry
    return list(entries.values())
