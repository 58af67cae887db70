"""Where the matrix keeps the state of its runs: a database that is put back to where a run begins as often as wanted."""

import shutil
from pathlib import Path
from typing import Protocol


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


PLACES = {"sqlite": SqlitePlace}
"""How a state is made in a folder, by the name that `--state` gives."""
