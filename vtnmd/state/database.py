"""Database: what the state needs of the kind of database that keeps it. One file per kind: `sqlite.py`, `postgres.py`."""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import Protocol

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.pool import StaticPool

from vtnmd.domain.diagnostics import Diagnostic
from vtnmd.state.ownership import Owner

WRITES = {"vtnmd_writes": True}
"""Execution options of a connection whose transaction writes: it takes its lock when it begins, not half-way."""

APPENDS = {"vtnmd_writes": True, "vtnmd_appends": True}
"""The same where it writes to the journal of one run only, which others may do to theirs at the same time."""

BRIEF = {"vtnmd_brief": True}
"""With one of the others: the transaction takes a moment only, and whoever is held up in it longer is taken for dead."""


class Claim(Protocol):
    """What an owner owns."""

    def take(self, service: str) -> None:
        """Own this service too. Raises StateError (VTN-S006) where somebody else does."""
        ...


class Database(Protocol):
    """A database at one place. As text it is what messages call the state: it tells no secret.

    `is_shared`: processes on several machines may work on it at once, so that runs are carried by workers.
    """

    @property
    def is_shared(self) -> bool: ...

    def __str__(self) -> str: ...

    def open(self, *, create: bool) -> Engine | None:
        """Where the tables are or shall be; None where there is nothing and nothing shall be made.

        A transaction sees one moment, and one that writes (`WRITES`, `APPENDS`) sees all that was written before it. A commit
        returns once it is durable. Raises StateError, or what `diagnose` understands.
        """
        ...

    def alone(self, engine: Engine) -> AbstractContextManager[None]:
        """One process at a time may be in there, over all who use the database."""
        ...

    def keep_copy(self, schema: str) -> None:
        """Before a state of this older schema is changed: see to it that it is not lost where that fails. Raises StateError."""
        ...

    def own(
        self, engine: Engine, owner: Owner, services: Iterable[str], *, wait: bool, waiting: Callable[[Owner], None]
    ) -> AbstractContextManager[Claim]:
        """Own the state, or as much of it as belongs to `services`, until the block or the process ends.

        Where somebody else does: with `wait`, tell `waiting` who and wait, else raise StateError (VTN-S006).
        """
        ...

    def has_owner(self, connection: Connection, service: str) -> bool:
        """Whether somebody else who lives may own the service. To be asked by an owner of another part of the state."""
        ...

    def diagnose(self, error: BaseException) -> Diagnostic:
        """What an error of the database, its driver or the file system means to the user."""
        ...


def empty_engine() -> Engine:
    """A database in memory, for a state that is not there yet."""
    return create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
