"""A designer's models among the files of a service: a library around another one, in which their type files are named too.

The models' files are kept together and apart from all else, so they import what ships with vtnmd and each other, and nothing more.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from vtnmd.compiler.tosca.library import Library, Refused, within
from vtnmd.domain.models import TOSCA, Models


@dataclass(frozen=True, slots=True)
class WithModels:
    """The files of `library`, and the type files of `models`: `NAME.yaml` of them is imported as NAME."""

    library: Library
    models: Models

    @property
    def names(self) -> tuple[str, ...]:
        """The type files, by the names that places in them are called by."""
        return tuple(str(self._folder / name) for name in self._files)

    def locate(self, reference: str, base: str) -> str:
        own = f"{reference}.yaml"
        if own in self._files:
            return str(self._folder / own)
        if self._own(base) is None:
            return self.library.locate(reference, base)
        name = reference.removeprefix("./")
        if name not in self._files:
            hint = f"files there import what ships with vtnmd and each other: {', '.join(sorted(self._files))}"
            raise Refused(f"{reference[:200]} does not stand in {self._folder}", hint)
        return str(self._folder / name)

    def identity(self, name: str) -> str:
        return self.library.identity(name) if self._own(name) is None else str(Path(name).resolve())

    def read(self, name: str, limit: int) -> bytes:
        own = self._own(name)
        return self.library.read(name, limit) if own is None else within(self._files[own].encode(), name, limit)

    @property
    def _folder(self) -> Path:
        return Path(self.models.origin) / TOSCA

    @property
    def _files(self) -> Mapping[str, str]:
        return self.models.below(TOSCA)

    def _own(self, name: str) -> str | None:
        """What a file of the models is called in their folder; None for any other file."""
        path = Path(name)
        return path.name if path.parent == self._folder and path.name in self._files else None
