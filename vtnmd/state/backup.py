"""Copies of a SQLite state: made while it is in use, and put back in the place of one that is damaged or wrong."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from vtnmd.domain.diagnostics import Diagnostic, StateError
from vtnmd.state.ownership import Owner
from vtnmd.state.place import parse_place
from vtnmd.state.sqlite import Sqlite, check_whole
from vtnmd.state.tables import SCHEMA

_BESIDE = ("", "-wal")
"""What belongs to a database that is not closed: the file itself and its write-ahead log."""


def back_up_state(place: str | Path, copy: Path) -> None:
    """Write a whole copy of the state, as it is at one moment, in one file. Runs may go on meanwhile.

    Raises StateError: VTN-S003 where the state is damaged, VTN-S035 where it is no file, VTN-F008 where the copy cannot be written.
    """
    where = _file_of(place)
    if not where.file.exists():
        raise StateError(Diagnostic("VTN-S040", f"there is no state {where} to copy", hint="name another with --state"))
    check_whole(where)
    try:
        back_up(where.file, copy)
    except sqlite3.Error as error:
        raise StateError(where.diagnose(error)) from error
    except OSError as error:
        raise StateError(Diagnostic("VTN-F008", f"{copy} cannot be written: {error.strerror}", hint="name another file")) from error


def restore_state(place: str | Path, copy: Path, owner: Owner) -> Path | None:
    """Put a copy in the place of the state; gives where that is kept now, None where there was none.

    Raises StateError: VTN-S003 or VTN-S004 for a copy that is not whole or of a newer vtnmd, VTN-S006 while somebody owns the
    state. The state stays as it is then.
    """
    where = _file_of(place)
    with _errors_at(where):
        where.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with where.hold(owner):
            return put_back(copy, where.file)


def _file_of(place: str | Path) -> Sqlite:
    found = parse_place(place)
    if not isinstance(found, Sqlite):
        hint = "copy the database with pg_dump, and put it back with pg_restore"
        raise StateError(Diagnostic("VTN-S035", f"the state {found} is not a file that could be copied", hint=hint))
    return found


@contextmanager
def _errors_at(place: Sqlite) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise StateError(place.diagnose(error)) from error
    except OSError as error:
        raise StateError(place.diagnose(error)) from error


def back_up(database: Path, copy: Path) -> None:
    """Write a whole copy of the database, as it is at one moment, in one file that only its owner may read.

    Others may read and write the database meanwhile. A file of that name is replaced, at once or not at all. Raises OSError or
    sqlite3.Error.
    """
    with _made_at_once(copy) as scratch, closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(scratch)) as target:
        source.backup(target)
        target.execute("PRAGMA journal_mode=DELETE").close()  # so that nothing but this file belongs to it


def keep_before_migration(place: Sqlite, schema: str) -> None:
    """Copy a state of an older schema to a file beside it before it is changed. Raises StateError."""
    with _errors_at(place):
        back_up(place.file, place.file.with_name(f"{place.file.name}.schema-{schema}"))


def put_back(copy: Path, database: Path) -> Path | None:
    """Put a copy in the database's place; gives where that is kept now, None where there was none.

    Nobody may have the database open. Raises StateError (VTN-S003, VTN-S004) for a copy that is not whole or of a newer vtnmd, and
    OSError or sqlite3.Error; the database stays as it is then.
    """
    _check(copy)
    with _made_at_once(database) as scratch:
        back_up(copy, scratch)
        kept = _free_name(database) if database.exists() else None
        if kept is not None:
            for suffix in _BESIDE:
                file = database.with_name(database.name + suffix)
                if file.exists():
                    os.link(file, kept.with_name(kept.name + suffix))
        # A log of the old database would be taken for one of the new.
        for suffix in ("-wal", "-shm"):
            database.with_name(database.name + suffix).unlink(missing_ok=True)
    return kept


def _check(copy: Path) -> None:
    if not copy.is_file():
        raise StateError(_no_copy(copy, "there is no such file"))
    try:
        with closing(sqlite3.connect(f"{copy.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            ((found,),) = connection.execute("PRAGMA integrity_check(1)").fetchall()
            schema = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error as error:
        raise StateError(_no_copy(copy, str(error))) from None
    if found != "ok" or schema is None:
        raise StateError(_no_copy(copy, found if found != "ok" else "it has no schema"))
    if schema[0] > SCHEMA:
        raise StateError(
            Diagnostic(
                "VTN-S004",
                f"the copy {copy} has schema {schema[0]}, this vtnmd knows {SCHEMA}",
                hint="use the newer vtnmd that wrote it",
            )
        )


def _no_copy(copy: Path, detail: str) -> Diagnostic:
    return Diagnostic(
        "VTN-S003", f"{copy} holds no state that could be put back: {detail}", hint="name a file written by `vtnmd state backup`"
    )


def _free_name(database: Path) -> Path:
    number = 1
    while (name := database.with_name(f"{database.name}.replaced-{number}")).exists():
        number += 1
    return name


@contextmanager
def _made_at_once(file: Path) -> Iterator[Path]:
    """A file beside that takes the name once the block has ended well, and is gone otherwise."""
    scratch = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        os.close(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        yield scratch
        _synchronise(scratch)
        scratch.replace(file)
        _synchronise(file.parent)
    finally:
        scratch.unlink(missing_ok=True)


def _synchronise(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
