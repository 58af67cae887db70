"""Commands of the lab: up, down, status, link."""

import time
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter, validators
from rich.text import Text

from vtnmd.cli.output import current
from vtnmd.cli.parameters import COMMON, Common
from vtnmd.cli.views.status import at, table
from vtnmd.domain.codes import EXIT_FAILED, EXIT_OK
from vtnmd.domain.diagnostics import Diagnostic, Invalid
from vtnmd.lab import up as lab
from vtnmd.lab.faults import BLACKHOLE, NO_FAULT, REFUSE
from vtnmd.lab.layout import ENDPOINTS, Lab, region_names
from vtnmd.lab.links import down_links, set_link
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


def link(
    a: Annotated[str, Parameter(help="A node of the backbone, such as p1 or pe-east.")],
    b: Annotated[str, Parameter(help="The node at the other end.")],
    /,
    *,
    down: bool = False,
    up: bool = False,
    folder: Folder = FOLDER,
    common: Common = COMMON,
) -> int:
    """Take a link of the simulated backbone down or up: what it carries rides its other way, or fails where that is down too.

    Parameters
    ----------
    down
        It carries nothing from now on.
    up
        It carries again.
    """
    if down == up:
        raise Invalid(Diagnostic("VTN-U001", "either --down or --up is wanted", hint="vtnmd lab link p1 p2 --down"))
    known = read_lab(folder)
    if known is None:
        raise Invalid(Diagnostic("VTN-U014", f"there is no lab in {folder}", hint="start one with: vtnmd lab up"))
    set_link(known, a, b, down=down, now=time.time())
    _show_links(known)
    return EXIT_OK


def _show_links(shown: Lab) -> None:
    """Say which links are down."""
    found = sorted((min(ends), max(ends), since) for ends, since in down_links(shown).items())
    for a, b, since in found:
        current().record("link", {"a": a, "b": b, "state": "down", "since": since})
    told = "; ".join(f"link {a} – {b} is down since {at(since)} UTC" for a, b, since in found)
    current().say(Text(told or "all links of the backbone are up"))


def _show(shown: Lab) -> bool:
    """Print the lab's regions and the links that are down; whether all regions run."""
    found = lab.states(shown)
    for state in found:
        current().record("region", state.to_json())
    rows = [(each.region, each.state, *(str(each.ports[name]) for name in ENDPOINTS), each.detail) for each in found]
    current().data(table(("REGION", "STATE", *(name.upper() for name in ENDPOINTS), "FAULT"), rows, "no regions"))
    if down_links(shown):
        _show_links(shown)
    return all(state.state != "down" for state in found)
