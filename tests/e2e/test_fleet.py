"""The command line with state on PostgreSQL: workers carry what an apply begins."""

import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.e2e.conftest import SHOP, RunningLab
from tests.e2e.test_interruptions import interrupt
from tests.support.postgres import PostgresServer
from tests.support.program import Process, Vtnmd
from vtnmd.domain.codes import EXIT_INTERRUPTED, EXIT_INVALID, EXIT_OK, EXIT_PARTLY

pytestmark = [pytest.mark.started_anew, pytest.mark.waits]


@pytest.fixture
def state(postgres: PostgresServer) -> str:
    return postgres.new_database(migrated=False)


@contextmanager
def working(vtnmd: Vtnmd, state: str, *regions: str) -> Iterator[Process]:
    options = [word for region in regions for word in ("--region", region)]
    with vtnmd.start("worker", *options, "--state", state, "--json") as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=60)


def test_workers_carry_a_service_and_its_removal(vtnmd: Vtnmd, lab: RunningLab, state: str) -> None:
    with working(vtnmd, state, "east") as east, working(vtnmd, state, "west"):
        applied = vtnmd("apply", SHOP, "-I", lab.inventory, "--yes", "--state", state, "--json")
        assert applied.code == EXIT_OK, applied.stdout
        assert applied.records("outcome")[0]["result"] == "applied"
        assert vtnmd("probe", "global-shop", "--state", state).code == EXIT_OK
        assert vtnmd("plan", SHOP, "-I", lab.inventory, "--detailed-exitcode", "--state", state).code == EXIT_OK
        again = vtnmd("apply", SHOP, "-I", lab.inventory, "--yes", "--state", state)
        assert again.code == EXIT_OK
        removed = vtnmd("destroy", "global-shop", "--yes", "--state", state)
        assert removed.code == EXIT_OK, removed.stderr
        assert vtnmd("services", "--json", "--state", state).records("service") == []
        east.send_signal(signal.SIGTERM)
        told = [json.loads(line) for line in east.communicate(timeout=60)[0].splitlines()]
    assert {line["leg"] for line in told if line.get("type") == "leg"} >= {"east#0"}
    assert east.returncode == EXIT_OK


def test_an_apply_without_workers_waits_and_says_for_whom(vtnmd: Vtnmd, lab: RunningLab, state: str) -> None:
    with working(vtnmd, state, "east"):
        applied = vtnmd("apply", SHOP, "-I", lab.inventory, "--yes", "--state", state, "--worker-wait", "1")
        assert applied.code == EXIT_PARTLY, applied.stderr
        assert "waiting for a worker of west" in applied.stderr
        assert "no worker serves west" in applied.stdout
        run = vtnmd("history", "--json", "--state", state).records("run")[0]["run"]
        with working(vtnmd, state, "west"):
            resumed = vtnmd("resume", run, "--state", state)
        assert resumed.code == EXIT_OK, resumed.stderr
        assert vtnmd("probe", "global-shop", "--state", state).code == EXIT_OK


def test_a_run_left_by_its_coordinator_is_followed_by_resume(vtnmd: Vtnmd, lab: RunningLab, state: str) -> None:
    lab.fault("west", "heat", "slow", 0.5)
    with working(vtnmd, state, "east", "west"):
        process = vtnmd.start("apply", SHOP, "-I", lab.inventory, "--yes", "--state", state, "--json")
        assert process.stdout is not None
        for line in process.stdout:
            if json.loads(line).get("step") == "answered":
                break
        for _ in range(2):
            interrupt(process)
        process.communicate(timeout=60)
        lab.fault("west", "heat", "none")
        assert process.returncode == EXIT_INTERRUPTED
        run = vtnmd("history", "--json", "--state", state).records("run")[0]["run"]
        followed = vtnmd("resume", run, "--state", state, "--wait")
        assert followed.code in {EXIT_OK, EXIT_INTERRUPTED}, followed.stderr
        if followed.code == EXIT_INTERRUPTED:
            assert vtnmd("resume", run, "--state", state).code == EXIT_OK
        assert vtnmd("probe", "global-shop", "--state", state).code == EXIT_OK


def test_a_worker_on_a_folder_is_refused(vtnmd: Vtnmd) -> None:
    refused = vtnmd("worker", "--region", "east")
    assert refused.code == EXIT_INVALID
    assert "VTN-S034" in refused.stderr
