"""The append-only journal of runs, and the Snapshot that moves with it."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from sqlalchemy import Connection, select, update

from vtnmd.domain.address import Address
from vtnmd.domain.journal import Record
from vtnmd.domain.legs import Standing
from vtnmd.domain.plan import Change
from vtnmd.domain.run import Event, Result, Step
from vtnmd.domain.snapshot import Applied
from vtnmd.state.auditing import audit
from vtnmd.state.doubts import find_doubts
from vtnmd.state.releasing import release
from vtnmd.state.restoring import restore
from vtnmd.state.rows import dump, event_row, put, remove, write
from vtnmd.state.tables import allocation_users, carriage, events, legs, owners, runs, services, snapshot


def append(connection: Connection, records: Sequence[Record]) -> None:
    """Write the events of `records` and what they mean for the Snapshot. A run that ENDED well has its allocations settled."""
    write(connection, events, [event_row(record.event) for record in records])
    latest: dict[Address, Applied | Change | None] = {}
    for record in records:
        latest.update(record.applied)
        latest.update({change.address: change for change in record.unknown})
    there = {address: value for address, value in latest.items() if isinstance(value, Applied)}
    gone = [str(address) for address, value in latest.items() if value is None]
    _forget(connection, gone)
    _store(connection, there)
    _mark_unknown(connection, [(value, _run_of(records, value)) for value in latest.values() if isinstance(value, Change)])
    for record in records:
        if record.event.step is Step.ENDED:
            _end(connection, record.event)
        elif record.event.step is Step.PRUNED:
            _note_pruned(connection, record.event)


def correct(connection: Connection, entries: Mapping[Address, Applied | None]) -> None:
    """Make the Snapshot say what was found at endpoints; None is for what is not there."""
    _forget(connection, [str(address) for address, found in entries.items() if found is None])
    _store(connection, {address: found for address, found in entries.items() if found is not None})


def recover(connection: Connection, now: float, is_anothers: Callable[[str], bool]) -> None:
    """Close every run that still counts as running and whose service `is_anothers` does not call another's.

    Only the owner of the state may do so, before it begins runs of its own.

    What such a run had sent and never heard of is unknown from then on; `resume` reads it back.
    """
    for doubt in tuple(find_doubts(connection)):
        if is_anothers(doubt.service) or is_handed_out(connection, doubt.run):
            continue
        cancelled = connection.execute(select(runs.c.cancelled).where(runs.c.id == doubt.run)).scalar_one()
        result = Result.CANCELLED if cancelled else Result.INTERRUPTED
        ended = Event(doubt.run, doubt.sequence + 1, now, Step.ENDED, detail={"result": result.value})
        append(connection, [Record(ended, unknown=doubt.changes)])


def is_handed_out(connection: Connection, run: str) -> bool:
    """Whether workers go on with the run."""
    under_way = select(legs.c.id).where(legs.c.run == run, legs.c.standing != Standing.ENDED.value)
    return connection.execute(under_way.limit(1)).first() is not None


def _run_of(records: Sequence[Record], change: Change) -> str:
    return next(record.event.run for record in records if change in record.unknown)


def _store(connection: Connection, entries: dict[Address, Applied]) -> None:
    remove(connection, owners, "address", map(str, entries))
    put(
        connection,
        snapshot,
        [
            {
                "address": str(address),
                "digest": applied.digest,
                "resource": applied.resource.text,
                "attributes": dump(applied.attributes) if applied.attributes else "{}",
                "run": applied.run,
                "accepted": dump(dict(applied.accepted)) if applied.accepted else "{}",
            }
            for address, applied in entries.items()
        ],
    )
    rows = [{"address": str(address), "service": name} for address, applied in entries.items() for name in sorted(applied.owners)]
    write(connection, owners, rows)


def _forget(connection: Connection, addresses: Iterable[str]) -> None:
    keys = list(addresses)
    remove(connection, snapshot, "address", keys)
    remove(connection, owners, "address", keys)


def _mark_unknown(connection: Connection, changes: Sequence[tuple[Change, str]]) -> None:
    for change, run in changes:
        key = str(change.address)
        marked = connection.execute(update(snapshot).where(snapshot.c.address == key).values(digest=""))
        if marked.rowcount == 0 and change.after is not None:
            _store(connection, {change.address: Applied(change.after, "", {}, change.owners, run)})


def _note_pruned(connection: Connection, event: Event) -> None:
    user = event.detail.get("user", "")
    if user:
        audit(connection, event.time, user, "prune", event.run, {"request": event.request})


def _end(connection: Connection, event: Event) -> None:
    """A run that was told to end while it was ending anyway counts as cancelled too, unless it had nothing left to do."""
    result = Result(event.detail["result"])
    if result not in (Result.APPLIED, Result.ROLLED_BACK):
        cancelled = connection.execute(select(runs.c.cancelled).where(runs.c.id == event.run)).scalar_one_or_none()
        result = Result.CANCELLED if cancelled else result
    connection.execute(update(runs).where(runs.c.id == event.run).values(ended=event.time, result=result.value))
    if result is Result.APPLIED:
        _settle(connection, event.run)
    elif result is Result.ROLLED_BACK:
        restore(connection, event.run, event.time)


def _settle(connection: Connection, run: str) -> None:
    """What the service drew and the plan of `run` no longer lists is free again, and a service that was destroyed is gone."""
    service = connection.execute(select(services).where(services.c.run == run)).one_or_none()
    if service is None:  # a later run of the service has taken over
        return
    stale = (allocation_users.c.service == service.name, allocation_users.c.run != run)
    pairs = connection.execute(select(allocation_users.c.pool, allocation_users.c.owner).where(*stale))
    release(connection, service.name, [(row.pool, row.owner) for row in pairs])
    if service.intent is None:
        remove(connection, services, "name", [service.name])
        remove(connection, carriage, "service", [service.name])
