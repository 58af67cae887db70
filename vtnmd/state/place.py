"""Where state is kept: a folder, or a database URL."""

from pathlib import Path

from vtnmd.domain.diagnostics import Diagnostic, StateError
from vtnmd.state.database import Database
from vtnmd.state.sqlite import Sqlite

DEFAULT_FOLDER = ".vtnmd"
FILE_NAME = "state.db"


def parse_place(text: str | Path) -> Database:
    """A folder, which need not exist, `sqlite:///PATH` of a database file, or `postgresql://USER@HOST/DATABASE`.

    Raises StateError (VTN-S011) for any other URL.
    """
    match str(text).partition("://"):
        case (folder, "", _):
            return Sqlite(Path(folder).absolute() / FILE_NAME)
        case ("sqlite", _, path) if path.startswith("/") and not path.endswith("/"):
            return Sqlite(Path(path.removeprefix("/")).absolute())
        case ("postgresql" | "postgres", _, rest) if rest:
            # Imported here because it needs a driver that only those have who use it.
            from vtnmd.state.postgres import parse_url  # noqa: PLC0415

            return parse_url(f"postgresql://{rest}")
        case (scheme, _, _):
            raise StateError(
                Diagnostic(
                    "VTN-S011",
                    f"state in {scheme}://… is not supported",
                    hint="give a folder, sqlite:///PATH (four slashes begin an absolute path), or postgresql://USER@HOST/DATABASE",
                )
            )


def check_shared(text: str) -> None:
    """Raises StateError (VTN-S034) where workers could not share the state."""
    if not parse_place(text).is_shared:
        hint = "name one with --state postgresql://USER@HOST/DATABASE"
        raise StateError(Diagnostic("VTN-S034", "workers need a state on PostgreSQL", hint=hint))
