"""Commands that give a designer something to begin with: new composite, new device."""

import shlex
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.text import Text

from vtnmd.cli.output import current
from vtnmd.cli.parameters import COMMON, Common
from vtnmd.usecases.skeletons import skeleton, write_skeleton

Output = Annotated[Path | None, Parameter(name=["--output", "-o"], help="Folder to write; without it one called like the name.")]


def composite(
    name: Annotated[str, Parameter(help="What the node type is called.")], /, *, output: Output = None, common: Common = COMMON
) -> None:
    """Write a node type that is made of other nodes, and a service that has two of them."""
    folder = _write("composite", name, output)
    current().say(Text(f"\ncheck it with: vtnmd validate {shlex.quote(str(folder))}"))


def device(
    family: Annotated[str, Parameter(help="The family, as inventories name it.")],
    /,
    *,
    output: Output = None,
    common: Common = COMMON,
) -> None:
    """Write templates for a family of PE routers with a resource of your own, and a service and an inventory to try them with."""
    folder = _write("device", family, output)
    models, inventory = (shlex.quote(str(folder / name)) for name in ("models", "inventory.yaml"))
    current().say(Text(f"\ncheck it with: vtnmd validate {shlex.quote(str(folder))} --models {models} -I {inventory}"))


def _write(kind: str, name: str, output: Path | None) -> Path:
    files, folder = skeleton(kind, name), output or Path(name)
    write_skeleton(files, folder)
    for path in files:
        current().record("written", {"file": str(folder / path)})
        current().data(Text(str(folder / path)))
    return folder
