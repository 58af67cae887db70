"""The clock and the signals of this process, for use cases that are handed them."""

import asyncio
import os
import random
import signal
import time
from collections.abc import Callable, Collection

from rich.text import Text

from vtnmd.cli.output import current
from vtnmd.cli.parameters import RUNNING, Running
from vtnmd.cli.telemetry import current_watchers
from vtnmd.cli.user import user_name
from vtnmd.cli.views.text import plain
from vtnmd.domain.run import Drift
from vtnmd.engine import Clock, Interrupt, OnFailure
from vtnmd.southbound.secrets import read_secret
from vtnmd.state import Owner
from vtnmd.usecases.runs import Setting

CLOCK = Clock(time.time, time.monotonic, asyncio.sleep, random.random)


def owner_of(command: str) -> Owner:
    """How others see who owns the state."""
    return Owner(f"{user_name()}: vtnmd {command}", os.getpid(), time.time())


def setting(state: str, command: str, running: Running = RUNNING, *, abandon: str = "", drift: Drift = Drift.REFUSE) -> Setting:
    """What a run needs of this process."""
    return Setting(
        state,
        user_name(),
        owner_of(command),
        CLOCK,
        read_secret,
        _listen_for_signals,
        _say_who,
        wait=running.wait,
        on_failure=OnFailure(running.on_failure),
        abandon=abandon,
        drift=drift,
        label=running.label,
        watchers=current_watchers(),
        unserved=_say_unserved,
        patience=running.worker_wait,
    )


def _listen_for_signals(interrupt: Interrupt) -> None:
    loop = asyncio.get_running_loop()

    def ask() -> None:
        hint = "leaving at once" if interrupt.asked.is_set() else "letting what is in flight end; once more leaves at once"
        current().say(Text(f"interrupted: {hint}", "yellow"))
        interrupt.ask()

    handlers: dict[signal.Signals, Callable[[], None]] = {signal.SIGINT: ask, signal.SIGTERM: ask}
    for number, handler in handlers.items():
        loop.add_signal_handler(number, handler)


def _say_who(owner: Owner) -> None:
    current().record("waiting", {"owner": str(owner)})
    current().say(Text(f"waiting: the state is owned by {owner}", "yellow"))


def _say_unserved(regions: Collection[str]) -> None:
    current().record("unserved", {"regions": sorted(regions)})
    for region in sorted(regions):
        current().say(Text(f"waiting for a worker of {plain(region)}", "yellow"))
