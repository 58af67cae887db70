"""Commands of the state: backup, restore."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.text import Text

from vtnmd.cli.environment import owner_of
from vtnmd.cli.output import current
from vtnmd.cli.parameters import COMMON, Common
from vtnmd.usecases import copies


def backup(file: Annotated[Path, Parameter(help="File to write.")], /, *, common: Common = COMMON) -> None:
    """Copy the state into one file, as it is at one moment. Runs may go on meanwhile."""
    copies.back_up(common.state, file)
    current().record("backup", {"file": str(file)})
    current().data(Text(f"state copied to {file}"))


def restore(file: Annotated[Path, Parameter(help="File that `vtnmd state backup` wrote.")], /, *, common: Common = COMMON) -> None:
    """Put a copy in the place of the state, which is kept beside it."""
    kept = copies.restore(common.state, file, owner_of(f"state restore {file}"))
    current().record("restored", {"file": str(file), "kept": None if kept is None else str(kept)})
    current().data(Text(f"state restored from {file}" + (f"; what was there is {kept}" if kept else "")))
    current().say(Text("what was changed since the copy was made is not in it: apply the services again"))
