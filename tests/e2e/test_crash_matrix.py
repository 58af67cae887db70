"""The crash matrix (`make crash-matrix`): what it stands on, and a few of its cases, so that it is known to work."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.conftest import SHOP, RunningLab
from tests.support import labs
from tests.support.postgres import why_not
from tests.support.program import Vtnmd

pytestmark = pytest.mark.waits

ROOT = Path(__file__).parents[2]


def test_runs_that_are_killed_at_some_boundaries_end_as_if_they_were_not() -> None:
    matrix("sqlite", every=33)


def test_runs_of_workers_that_are_killed_at_some_boundaries_end_as_if_they_were_not() -> None:
    reason = why_not()
    if reason:
        pytest.skip(reason)
    assert "worker 1 before commit 1, replaced (started)" in matrix("postgresql", every=60)


def matrix(state: str, every: int) -> str:
    """What the matrix says to some of its cases, all of which have to pass."""
    command = [
        sys.executable,
        "-m",
        "tests.crash",
        "--processes",
        "1",
        "--scenario",
        "create",
        "--every",
        str(every),
        "--state",
        state,
    ]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=600)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert re.match(r"[1-9]\d* passed, 0 failed", ended.stdout.splitlines()[-1])
    return ended.stdout


def test_a_lab_holds_again_what_it_kept(vtnmd: Vtnmd, lab: RunningLab) -> None:
    assert vtnmd("apply", SHOP, "-I", lab.inventory, "--yes").code == 0
    full = {region: lab.held(region) for region in lab.lab.regions}
    labs.keep(lab.lab)
    assert vtnmd("destroy", "global-shop", "--yes").code == 0
    labs.reset(lab.lab)
    assert {region: lab.held(region) for region in lab.lab.regions} == full
