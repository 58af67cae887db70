"""Where state is kept: a folder, or a database URL."""

from dataclasses import dataclass
from pathlib import Path

from vtnmd.domain.diagnostics import Diagnostic, StateError

DEFAULT_FOLDER = ".vtnmd"
FILE_NAME = "state.db"


@dataclass(frozen=True, slots=True)
class Place:
    """The SQLite file of a state. What else belongs to that state lies beside it."""

    file: Path

    @property
    def folder(self) -> Path:
        return self.file.parent

    @property
    def url(self) -> str:
        """As SQLAlchemy reads it."""
        return f"sqlite:///{self.file}"

    def __str__(self) -> str:
        return str(self.file)


def parse_place(text: str | Path) -> Place:
    """A folder, which need not exist, or `sqlite:///PATH` of a database file. Raises StateError (VTN-S011) for any other URL."""
    match str(text).partition("://"):
        case (folder, "", _):
            return Place(Path(folder).absolute() / FILE_NAME)
        case ("sqlite", _, path) if path.startswith("/") and not path.endswith("/"):
            return Place(Path(path.removeprefix("/")).absolute())
        case (scheme, _, _):
            raise StateError(
                Diagnostic(
                    "VTN-S011",
                    f"state in {scheme}://… is not supported",
                    hint="give a folder, or sqlite:///PATH; four slashes begin an absolute path",
                )
            )
