"""The command that compares two services as they are written."""

from dataclasses import replace
from pathlib import Path
from typing import Literal

from vtnmd.cli.output import current
from vtnmd.cli.parameters import COMMON, SOURCED, Common, Service, Sourced
from vtnmd.cli.services import source_of
from vtnmd.cli.views.difference import LEVELS, data, number_of, show_difference
from vtnmd.domain.codes import EXIT_CHANGES, EXIT_OK
from vtnmd.usecases.comparing import compare_intents, compare_services

Level = Literal["intent", "resources", "payloads"]


def diff(
    old: Service,
    new: Service,
    /,
    *,
    level: Level | None = None,
    old_inputs: Path | None = None,
    detailed_exitcode: bool = False,
    source: Sourced = SOURCED,
    common: Common = COMMON,
) -> int:
    """Show what differs between two services. Neither needs to be applied, and nothing is sent or written.

    The new one is taken as what the old one becomes: it keeps the numbers that the old one draws.

    Parameters
    ----------
    level
        Only values of the intent (which needs no inventory), or resources, or what endpoints would be sent. Without it all.
    old_inputs
        YAML file with values for the inputs of the old topology, where they are not those of the new one.
    detailed_exitcode
        Exit with 10 where there is a difference.
    """
    given, screen = source_of(new, source), current()
    before = replace(given, service=old, inputs=old_inputs or given.inputs)
    compared = (compare_intents if level == "intent" else compare_services)(before, given, common.state)
    levels: tuple[Level, ...] = (level,) if level else LEVELS
    screen.diagnose(compared.warnings)
    for kind, record in data(compared, levels):
        screen.record(kind, record)
    screen.data(show_difference(compared, levels, (str(old), str(new))))
    differs = any(number_of(compared, each) for each in levels)
    return EXIT_CHANGES if detailed_exitcode and differs else EXIT_OK
