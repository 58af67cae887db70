"""Where the matrix keeps the state of its runs: a database that is put back to where a run begins as often as wanted."""

import shutil
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

from tests.support.postgres import serving


class StatePlace(Protocol):
    """One state. `url` is what `--state` is given."""

    @property
    def url(self) -> str: ...

    def clear(self) -> None:
        """Hold nothing."""
        ...

    def keep(self) -> None:
        """Remember what is there."""
        ...

    def put_back(self) -> None:
        """Hold what is remembered."""
        ...

    def close(self) -> None: ...


class SqlitePlace:
    """A state in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "state"
        self._kept = folder / "kept-state"

    @property
    def url(self) -> str:
        return str(self._folder)

    def clear(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    def keep(self) -> None:
        shutil.rmtree(self._kept, ignore_errors=True)
        shutil.copytree(self._folder, self._kept)

    def put_back(self) -> None:
        self.clear()
        shutil.copytree(self._kept, self._folder)

    def close(self) -> None:
        """Nothing is open."""


class PostgresPlace:
    """A state in a database of a PostgreSQL that serves nobody else."""

    _STATE, _KEPT = "state", "kept"

    def __init__(self, _folder: Path) -> None:
        self._stack = ExitStack()
        self._server = self._stack.enter_context(serving())

    @property
    def url(self) -> str:
        return self._server.url(self._STATE)

    def clear(self) -> None:
        self._make(self._STATE, "template1")

    def keep(self) -> None:
        self._make(self._KEPT, self._STATE)

    def put_back(self) -> None:
        self._make(self._STATE, self._KEPT)

    def close(self) -> None:
        self._stack.close()

    def _make(self, name: str, like: str) -> None:
        self._server.query("postgres", f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        self._server.query("postgres", f"CREATE DATABASE {name} TEMPLATE {like}")


SQLITE, POSTGRESQL = "sqlite", "postgresql"
PLACES: dict[str, Callable[[Path], StatePlace]] = {SQLITE: SqlitePlace, POSTGRESQL: PostgresPlace}
"""How a state is made in a folder, by the name that `--state` gives."""
