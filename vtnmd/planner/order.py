"""In which order changes are made, and which requests carry them."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from vtnmd.domain.address import Address
from vtnmd.domain.graph import Edge, topological_order
from vtnmd.domain.plan import Action, Change, Request, Transaction
from vtnmd.domain.tree import Tree
from vtnmd.planner.changes import Renderer
from vtnmd.planner.transactions import find_transactions
from vtnmd.render.catalogue import FORMS

_APART = "-apart"
"""Ends the id of a request that carries what was set apart."""


def order_changes(changes: Mapping[Address, Change]) -> tuple[tuple[Change, ...], tuple[Edge, ...]]:
    """The changes in an order that respects every edge, ties by address, and the edges: source waits for target.

    What comes waits for what it needs; what goes waits for what needed it, so that taking away mirrors putting there. So does what
    changes, for what goes may have needed what the change takes away: unless what goes waits for that change itself.
    """
    edges = set(_edges(changes))
    needs: dict[Address, list[Address]] = {address: [] for address in changes}
    for edge in sorted(edges):
        needs[edge.source].append(edge.target)
    for edge in sorted(_edges_to_what_goes(changes)):
        if not _waits_for(needs, edge.target, edge.source):
            needs[edge.source].append(edge.target)
            edges.add(edge)
    return tuple(changes[address] for address in topological_order(needs)), tuple(sorted(edges))


def _edges(changes: Mapping[Address, Change]) -> Iterator[Edge]:
    for change in changes.values():
        for edge in change.after.edges() if change.after else ():
            needed = changes.get(edge.target)
            if needed and needed.action is not Action.DELETE:
                yield edge
        for edge in change.before.edges() if change.before else ():
            needed = changes.get(edge.target)
            if needed and needed.action is Action.DELETE:
                yield Edge(edge.target, edge.source, f"goes after what needed it ({edge.reason})")


def _edges_to_what_goes(changes: Mapping[Address, Change]) -> Iterator[Edge]:
    """From what is changed or replaced to what goes and needed it."""
    for change in changes.values():
        if change.action is Action.DELETE and change.before:
            for edge in change.before.edges():
                needed = changes.get(edge.target)
                if needed and needed.action in {Action.UPDATE, Action.REPLACE}:
                    yield Edge(edge.target, edge.source, f"changes after what needed it has gone ({edge.reason})")


def _waits_for(needs: Mapping[Address, Sequence[Address]], source: Address, target: Address) -> bool:
    """Whether `source` waits for `target`, directly or not."""
    seen, stack = {source}, [source]
    while stack:
        for need in needs[stack.pop()]:
            if need == target:
                return True
            if need not in seen:
                seen.add(need)
                stack.append(need)
    return False


def make_requests(
    changes: Sequence[Change], edges: Sequence[Edge], renderer: Renderer, apart: Collection[Address] = ()
) -> tuple[tuple[Request, ...], tuple[Transaction, ...]]:
    """The requests that carry the changes, in an order that respects their needs, and what of them is committed together.

    A wave is counted by how often the way to a change leaves an endpoint for another: what lies in one wave of an endpoint has its
    outside needs met by earlier waves, and no two requests can wait for each other. Kinds that take a wave at once get one
    request per endpoint and wave, others one per change.

    Changes `apart`, and those that need them, get requests of their own that belong to no transaction (`is_apart`).
    """
    needs: dict[Address, list[Address]] = {change.address: [] for change in changes}
    for edge in edges:
        needs[edge.source].append(edge.target)
    levels: dict[Address, int] = {}
    for change in changes:
        here = change.address.endpoint_id
        levels[change.address] = max((levels[need] + (need.endpoint_id != here) for need in needs[change.address]), default=0)
    waves = _waves(levels)
    aside = _with_dependants(changes, needs, apart)
    groups: dict[str, list[Change]] = {}
    for change in changes:
        name = _request_id(change, waves[change.address], renderer)
        groups.setdefault(name + _APART if change.address in aside else name, []).append(change)
    carrier = {change.address: name for name, members in groups.items() for change in members}
    wanted = {
        name: sorted({carrier[need] for change in members for need in needs[change.address]} - {name})
        for name, members in groups.items()
    }
    requests = tuple(
        _request(name, groups[name], waves[groups[name][0].address], wanted[name], renderer) for name in topological_order(wanted)
    )
    leveled = {name: (levels[members[0].address], members) for name, members in groups.items()}
    return requests, find_transactions([each for each in requests if not is_apart(each)], leveled, renderer)


def is_apart(request: Request) -> bool:
    """Whether a request carries what was set apart when the plan was made."""
    return request.id.endswith(_APART)


def _with_dependants(
    changes: Sequence[Change], needs: Mapping[Address, Sequence[Address]], apart: Collection[Address]
) -> frozenset[Address]:
    """The changes `apart` and all that need them; `changes` are in an order that respects needs."""
    aside = set(apart)
    for change in changes:
        if not aside.isdisjoint(needs[change.address]):
            aside.add(change.address)
    return frozenset(aside)


def _waves(levels: Mapping[Address, int]) -> dict[Address, int]:
    """Levels numbered per endpoint from 0 without gaps."""
    used: dict[str, set[int]] = {}
    for address, level in levels.items():
        used.setdefault(address.endpoint_id, set()).add(level)
    rank = {endpoint: {level: wave for wave, level in enumerate(sorted(found))} for endpoint, found in used.items()}
    return {address: rank[address.endpoint_id][level] for address, level in levels.items()}


def _request_id(change: Change, wave: int, renderer: Renderer) -> str:
    endpoint = renderer.endpoint(change.address)
    return f"{endpoint.id}#{wave}" if FORMS[endpoint.kind].one_request_per_wave else f"{change.address}#{wave}"


def _request(name: str, members: Sequence[Change], wave: int, needs: Sequence[str], renderer: Renderer) -> Request:
    endpoint = renderer.endpoint(members[0].address)
    merge = FORMS[endpoint.kind].merge
    payload: Tree = merge([change.operation.payload for change in members])
    undo: Tree = merge([change.operation.undo for change in reversed(members)])
    return Request(name, endpoint.id, wave, tuple(change.address for change in members), payload, undo, tuple(needs))
