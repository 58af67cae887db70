"""Real plans for endpoints in memory: the same changes, requests, needs and transactions, with payloads that a FakeDriver takes."""

from collections.abc import Mapping
from dataclasses import replace

from vtnmd.domain.address import Address
from vtnmd.domain.plan import Change, Operation, Plan, Request
from vtnmd.domain.tree import Json, Ref, Secret, Tree, fill


def in_memory(plan: Plan) -> Plan:
    """The plan, in which a resource is put as the read tree that is to be found, and taken away by its address.

    Whatever refers to an attribute of a resource gets its serial number, so that one that was made twice leaves a trace in all that
    hold its attributes.
    """
    changes = {change.address: replace(change, operation=_operation(change)) for change in plan.changes}
    requests = tuple(_request(request, changes) for request in plan.requests)
    return replace(plan, changes=tuple(changes.values()), requests=requests)


def _operation(change: Change) -> Operation:
    there = None if change.after is None else _numbered(change.operation.read)
    before = None if change.before is None else _numbered(change.operation.before)
    return Operation(_put(change.address, there), _put(change.address, before), _read(there), _read(before))


def _put(address: Address, tree: Tree) -> Tree:
    return {"put": {}, "remove": [str(address)]} if tree is None else {"put": {str(address): tree}, "remove": []}


def _read(tree: Tree) -> Tree:
    return {"absent": True} if tree is None else {"expect": tree}


def _numbered(tree: Tree) -> Tree:
    def serial(hole: Ref | Secret) -> Json:
        return Ref(hole.address, "serial") if isinstance(hole, Ref) else hole

    return fill(tree, serial)


def _request(request: Request, changes: Mapping[Address, Change]) -> Request:
    operations = [changes[address].operation for address in request.changes]
    payload = _merged([operation.payload for operation in operations])
    return replace(request, payload=payload, undo=_merged([operation.undo for operation in reversed(operations)]))


def _merged(payloads: list[Tree]) -> Tree:
    put = {address: tree for payload in payloads for address, tree in payload["put"].items()}
    return {"put": put, "remove": [address for payload in payloads for address in payload["remove"]]}
