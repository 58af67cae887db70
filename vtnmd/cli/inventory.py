"""Commands of the inventory: load, show, trust."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.text import Text

from vtnmd.cli.environment import owner_of
from vtnmd.cli.output import current
from vtnmd.cli.parameters import COMMON, Common, Yes
from vtnmd.cli.user import can_ask, user_name
from vtnmd.cli.views.status import show_inventory
from vtnmd.cli.views.text import counted
from vtnmd.domain.codes import EXIT_FAILED, EXIT_OK
from vtnmd.domain.diagnostics import Diagnostic, Invalid
from vtnmd.usecases import inspection, trusting

File = Annotated[Path, Parameter(help="Inventory file.")]
InventoryFile = Annotated[
    Path | None, Parameter(name=["--inventory", "-I"], help="Inventory file, in place of the one in the state.")
]


def load(file: File, /, *, common: Common = COMMON) -> None:
    """Check an inventory file and keep it in the state, for commands that are given none."""
    found = inspection.load_inventory(file, common.state, owner_of(f"inventory load {file}"), user_name())
    endpoints = sum(1 for _ in found.endpoints())
    current().record("inventory", found.document)
    current().data(Text(f"inventory kept: {counted(len(found.regions), 'region')}, {counted(endpoints, 'endpoint')}"))


def show(*, common: Common = COMMON) -> int:
    """Show the inventory in the state."""
    found = inspection.show_inventory(common.state)
    if found is None:
        hint = "keep one with: vtnmd inventory load FILE"
        current().diagnose([Diagnostic("VTN-I005", "the state holds no inventory", hint=hint)])
        return EXIT_FAILED
    current().record("inventory", found.document)
    current().data(show_inventory(found))
    return EXIT_OK


def trust(
    endpoint: Annotated[str, Parameter(help="REGION/NAME of an endpoint in the inventory.")],
    /,
    *,
    inventory: InventoryFile = None,
    yes: Yes = False,
    common: Common = COMMON,
) -> int:
    """Fetch the host key or certificate that an endpoint shows, and enrol it in the file that the inventory names for it."""
    found = trusting.fetch(endpoint, inventory, common.state)
    output = current()
    output.record("shown", {"endpoint": endpoint, "kind": found.kind, "fingerprint": found.fingerprint, "file": str(found.file)})
    output.say(Text(f"{endpoint} shows the {found.kind} {found.fingerprint}"))
    if found.known:
        output.data(Text(f"it is trusted already, see {found.file}"))
        return EXIT_OK
    if not yes:
        if not can_ask():
            raise Invalid(Diagnostic("VTN-U002", "confirmation is needed and there is no terminal to ask at", hint="give --yes"))
        output.say(Text("compare it with what the endpoint's operator tells you"))
        if output.stderr.input("Trust it? [y/N] ", markup=False).strip().lower() not in {"y", "yes"}:
            output.say(Text("nothing was done"))
            return EXIT_FAILED
    trusting.enrol(found)
    output.data(Text(f"enrolled in {found.file}"))
    return EXIT_OK
