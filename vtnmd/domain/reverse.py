"""The reverse of a plan, or of a part of it: what takes the effect of its requests back, in reverse order. Pure."""

from collections.abc import Collection
from dataclasses import replace

from vtnmd.domain.graph import Edge
from vtnmd.domain.plan import Action, Change, Plan, Request, Transaction

_MARK = "undo:"
_REVERSED = {Action.CREATE: Action.DELETE, Action.DELETE: Action.CREATE}


def reversed_id(request: str) -> str:
    """The id, in the reversed plan, of what takes the request back."""
    return _MARK + request


def original_id(request: str) -> str | None:
    """The id of the request that this one takes back; None for one that takes nothing back."""
    return request.removeprefix(_MARK) if request.startswith(_MARK) else None


def reverse(plan: Plan, requests: Collection[str]) -> Plan:
    """The plan that takes back those of `plan`'s requests that may have taken effect.

    What others needed goes last: a request waits for those that needed it. Members of a transaction go back together.
    """
    taken = [request for request in reversed(plan.requests) if request.id in requests]
    carried = {address for request in taken for address in request.changes}
    dependants: dict[str, list[str]] = {request.id: [] for request in taken}
    for request in taken:
        for need in request.needs:
            if need in dependants:
                dependants[need].append(reversed_id(request.id))
    return replace(
        plan,
        changes=tuple(_reversed(change) for change in reversed(plan.changes) if change.address in carried),
        requests=tuple(taking_back(request, dependants[request.id]) for request in taken),
        edges=tuple(
            Edge(edge.target, edge.source, f"taken back first ({edge.reason})")
            for edge in plan.edges
            if {edge.source, edge.target} <= carried
        ),
        transactions=tuple(
            Transaction(reversed_id(transaction.id), members, transaction.lost)
            for transaction in reversed(plan.transactions)
            if (members := tuple(reversed_id(request) for request in transaction.requests if request in dependants))
        ),
    )


def _reversed(change: Change) -> Change:
    return replace(
        change,
        action=_REVERSED.get(change.action, change.action),
        before=change.after,
        after=change.before,
        operation=change.operation.reverse,
        digest=change.before_digest,
        owners=change.before_owners,
        before_digest=change.digest,
        before_owners=change.owners,
        comparable=True,
        reason="the run is rolled back",
    )


def taking_back(request: Request, needs: Collection[str] = ()) -> Request:
    """The request that takes this one back, once those in `needs` have ended well."""
    return replace(
        request,
        id=reversed_id(request.id),
        changes=tuple(reversed(request.changes)),
        payload=request.undo,
        undo=request.payload,
        needs=tuple(sorted(needs)),
    )
