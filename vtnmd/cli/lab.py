"""Commands of the lab: up, down, status."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter, validators
from rich.text import Text

from vtnmd.cli.output import current
from vtnmd.cli.parameters import COMMON, Common
from vtnmd.cli.views.status import table
from vtnmd.domain.codes import EXIT_FAILED, EXIT_OK
from vtnmd.domain.diagnostics import Diagnostic, Invalid
from vtnmd.lab import up as lab
from vtnmd.lab.faults import BLACKHOLE, NO_FAULT, REFUSE
from vtnmd.lab.layout import ENDPOINTS, Lab, region_names
from vtnmd.lab.record import read_lab

Folder = Annotated[Path, Parameter(help="Where the lab keeps its keys, passwords, logs and inventory.")]
FOLDER = Path(".vtnmd/lab")


def up(
    *,
    regions: Annotated[int, Parameter(validator=validators.Number(gte=1, lte=50))] = 2,
    base_port: Annotated[int, Parameter(validator=validators.Number(gte=1024, lte=60000))] = 18100,
    folder: Folder = FOLDER,
    fail: tuple[str, ...] = (),
    heal: tuple[str, ...] = (),
    blackhole: bool = False,
    family: tuple[str, ...] = (),
    common: Common = COMMON,
) -> int:
    """Start simulated regions and wait until they answer. Regions that are up already stay as they are.

    Parameters
    ----------
    regions
        How many: east, west, north, south, region-5 and so on.
    base_port
        East listens on the four ports after this one, west a hundred above, and so on.
    fail
        Have every endpoint of this region refuse connections.
    heal
        End the failure of this region.
    blackhole
        Have a region that fails take connections and never answer.
    family
        REGION=FAMILY: the region's PE router is of this family, and holds whatever configuration it is given.
    """
    known = read_lab(folder)
    wanted = Lab(folder, region_names(regions), base_port, _families(family, region_names(regions)))
    if (fail or heal) and known is not None:
        wanted = known
    lab.start(wanted)
    for region in fail:
        lab.set_fault(wanted, region, BLACKHOLE if blackhole else REFUSE)
    for region in heal:
        lab.set_fault(wanted, region, NO_FAULT)
    _show(wanted)
    current().say(Text(f"inventory of this lab: {wanted.file('inventory.yaml')}"))
    return EXIT_OK


def _families(given: tuple[str, ...], regions: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """(region, family) as they were typed. Raises Invalid (VTN-U001)."""
    pairs = [each.partition("=") for each in given]
    wrong = [
        Diagnostic("VTN-U001", f"--family {''.join(each)}: expected REGION=FAMILY") for each in pairs if not (each[0] and each[2])
    ]
    wrong += [Diagnostic("VTN-U013", f"the lab has no region {each[0]}") for each in pairs if each[2] and each[0] not in regions]
    if wrong:
        raise Invalid(*wrong)
    return tuple(sorted((region, family) for region, _, family in pairs))


def down(*, folder: Folder = FOLDER, common: Common = COMMON) -> int:
    """Stop the simulated regions. What they held is gone."""
    stopped = lab.stop(folder)
    for region in stopped:
        current().record("stopped", {"region": region})
    current().data(Text(f"stopped: {', '.join(stopped)}" if stopped else f"no lab runs in {folder}"))
    return EXIT_OK


def status(*, folder: Folder = FOLDER, common: Common = COMMON) -> int:
    """Show which regions are up, failed or down, and their ports."""
    known = read_lab(folder)
    if known is None:
        current().diagnose([Diagnostic("VTN-U014", f"there is no lab in {folder}", hint="start one with: vtnmd lab up")])
        return EXIT_FAILED
    return EXIT_OK if _show(known) else EXIT_FAILED


def _show(shown: Lab) -> bool:
    """Print the lab's regions; whether all of them run."""
    found = lab.states(shown)
    for state in found:
        current().record("region", state.to_json())
    rows = [(each.region, each.state, *(str(each.ports[name]) for name in ENDPOINTS), each.detail) for each in found]
    current().data(table(("REGION", "STATE", *(name.upper() for name in ENDPOINTS), "FAULT"), rows, "no regions"))
    return all(state.state != "down" for state in found)
