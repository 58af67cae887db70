"""Renders a service that is not there yet to files for hand-off."""

from collections.abc import Collection, Mapping
from pathlib import Path

from vtnmd.domain.diagnostics import Diagnostic, Invalid
from vtnmd.planner import World, make_plan
from vtnmd.render.export import export
from vtnmd.usecases.services import Ready, catalogue

TARGETS = ("heat", "odl", "netconf")


def render_files(ready: Ready, targets: Collection[str]) -> Mapping[str, str]:
    """Relative path → content: `REGION/TARGET/…` and order.json. Stable byte for byte. Raises Invalid where a template fails."""
    plan = make_plan(ready.intent.name, "", ready.wanted, ready.inventory, World(), catalogue())
    return export(plan, {endpoint.id: endpoint for endpoint in ready.inventory.endpoints()}, targets)


def write_files(files: Mapping[str, str], folder: Path) -> None:
    """Write files below a folder, which is made. Raises Invalid (VTN-F008)."""
    try:
        for name, content in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
    except OSError as error:
        place = error.filename or folder
        raise Invalid(Diagnostic("VTN-F008", f"{place} cannot be written: {error.strerror}", hint="name another folder")) from None
