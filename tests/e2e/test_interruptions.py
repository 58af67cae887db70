"""Runs that are cut short: by Ctrl-C, by SIGKILL, by another command."""

import json
import re
import signal
import time
from contextlib import suppress
from pathlib import Path

from tests.e2e.conftest import SHOP, RunningLab
from tests.support.program import Process, Vtnmd

_TAKES_LONG = 2.0
_TAKES_A_WHILE = 0.5
_PENDING = re.compile(r"^(?:SigPnd|ShdPnd):\t([0-9a-f]+)$", re.MULTILINE)


def started(vtnmd: Vtnmd, lab: RunningLab, events: int, *options: str) -> Process:
    """An apply of which that many events have been told."""
    return after_events(vtnmd.start("apply", SHOP, "-I", lab.inventory, "--yes", "--json", *options), events)


def after_events(process: Process, events: int) -> Process:
    """The process once it has told that many events."""
    assert process.stdout is not None
    seen = 0
    for line in process.stdout:
        seen += json.loads(line).get("type") == "event"
        if seen >= events:
            return process
    raise AssertionError(process.communicate()[1])


def interrupt(process: Process) -> None:
    """Have the process take a SIGINT. One that is sent while another is pending would be lost in that."""
    process.send_signal(signal.SIGINT)
    status = Path(f"/proc/{process.pid}/status")
    with suppress(FileNotFoundError, ProcessLookupError):  # it may end at once
        while any(int(pending, 16) & 1 << signal.SIGINT - 1 for pending in _PENDING.findall(status.read_text(encoding="utf-8"))):
            time.sleep(0.001)


def ended(process: Process) -> int:
    process.communicate(timeout=60)
    return process.wait()


def test_interrupted_run_goes_on(vtnmd: Vtnmd, lab: RunningLab) -> None:
    lab.fault("west", "heat", "slow", _TAKES_A_WHILE)
    process = started(vtnmd, lab, 6)
    interrupt(process)
    assert ended(process) == 130
    lab.fault("west", "heat", "none")
    resumed = vtnmd("resume", vtnmd.latest_run())
    assert resumed.code == 0, resumed.stderr
    assert vtnmd("probe", "global-shop").code == 0


def test_a_run_is_killed_again_and_again_and_goes_on(vtnmd: Vtnmd, lab: RunningLab) -> None:
    process = started(vtnmd, lab, 1)
    for events in (3, 9, 14):
        process.kill()
        assert ended(process) == -signal.SIGKILL
        process = after_events(vtnmd.start("resume", vtnmd.latest_run(), "--json"), events)
    process.kill()
    ended(process)
    resumed = vtnmd("resume", vtnmd.latest_run())
    assert resumed.code == 0, resumed.stderr
    assert vtnmd("probe", "global-shop").code == 0
    assert vtnmd("plan", SHOP, "-I", lab.inventory, "--detailed-exitcode").code == 0
    for region in ("east", "west"):
        assert len(lab.held(region)["heat"]["stacks"]) == 3


def test_two_applies_at_once(vtnmd: Vtnmd, lab: RunningLab) -> None:
    lab.fault("west", "odl", "slow", _TAKES_LONG)
    first = started(vtnmd, lab, 1)
    refused = vtnmd("apply", SHOP, "-I", lab.inventory, "--yes")
    assert refused.code == 1
    assert "VTN-S006" in refused.stderr
    assert f"process {first.pid}" in refused.stderr
    with vtnmd.start("apply", SHOP, "-I", lab.inventory, "--yes", "--wait") as second:
        time.sleep(0.2)
        lab.fault("west", "odl", "none")
        assert ended(first) == 0
        assert ended(second) == 0
    assert len(vtnmd("history", "--json").records("run")) == 1
