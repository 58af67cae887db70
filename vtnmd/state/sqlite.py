"""State in a SQLite file: how it is opened, how transactions begin, who owns it, and what its errors mean.

Its owner holds a lock on the file `owner.lock` beside the database, which the kernel lets go when the holder ends, however it ends.
The file says who holds it.
"""

import errno
import fcntl
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from sqlalchemy import Connection, Engine, create_engine, event

from vtnmd.domain.diagnostics import Diagnostic, StateError
from vtnmd.state.database import Claim
from vtnmd.state.ownership import Owner, ignore, owned, owner_from_text

_BUSY_MILLISECONDS = 5000
_HEADER = 100  # bytes, https://www.sqlite.org/fileformat2.html#the_database_header


@dataclass(frozen=True, slots=True)
class Sqlite:
    """The SQLite file of a state; see `vtnmd.state.database.Database`. What else belongs to that state lies beside it."""

    file: Path
    is_shared: ClassVar[bool] = False

    @property
    def folder(self) -> Path:
        return self.file.parent

    def __str__(self) -> str:
        return str(self.file)

    def open(self, *, create: bool) -> Engine | None:
        """The database file in WAL mode."""
        if self.file.exists():
            check_whole(self)
        elif not create:
            return None
        else:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.file.touch(mode=0o600)  # SQLite gives its other files the mode of this one
        engine = create_engine(f"sqlite:///{self.file}")
        _listen(engine)
        return engine

    @contextmanager
    def alone(self, _engine: Engine) -> Iterator[None]:
        with self._lock_file("schema.lock") as descriptor:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield

    def keep_copy(self, schema: str) -> None:
        """In a file beside it."""
        from vtnmd.state.backup import keep_before_migration  # noqa: PLC0415 -- copies are made of this kind of database

        keep_before_migration(self, schema)

    @contextmanager
    def own(
        self, _engine: Engine, owner: Owner, _services: Iterable[str], *, wait: bool, waiting: Callable[[Owner], None]
    ) -> Iterator[Claim]:
        with self.hold(owner, wait=wait, waiting=waiting):
            yield _All()

    @contextmanager
    def hold(self, owner: Owner, *, wait: bool = False, waiting: Callable[[Owner], None] = ignore) -> Iterator[None]:
        """Own all of the state. Raises StateError (VTN-S001, VTN-S002) where the lock file cannot be written."""
        with self._lock_file("owner.lock") as descriptor:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                other = owner_from_text(os.pread(descriptor, 4096, 0))
                if not wait:
                    raise owned(f"the state {self}", other) from None
                waiting(other)
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            try:
                os.ftruncate(descriptor, 0)
                os.pwrite(descriptor, owner.to_text().encode(), 0)
            except OSError as error:
                raise StateError(self.diagnose(error)) from error
            yield

    def has_owner(self, _connection: Connection, _service: str) -> bool:
        """Nobody else: who owns the state owns all of it."""
        return False

    def diagnose(self, error: BaseException) -> Diagnostic:
        if isinstance(error, OSError):
            return self._full() if error.errno in {errno.ENOSPC, errno.EDQUOT} else self._not_writable(error.strerror or str(error))
        name = getattr(error, "sqlite_errorname", "") or ""
        text = str(error)
        match name.split("_")[1] if "_" in name else "":
            case "FULL":
                return self._full()
            case "IOERR" if _no_space(self.folder):
                return self._full()
            case "READONLY" | "CANTOPEN" | "PERM":
                return self._not_writable(text)
            case "NOTADB" | "CORRUPT":
                return _damaged(self, text)
            case "BUSY" | "LOCKED":
                return Diagnostic(
                    "VTN-S005", f"the state {self} is locked by another process", hint="wait for it to end, and try again"
                )
            case _:
                return Diagnostic("VTN-S010", f"the state {self} cannot be used: {text}")

    @contextmanager
    def _lock_file(self, name: str) -> Iterator[int]:
        try:
            descriptor = os.open(self.folder / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StateError(self.diagnose(error)) from error
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def _not_writable(self, detail: str) -> Diagnostic:
        return Diagnostic(
            "VTN-S001",
            f"the state {self} cannot be written: {detail}",
            hint=f"make {self.folder} writable for this user, or name another folder with --state",
        )

    def _full(self) -> Diagnostic:
        return Diagnostic(
            "VTN-S002", f"no room is left to write the state {self}", hint="make room on that disk, then resume the run"
        )


class _All:
    """Whoever owns a SQLite state owns all of it."""

    def take(self, service: str) -> None:
        """Nothing is left to take."""


def _listen(engine: Engine) -> None:
    def connected(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # transactions begin below, not where the sqlite3 module guesses
        for pragma in (f"busy_timeout={_BUSY_MILLISECONDS}", "journal_mode=WAL", "synchronous=FULL"):
            connection.execute(f"PRAGMA {pragma}").close()

    def begun(connection: Connection) -> None:
        writes = connection.get_execution_options().get("vtnmd_writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", begun)


def check_whole(database: Sqlite) -> None:
    """Refuse a file that is cut off. SQLite would notice only when it comes to read a page that is missing.

    Raises StateError (VTN-S003). While a write-ahead log lies beside it the file may rightly be behind its header.
    """
    log = database.file.with_name(database.file.name + "-wal")
    if log.exists() and log.stat().st_size > 0:
        return
    with database.file.open("rb") as file:
        header = file.read(_HEADER)
        size = file.seek(0, os.SEEK_END)
    if len(header) < _HEADER:
        if header:
            raise StateError(_damaged(database, "the file is shorter than its header"))
        return
    page_size = int.from_bytes(header[16:18], "big")
    promised = int.from_bytes(header[28:32], "big") * (65536 if page_size == 1 else page_size)
    if size < promised:
        raise StateError(_damaged(database, f"the file holds {size} of {promised} bytes"))


def _damaged(database: Sqlite, detail: str) -> Diagnostic:
    return Diagnostic(
        "VTN-S003",
        f"the state {database} is damaged: {detail}",
        hint="put back a copy with: vtnmd state restore FILE",
    )


def _no_space(folder: Path) -> bool:
    try:
        return os.statvfs(folder).f_bavail == 0
    except OSError:
        return False
