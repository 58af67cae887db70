"""Everything that is SQLite's own: how it is opened, how transactions begin, and what its errors mean."""

import errno
import os
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import StaticPool

from vtnmd.domain.diagnostics import Diagnostic, StateError
from vtnmd.state.place import Place

WRITES = {"vtnmd_writes": True}
"""Execution options of a connection whose transaction will write: it takes the write lock when it begins, not half-way."""

_BUSY_MILLISECONDS = 5000
_HEADER = 100  # bytes, https://www.sqlite.org/fileformat2.html#the_database_header


def open_engine(place: Place) -> Engine:
    """The database file in WAL mode. A commit returns once the journal is on the disk."""
    engine = create_engine(place.url)
    _listen(engine, ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL"))
    return engine


def empty_engine() -> Engine:
    """A database in memory, for a state that is not there yet."""
    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    _listen(engine, ())
    return engine


def _listen(engine: Engine, pragmas: tuple[str, ...]) -> None:
    def connected(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # transactions begin below, not where the sqlite3 module guesses
        for pragma in (f"PRAGMA busy_timeout={_BUSY_MILLISECONDS}", *pragmas):
            connection.execute(pragma).close()

    def begun(connection: Connection) -> None:
        writes = connection.get_execution_options().get("vtnmd_writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", begun)


def check_whole(place: Place) -> None:
    """Refuse a file that is cut off. SQLite would notice only when it comes to read a page that is missing.

    Raises StateError (VTN-S003). While a write-ahead log lies beside it the file may rightly be behind its header.
    """
    log = place.file.with_name(place.file.name + "-wal")
    if log.exists() and log.stat().st_size > 0:
        return
    with place.file.open("rb") as file:
        header = file.read(_HEADER)
        size = file.seek(0, os.SEEK_END)
    if len(header) < _HEADER:
        if header:
            raise StateError(_damaged(place, "the file is shorter than its header"))
        return
    page_size = int.from_bytes(header[16:18], "big")
    promised = int.from_bytes(header[28:32], "big") * (65536 if page_size == 1 else page_size)
    if size < promised:
        raise StateError(_damaged(place, f"the file holds {size} of {promised} bytes"))


def diagnose(error: BaseException, place: Place) -> Diagnostic:
    """What an error of the database or of the file system means to the user."""
    name = getattr(error, "sqlite_errorname", "") or ""
    text = str(error)
    match name.split("_")[1] if "_" in name else "":
        case "FULL":
            return _full(place)
        case "IOERR" if _no_space(place):
            return _full(place)
        case "READONLY" | "CANTOPEN" | "PERM":
            return not_writable(place, text)
        case "NOTADB" | "CORRUPT":
            return _damaged(place, text)
        case "BUSY" | "LOCKED":
            return Diagnostic(
                "VTN-S005", f"the state {place} is locked by another process", hint="wait for it to end, and try again"
            )
        case _:
            return Diagnostic("VTN-S010", f"the state {place} cannot be used: {text}")


def diagnose_file_error(error: OSError, place: Place) -> Diagnostic:
    """The same for what the file system said."""
    return _full(place) if error.errno in {errno.ENOSPC, errno.EDQUOT} else not_writable(place, error.strerror or str(error))


def not_writable(place: Place, detail: str) -> Diagnostic:
    return Diagnostic(
        "VTN-S001",
        f"the state {place} cannot be written: {detail}",
        hint=f"make {place.folder} writable for this user, or name another folder with --state",
    )


def _full(place: Place) -> Diagnostic:
    return Diagnostic("VTN-S002", f"no room is left to write the state {place}", hint="make room on that disk, then resume the run")


def _damaged(place: Place, detail: str) -> Diagnostic:
    return Diagnostic(
        "VTN-S003",
        f"the state {place} is damaged: {detail}",
        hint="put back a copy with: vtnmd state restore FILE",
    )


def _no_space(place: Place) -> bool:
    try:
        return os.statvfs(place.folder).f_bavail == 0
    except OSError:
        return False
