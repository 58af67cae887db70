"""The log of commits: what each changed in the running configuration, written in the transaction in which it does.

A commit keeps what its parts held before it. What they held after it is told by the next commit of the part, or by the
configuration as it is.
"""

import gc
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice

from sqlalchemy import Connection, bindparam, delete, func, select

from vtnmd.domain.commit import COMPLETED, Commit, Configuration, Confirmation, Held, Origin, Overtaken, Part
from vtnmd.domain.diagnostics import Diagnostic, StateError
from vtnmd.domain.inventory import Inventory
from vtnmd.domain.reads import inventory_digest
from vtnmd.domain.tree import Json
from vtnmd.state.auditing import audit, audit_row
from vtnmd.state.rows import AnyRow, chunks, dump, put, remove, write
from vtnmd.state.tables import audit as audit_log
from vtnmd.state.tables import commit_parts, commits, configuration, confirmation, inventory

_AT_ONCE = 500  # values parsed together, so that they share the names of their members
_FEW = 4  # parts that are asked for one by one: SQLAlchemy writes a list of them anew each time


@dataclass(frozen=True, slots=True)
class CommitEntry:
    """A commit as the history lists it: its parts by name, in order, without their values."""

    number: int
    time: float
    origin: Origin
    parts: tuple[Part, ...]

    def to_json(self) -> Json:
        return {"number": self.number, "time": self.time, **self.origin.to_json(), "parts": list(self.parts)}


@dataclass(frozen=True, slots=True)
class CommitValues:
    """A commit with what it changed: part → (value before, value after), None where the part was not there."""

    entry: CommitEntry
    values: Mapping[Part, tuple[Json, Json]]


def newest_commit(connection: Connection) -> int:
    """The number of the newest commit; 0 before the first."""
    return int(connection.execute(_NEWEST).scalar_one_or_none() or 0)


def write_commits(connection: Connection, fresh: Sequence[Commit], expected: int) -> None:
    """Write commits that follow the one numbered `expected`. Raises Overtaken where another is the newest."""
    found = newest_commit(connection)
    if found != expected:
        raise Overtaken(found)
    record(connection, [replace(commit, number=number) for number, commit in enumerate(fresh, expected + 1)])
    waiting = [commit.confirmation for commit in fresh if commit.confirmation is not None]
    if waiting:
        write_confirmation(connection, waiting[-1])


def record(connection: Connection, fresh: Sequence[Commit]) -> None:
    """Write commits that have their numbers. Raises ValueError where a part of `COMPLETED` comes without its completed form."""
    held = part_texts(connection, {part for commit in fresh for part in commit.changes})
    before, last, lines = [], {}, []
    for commit in fresh:
        for part, value in commit.changes.items():
            before.append({"number": commit.number, "part": part, "before": held.get(part)})
            held[part] = None if value is None else dump(value)
            last[part] = commit
        lines.append(audit_row(commit.time, commit.origin.user, "commit", str(commit.number), _told(commit)))
    write(connection, commits, [_row(commit) for commit in fresh])
    write(connection, commit_parts, before)
    there = [
        {"part": part, "value": held[part], "number": commit.number, "time": commit.time}
        for part, commit in last.items()
        if held[part] is not None
    ]
    put(connection, configuration, there)
    remove(connection, configuration, "part", [part for part in last if held[part] is None])
    write(connection, audit_log, lines)
    for commit in fresh:
        for part in COMPLETED & commit.changes.keys():
            _complete(connection, commit, part)


def _told(commit: Commit) -> Json:
    """What the audit log says: names only."""
    words = {"source": commit.origin.source, "client": commit.origin.client, "label": commit.origin.label}
    return {"parts": list(commit.changes)} | {name: word for name, word in words.items() if word}


def _row(commit: Commit) -> dict[str, object]:
    origin = commit.origin
    return {
        "number": commit.number,
        "time": commit.time,
        "user": origin.user,
        "source": origin.source,
        "client": origin.client,
        "session": origin.session,
        "label": origin.label,
        "comment": origin.comment,
    }


def _complete(connection: Connection, commit: Commit, part: Part) -> None:
    """Keep the inventory as planners read it, and note in the audit log who changed it."""
    if commit.changes[part] is None:
        connection.execute(delete(inventory))
        audit(connection, commit.time, commit.origin.user, "inventory", "", {})
        return
    if part not in commit.completed:
        raise ValueError(f"commit {commit.number} brings {part} without its defaults")
    document = commit.completed[part]
    fresh = inventory_digest(document)
    if connection.execute(select(inventory.c.digest)).scalar_one_or_none() != fresh:
        connection.execute(delete(inventory))
        write(connection, inventory, [{"digest": fresh, "document": dump(document), "loaded": commit.time}])
        audit(connection, commit.time, commit.origin.user, "inventory", fresh, {"approvals": Inventory(document).approvals})


def part_texts(connection: Connection, parts: Iterable[Part]) -> dict[Part, str | None]:
    """What parts hold, as stored; those that are not there are missing."""
    names = tuple(parts)
    if len(names) <= _FEW:
        rows = [row for name in names for row in connection.execute(_VALUE, {"name": name})]
    else:
        rows = [row for some in chunks(names) for row in connection.execute(_VALUES.where(configuration.c.part.in_(some)))]
    return {row.part: row.value for row in rows}


def text_at(connection: Connection, part: Part, number: int) -> str | None:
    """What a part held right after commit `number`, as stored; None where it was not there."""
    later = select(commit_parts.c.before).where(commit_parts.c.part == part, commit_parts.c.number > number)
    found = connection.execute(later.order_by(commit_parts.c.number).limit(1)).one_or_none()
    return part_texts(connection, [part]).get(part) if found is None else found.before


def read_configuration(connection: Connection) -> Configuration:
    """Every part."""
    with _uncollected():
        rows = iter(connection.execute(select(configuration)))
        parts: dict[Part, Held] = {}
        while some := list(islice(rows, _AT_ONCE)):
            values = json.loads(f"[{','.join([row.value for row in some])}]")
            parts.update((row.part, Held(value, row.number, row.time)) for row, value in zip(some, values, strict=True))
    return Configuration(parts, newest_commit(connection))


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without looking for cycles: what is parsed has none, and thousands of values would be looked through again and again."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def read_part(connection: Connection, part: Part) -> Held | None:
    """One part; None where it is not there."""
    row = connection.execute(select(configuration).where(configuration.c.part == part)).one_or_none()
    return None if row is None else Held(json.loads(row.value), row.number, row.time)


def read_commits_since(connection: Connection, number: int) -> tuple[Commit, ...]:
    """The commits after `number`, in order, with what they made of their parts."""
    rows = connection.execute(select(commits).where(commits.c.number > number).order_by(commits.c.number)).all()
    changed = connection.execute(select(commit_parts).where(commit_parts.c.number > number)).all()
    after = part_texts(connection, {row.part for row in changed})
    changes: dict[int, dict[Part, Json]] = {}
    for row in sorted(changed, key=lambda row: -row.number):
        changes.setdefault(row.number, {})[row.part] = stored_value(after.get(row.part))
        after[row.part] = row.before
    return tuple(Commit(_origin(row), changes.get(row.number, {}), row.time, row.number) for row in rows)


def read_commits(connection: Connection, limit: int, part: Part) -> tuple[CommitEntry, ...]:
    """The latest commits first, of all parts or of the one."""
    query = select(commits).order_by(commits.c.number.desc()).limit(limit)
    if part:
        query = query.where(commits.c.number.in_(select(commit_parts.c.number).where(commit_parts.c.part == part)))
    rows = connection.execute(query).all()
    names: dict[int, list[Part]] = {row.number: [] for row in rows}
    for some in chunks(names):
        found = select(commit_parts.c.number, commit_parts.c.part).where(commit_parts.c.number.in_(some))
        for number, name in connection.execute(found):
            names[number].append(name)
    return tuple(CommitEntry(row.number, row.time, _origin(row), tuple(sorted(names[row.number]))) for row in rows)


def read_commit(connection: Connection, number: int) -> CommitValues:
    """One commit with its values. Raises StateError (VTN-S041)."""
    row = connection.execute(select(commits).where(commits.c.number == number)).one_or_none()
    if row is None:
        raise no_commit(number, newest_commit(connection))
    changed = select(commit_parts.c.part, commit_parts.c.before).where(commit_parts.c.number == number)
    before = {row.part: row.before for row in connection.execute(changed.order_by(commit_parts.c.part))}
    after = before_next(connection, before, number)
    values = {part: (stored_value(text), stored_value(after[part])) for part, text in before.items()}
    return CommitValues(CommitEntry(number, row.time, _origin(row), tuple(before)), values)


def changes_back_to(connection: Connection, number: int) -> Mapping[Part, Json]:
    """What parts held right after commit `number`, None for those that were not there, of all that differ now.

    0 stands for the time before the first. Raises StateError (VTN-S041).
    """
    newest = newest_commit(connection)
    if not 0 <= number <= newest:
        raise no_commit(number, newest)
    parts = sorted(parts_since(connection, number))
    then, now = before_next(connection, parts, number), part_texts(connection, parts)
    return {part: stored_value(text) for part, text in then.items() if text != now.get(part)}


def parts_since(connection: Connection, number: int) -> frozenset[Part]:
    """The parts that commits after `number` have changed."""
    later = select(commit_parts.c.part).where(commit_parts.c.number > number).distinct()
    return frozenset(connection.execute(later).scalars())


def before_next(connection: Connection, parts: Iterable[Part], number: int) -> dict[Part, str | None]:
    """`text_at` for many parts."""
    found: dict[Part, str | None] = dict.fromkeys(parts)
    found.update(part_texts(connection, found))
    for some in chunks(tuple(found)):
        here = (commit_parts.c.part.in_(some), commit_parts.c.number > number)
        nearest = select(commit_parts.c.part, func.min(commit_parts.c.number).label("number")).where(*here)
        first = nearest.group_by(commit_parts.c.part).subquery()
        same = (commit_parts.c.part == first.c.part) & (commit_parts.c.number == first.c.number)
        query = select(commit_parts.c.part, commit_parts.c.before).join(first, same)
        found |= {row.part: row.before for row in connection.execute(query)}
    return found


def no_commit(number: int, newest: int) -> StateError:
    """Says that there is no commit of that number."""
    hint = f"the newest is {newest}" if newest else "nothing was committed yet"
    return StateError(Diagnostic("VTN-S041", f"there is no commit {number}", hint=hint))


def read_confirmation(connection: Connection) -> Confirmation | None:
    """The confirmed commit that waits to be confirmed, if one does."""
    row = connection.execute(select(confirmation)).one_or_none()
    return None if row is None else Confirmation(row.session, row.persist, row.deadline, json.loads(row.before))


def write_confirmation(connection: Connection, pending: Confirmation | None) -> None:
    """Note that this one waits, in place of any other; None: that none does."""
    connection.execute(delete(confirmation))
    if pending is not None:
        words = {"persist": pending.persist, "session": pending.session, "deadline": pending.deadline}
        write(connection, confirmation, [{**words, "before": dump(dict(pending.before))}])


def _origin(row: AnyRow) -> Origin:
    return Origin(row.user, row.source, row.client, row.session, row.label, row.comment)


def stored_value(text: str | None) -> Json:
    """The value of a text of the log; None where the part was not there."""
    return None if text is None else json.loads(text)


_NEWEST = select(func.max(commits.c.number))
_VALUES = select(configuration.c.part, configuration.c.value)
_VALUE = _VALUES.where(configuration.c.part == bindparam("name"))
