"""Renders a service that is not there yet to files for hand-off: region by region, or a plain topology as a Heat template."""

from collections.abc import Collection, Mapping
from pathlib import Path

from vtnmd.compiler.tosca import read_topology
from vtnmd.domain.diagnostics import Diagnostic, Invalid
from vtnmd.planner import World, make_plan
from vtnmd.render.export import export
from vtnmd.state import open_store
from vtnmd.usecases import handing_off
from vtnmd.usecases.handing_off import Folder, hand_off_topology
from vtnmd.usecases.services import Ready, Source, catalogue, compile_source, models_of

USUAL = ("heat", "odl", "netconf", "restconf")
"""The targets of a service with nodes of vtnmd where none is named."""
TARGETS = (*USUAL, "cfn")


def render_source(source: Source, state: str, targets: Collection[str]) -> Folder:
    """The files of a service for the targets, or for the usual ones. Raises Invalid with all that is wrong.

    A plain topology needs no inventory and no state; one that is given says which flavors and images there are.
    """
    opened = source.opened()
    with open_store(state, create=False) as store:
        models = models_of(source, store)
    topology = read_topology(opened, source.inputs, symbolic=True, models=models)
    known = handing_off.TARGETS if topology.is_plain else TARGETS
    for target in targets:
        if target not in known:
            what = "a topology of normative types" if topology.is_plain else "a service with nodes of vtnmd"
            summary = f"{what} is not rendered for {target}"
            raise Invalid(Diagnostic("VTN-H010", summary, topology.span, f"its targets are {', '.join(known)}"))
    if topology.is_plain:
        return hand_off_topology(topology, opened, source.inventory, targets or ("heat",))
    ready = compile_source(source, state, topology)
    return Folder(dict(render_files(ready, targets or USUAL)), ready.warnings)


def render_files(ready: Ready, targets: Collection[str]) -> Mapping[str, str]:
    """Relative path → content: `REGION/TARGET/…` and order.json. Stable byte for byte. Raises Invalid where a template fails."""
    plan = make_plan(ready.intent.name, "", ready.wanted, ready.inventory, World(), catalogue(ready.intent.models))
    return export(plan, {endpoint.id: endpoint for endpoint in ready.inventory.endpoints()}, targets)


def write_files(files: Mapping[str, str | bytes], folder: Path) -> None:
    """Write files below a folder, which is made. Raises Invalid (VTN-F008)."""
    try:
        for name, content in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
    except OSError as error:
        place = error.filename or folder
        raise Invalid(Diagnostic("VTN-F008", f"{place} cannot be written: {error.strerror}", hint="name another folder")) from None
