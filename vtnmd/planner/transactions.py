"""Which requests are committed together: those of one region's NETCONF endpoints that are ready together, and what is atomic."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from vtnmd.domain.plan import Change, Request, Transaction
from vtnmd.planner.changes import Renderer
from vtnmd.render.catalogue import FORMS

_LOST: Mapping[str, str] = {
    "candidate": "it cannot take a commit back by itself: if another member fails, or vtnmd dies, vtnmd sends the undo",
    "running": "each edit is in force at once and untested: if another member fails, or vtnmd dies, vtnmd sends the undo",
}


def find_transactions(
    requests: Sequence[Request], levels: Mapping[str, tuple[int, Sequence[Change]]], renderer: Renderer
) -> tuple[Transaction, ...]:
    """Transactions over `requests`, in their order. `levels` gives per request id how often the way to it leaves an endpoint.

    Requests of one level never wait for each other, so that what is put together here can neither. The unit is the region; changes
    of one `Resource.transaction` join their regions.
    """
    carried = [request for request in requests if FORMS[renderer.endpoints[request.endpoint].kind].transactional]
    leaders: dict[tuple[int, str], tuple[int, str]] = {}

    def leader(key: tuple[int, str]) -> tuple[int, str]:
        while leaders.setdefault(key, key) != key:
            key = leaders[key]
        return key

    keys = {request.id: (levels[request.id][0], f"region {request.region}") for request in carried}
    for request in carried:
        level, changes = levels[request.id]
        for name in _names(changes):
            leaders[leader((level, f"atomic {name}"))] = leader(keys[request.id])
    groups: dict[tuple[int, str], list[Request]] = {}
    for request in carried:
        groups.setdefault(leader(keys[request.id]), []).append(request)
    return tuple(Transaction(members[0].id, tuple(member.id for member in members)) for members in groups.values())


def _names(changes: Sequence[Change]) -> Iterator[str]:
    for change in changes:
        for resource in (change.before, change.after):
            if resource is not None and resource.transaction:
                yield resource.transaction


def tell_lost(transaction: Transaction, requests: Sequence[Request], renderer: Renderer, offers: Mapping[str, str]) -> Transaction:
    """The same, with which guarantee each endpoint cannot give. `offers` were seen; for other endpoints the inventory tells."""
    endpoints = [request.endpoint for request in requests if request.id in transaction.requests]
    offered = {each: offers.get(each) or renderer.endpoints[each].settings.get("offers", "") for each in endpoints}
    return replace(transaction, lost={endpoint: _LOST[offer] for endpoint, offer in offered.items() if offer in _LOST})
