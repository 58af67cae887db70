"""The real lab: `python -m lab.room prepare | up | kill | status | enter | live | down`. What it is made of: lab/README.md."""

import argparse
import os
import shlex
import shutil
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from lab.commands import LabError, say, side_by_side
from lab.isolation import CHECKOUT
from lab.machine import require_machine
from lab.openstack.__main__ import live_environment
from lab.room.layout import REGIONS, cloud_address, write_certificates, write_inventory
from lab.room.room import Room, begun, ended, found, is_running, killed, provided
from lab.room.units import CLOUD, TARGETS, UNITS, Unit, install_programs, wanted

_STEP = 0.2
_NOTHING_SELECTED = 5
"""The exit code of pytest."""


def main(arguments: list[str]) -> int:
    chosen = _chosen(arguments)
    try:
        require_machine("the lab", "its parts come from the archive of Debian and are tried on nothing else")
        return int(chosen.work(chosen))
    except LabError as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        return 130


def _chosen(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m lab.room", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    names = [*TARGETS, *(name for name in UNITS if name not in TARGETS)]
    for name, about, work in (
        ("prepare", "fetch what units need, once, and start nothing", _prepare),
        ("up", "start units that are not running, and what they wait for", _up),
        ("kill", "end units as a power failure does; `up` starts them again", _kill),
    ):
        command = commands.add_parser(name, help=about)
        command.add_argument("unit", nargs="+", choices=names, metavar="UNIT", help=", ".join(names))
        command.set_defaults(work=work)
    commands.add_parser("status", help="tell what is running").set_defaults(work=_status)
    commands.add_parser("down", help="end everything").set_defaults(work=_down)
    entering = commands.add_parser("enter", help="run a command in the room")
    entering.add_argument("command", nargs=argparse.REMAINDER, metavar="COMMAND …")
    entering.set_defaults(work=_enter)
    live = commands.add_parser(
        "live",
        help="start all that is not running, run the tests against it, end what was started; further arguments are for pytest",
    )
    live.add_argument("--beside", action="append", default=[], metavar="COMMAND", help="run this beside the tests of clouds")
    live.set_defaults(work=_live)
    chosen, rest = parser.parse_known_args(arguments)
    if rest and chosen.work is not _live:
        parser.error(f"unknown: {' '.join(rest)}")
    chosen.pytest = rest
    return chosen


def _prepare(chosen: argparse.Namespace) -> int:
    units = wanted(tuple(chosen.unit))
    install_programs(units)
    for unit in units:
        with unit.fetched():
            pass
    return 0


def _up(chosen: argparse.Namespace) -> int:
    _prepare(chosen)
    units = wanted(tuple(chosen.unit))
    room = provided()
    write_certificates(room.folder)
    write_inventory(room.folder)
    starting: dict[str, Unit] = {unit.name: unit for unit in units if not is_running(room, unit.name)}
    with ExitStack() as held:
        for unit in starting.values():
            held.enter_context(unit.fetched())
        _start(room, starting)
    _tell(room)
    return 0


def _start(room: Room, starting: dict[str, Unit]) -> None:
    """Start each unit once those are ready that it waits for, and come back when all are."""
    waiting = dict(starting)
    begun_units: dict[str, Callable[[], bool]] = {}
    while waiting or begun_units:
        ready = [name for name, is_ready in begun_units.items() if is_ready()]
        for name in ready:
            del begun_units[name]
            say(f"{name} is ready")
        for name, unit in list(waiting.items()):
            if not any(needed in waiting or needed in begun_units for needed in unit.after):
                say(f"starting {name}")
                _make_folder(room.folder / name, unit)
                begun_units[name] = begun(room, name, unit.words(room.folder))
                del waiting[name]
        time.sleep(_STEP)


def _make_folder(folder: Path, unit: Unit) -> None:
    if not unit.keeps:
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(exist_ok=True)


def _kill(chosen: argparse.Namespace) -> int:
    room = _required()
    for target in chosen.unit:
        for name in TARGETS.get(target, (target,)):
            killed(room, name)
    return 0


def _status(_: argparse.Namespace) -> int:
    _tell(_required())
    return 0


def _tell(room: Room) -> None:
    for unit in UNITS.values():
        if is_running(room, unit.name):
            say(unit.reached)
    say(f"inventory for vtnmd: {(room.folder / 'inventory.yaml').relative_to(CHECKOUT)}; passwords: .lab/secrets")
    say("all of it is in namespaces of its own, entered by: python -m lab.room enter COMMAND …; make lab-down ends it")


def _down(_: argparse.Namespace) -> int:
    room = found()
    if room is None:
        say("nothing is running")
        return 0
    ended(room)
    say("ended; no process, namespace or mount is left")
    return 0


def _enter(chosen: argparse.Namespace) -> int:
    room = _required()
    words = [*room.enter, *(chosen.command or [os.environ.get("SHELL", "sh")])]
    os.execvp(words[0], words)  # noqa: S606 - what the user asked for


def _live(chosen: argparse.Namespace) -> int:
    """The scenarios alone, and then all tests that wait for clouds more than they compute, side by side; gives an exit code."""
    stood = found() is not None
    try:
        _up(argparse.Namespace(unit=["all"]))
        room = _required()
        environment = live_environment(room.folder / CLOUD, f"https://{cloud_address(REGIONS[0])}:5000/v3", REGIONS)
        given = [f"{name}={value}" for name, value in environment.items()]
        pytest = [*room.enter, "env", *given, sys.executable, "-m", "pytest", "tests/contract", "tests/live", *chosen.pytest]
        codes = side_by_side([[*pytest, "-m", "live_room"]], CHECKOUT)
        if not stood:
            # Idle, what only the scenarios need takes a quarter of a processor.
            for name in UNITS.keys() - {CLOUD}:
                killed(room, name)
        codes += side_by_side(
            [
                # The tests of one region run beside those of another.
                [*pytest, "-m", "live_openstack", "-n", str(len(REGIONS))],
                [*pytest, "-m", "live_clouds"],
                *map(shlex.split, chosen.beside),
            ],
            CHECKOUT,
        )
        return max((code for code in codes if code != _NOTHING_SELECTED), default=_NOTHING_SELECTED)
    finally:
        if not stood:
            _down(chosen)


def _required() -> Room:
    room = found()
    if room is None:
        raise LabError("nothing is running; start it with make lab-all, or a part with make lab-backbone, lab-odl, lab-openstack")
    return room


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
