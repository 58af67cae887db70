"""Ownership: state has one owner at a time.

For a SQLite state it is a lock on the file `owner.lock` beside the database, which the kernel lets go when its holder ends, however
it ends. The file says who holds it.
"""

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from vtnmd.domain.diagnostics import Diagnostic, StateError
from vtnmd.state.place import Place
from vtnmd.state.sqlite import diagnose_file_error


@dataclass(frozen=True, slots=True)
class Owner:
    """Who owns the state: a user and what they run, the process, and since when (seconds since the epoch)."""

    who: str
    pid: int
    since: float

    def __str__(self) -> str:
        since = datetime.fromtimestamp(self.since, UTC)
        return f"{self.who} (process {self.pid}, since {since:%Y-%m-%d %H:%M:%S} UTC)"


NOBODY = Owner("another process", 0, 0.0)
"""Stands for an owner that has not said yet who it is."""


def ignore(_owner: Owner) -> None:
    """For callers that need not know whom they wait for."""


@contextmanager
def own(place: Place, owner: Owner, *, wait: bool, waiting: Callable[[Owner], None] = ignore) -> Iterator[None]:
    """Own the state until the block ends.

    Where somebody else does: with `wait`, tell `waiting` who and wait, else raise StateError (VTN-S006). Raises StateError
    (VTN-S001, VTN-S002) where the lock file cannot be written.
    """
    try:
        descriptor = os.open(place.folder / "owner.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StateError(diagnose_file_error(error, place)) from error
    try:
        _lock(descriptor, place, wait=wait, waiting=waiting)
        try:
            _write(descriptor, owner)
        except OSError as error:
            raise StateError(diagnose_file_error(error, place)) from error
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, place: Place, *, wait: bool, waiting: Callable[[Owner], None]) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        other = _read(descriptor)
        if not wait:
            raise StateError(
                Diagnostic("VTN-S006", f"the state {place} is owned by {other}", hint="try again when it has ended, or use --wait")
            ) from None
        waiting(other)
        fcntl.flock(descriptor, fcntl.LOCK_EX)


def _write(descriptor: int, owner: Owner) -> None:
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps(asdict(owner)).encode(), 0)


def _read(descriptor: int) -> Owner:
    try:
        return Owner(**json.loads(os.pread(descriptor, 4096, 0)))
    except (ValueError, TypeError):
        return NOBODY
