"""Regions that fail in every way while a service is applied, and come back: by the command line against a lab."""

import json
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml

from tests.e2e.conftest import SHOP, RunningLab
from tests.support.program import Process, Ran, Vtnmd
from vtnmd.lab import up
from vtnmd.lab.credentials import make_credentials
from vtnmd.lab.faults import BLACKHOLE, NO_FAULT, REFUSE
from vtnmd.lab.layout import Lab

pytestmark = pytest.mark.waits

WEST = 16
Break = Callable[[RunningLab, Path], None]


def impatient(lab: RunningLab, folder: Path) -> Path:
    """The lab's inventory with short time-outs, and a file of trusted authorities for west/odl that can be spoilt."""
    document: dict[str, Any] = yaml.safe_load(lab.inventory.read_text(encoding="utf-8"))
    authority = folder / "west-ca.pem"
    authority.write_bytes(lab.lab.file("ca.pem").read_bytes())
    for region in document["inventory"]["region"]:
        for endpoint in region["endpoint"]:
            if "probe" not in endpoint:
                endpoint["timeout"] = 3
            if region["name"] == "west" and "odl" in endpoint:
                endpoint["odl"]["ca-file"] = str(authority)
    path = lab.inventory.with_name("impatient.yaml")
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    return path


def is_gone(lab: RunningLab, folder: Path) -> None:
    lab.fail("west", REFUSE)


def is_silent(lab: RunningLab, folder: Path) -> None:
    lab.fail("west", BLACKHOLE)


def is_slow(lab: RunningLab, folder: Path) -> None:
    for endpoint in ("odl", "heat"):
        lab.fault("west", endpoint, "slow", 6.0)


def is_not_trusted(lab: RunningLab, folder: Path) -> None:
    other = Lab(folder / "other", ("west",), lab.lab.base_port)
    other.folder.mkdir()
    make_credentials(other)
    (folder / "west-ca.pem").write_bytes(other.file("ca.pem").read_bytes())


def answers_500(lab: RunningLab, folder: Path) -> None:
    for endpoint in ("odl", "heat"):
        lab.fault("west", endpoint, "status")


def heal(lab: RunningLab, folder: Path) -> None:
    lab.fail("west", NO_FAULT)
    for endpoint in ("odl", "heat"):
        lab.fault("west", endpoint, "none")
    (folder / "west-ca.pem").write_bytes(lab.lab.file("ca.pem").read_bytes())


@contextmanager
def serving(vtnmd: Vtnmd, *options: str) -> Iterator[Process]:
    process = vtnmd.start("serve", "--json", *options)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=60)
        assert process.returncode == 0, said
        assert "Traceback" not in said


def drained(process: Process, number: int) -> list[dict[str, Any]]:
    """The outcomes of the next runs that applied everything."""
    watchdog = threading.Timer(240, process.kill)
    watchdog.start()
    try:
        return list(_outcomes(process, number))
    finally:
        watchdog.cancel()


def _outcomes(process: Process, number: int) -> Iterator[dict[str, Any]]:
    assert process.stdout is not None
    for line in process.stdout:
        record = json.loads(line)
        if record.get("type") == "outcome" and record["result"] == "applied":
            yield record
            number -= 1
            if number == 0:
                return
    raise AssertionError(process.communicate())


def lose_everything(lab: RunningLab, region: str) -> None:
    """The region's process ends with all that it held, and another one starts."""
    up._end(lab.lab, [region])
    up.start(lab.lab)


def is_whole(vtnmd: Vtnmd, inventory: Path) -> None:
    probed = vtnmd("probe", "global-shop")
    assert probed.code == 0, probed.stdout
    assert vtnmd("plan", SHOP, "-I", inventory, "--detailed-exitcode").code == 0


@pytest.mark.parametrize("broken", [is_gone, is_silent, is_slow, is_not_trusted, answers_500])
def test_a_region_that_fails_holds_its_own_work_only_and_is_drained(
    vtnmd: Vtnmd, lab: RunningLab, tmp_path: Path, broken: Break
) -> None:
    inventory = impatient(lab, tmp_path)
    broken(lab, tmp_path)
    applied = vtnmd("apply", SHOP, "-I", inventory, "--yes")
    assert applied.code == 3, applied.stderr
    assert "wait" in applied.stdout
    assert f"vtnmd resume {vtnmd.latest_run()}" in applied.stdout
    assert len(lab.held("east")["heat"]["stacks"]) == 3
    queue = vtnmd("region", "queue", "west", "--json").records("queued")
    assert queue
    assert all(each["reason"] for each in queue)
    with serving(vtnmd) as process:
        heal(lab, tmp_path)
        drained(process, 1)
    assert vtnmd("region", "queue", "west").stdout.strip() == "nothing waits in west"
    assert {run["result"] for run in vtnmd("history", "--json").records("run")} == {"applied", "superseded"}
    is_whole(vtnmd, inventory)


def test_two_services_wait_for_one_region(vtnmd: Vtnmd, lab: RunningLab) -> None:
    lab.fail("west", REFUSE)
    for name in ("global-shop", "second-shop"):
        assert vtnmd("apply", SHOP, "-I", lab.inventory, "--name", name, "--yes").code == 3
    regions = {each["region"]: each for each in vtnmd("region", "list", "--json").records("region")}
    assert (regions["east"]["queued"], regions["west"]["queued"]) == (0, 18)
    assert regions["west"]["endpoints"]["west/odl"]["condition"] == "down"
    ambiguous = vtnmd("region", "queue", "west", "--retry", "west/pe#0")
    assert "VTN-I009" in ambiguous.stderr
    with serving(vtnmd) as process:
        lab.fail("west", NO_FAULT)
        drained(process, 2)
    for name in ("global-shop", "second-shop"):
        assert vtnmd("probe", name).code == 0
        assert vtnmd("plan", SHOP, "-I", lab.inventory, "--name", name, "--detailed-exitcode").code == 0


def test_a_region_that_comes_back_empty(vtnmd: Vtnmd, lab: RunningLab, tmp_path: Path) -> None:
    assert vtnmd("apply", SHOP, "-I", lab.inventory, "--yes").code == 0
    lab.fail("west", REFUSE)
    (tmp_path / "inputs.yaml").write_text("bandwidth: 300 Mbps\n")
    changed = ("apply", SHOP, "-I", lab.inventory, "-i", tmp_path / "inputs.yaml", "--yes")
    assert vtnmd(*changed).code == 3
    lose_everything(lab, "west")
    assert lab.held("west")["heat"]["stacks"] == []
    resumed = vtnmd("resume", vtnmd.latest_run())
    assert resumed.code == 0, resumed.stderr
    assert f"{WEST} missing" in resumed.stderr
    assert f"{WEST} of {WEST} changes applied" in resumed.stdout
    assert vtnmd("probe", "global-shop").code == 0


def test_a_link_that_flaps_ends_in_the_right_state(vtnmd: Vtnmd, lab: RunningLab) -> None:
    lab.fail("west", REFUSE)
    assert vtnmd("apply", SHOP, "-I", lab.inventory, "--yes").code == 3
    stop = threading.Event()

    def flap() -> None:
        while not stop.is_set():
            for fault in (NO_FAULT, REFUSE):
                lab.fail("west", fault)
                stop.wait(1.5)
        lab.fail("west", NO_FAULT)

    thread = threading.Thread(target=flap)
    thread.start()
    stopping = threading.Timer(20.0, stop.set)
    stopping.start()
    try:
        with serving(vtnmd) as process:
            drained(process, 1)
    finally:
        stopping.cancel()
        stop.set()
        thread.join()
    is_whole(vtnmd, lab.inventory)
    assert len(lab.held("west")["heat"]["stacks"]) == 3
    assert len(vtnmd("history", "--json").records("run")) <= 8


def test_operators_hold_and_tend_a_region(vtnmd: Vtnmd, lab: RunningLab) -> None:
    assert vtnmd("inventory", "load", lab.inventory).code == 0
    paused = vtnmd("region", "pause", "west", "--reason", "power works")
    assert paused.code == 0
    assert "region west is paused by" in paused.stdout
    applied = vtnmd("apply", SHOP, "--yes")
    assert applied.code == 3
    assert "power works" in applied.stdout
    assert lab.held("west")["heat"]["stacks"] == []
    assert "paused" in vtnmd("region", "list").stdout
    assert "VTN-I008" in vtnmd("region", "pause", "mars").stderr

    asked = vtnmd("region", "queue", "west", "--prune", "west/heat/network/acme_shop#0")
    assert asked.code == 2
    assert "west/heat/workload/acme_shop/web-servers#1" in asked.stderr
    assert vtnmd("region", "queue", "west", "--prune", "west/heat/network/acme_shop#0", "--yes").code == 0
    assert vtnmd("region", "unpause", "west").code == 0
    retried = vtnmd("region", "queue", "west", "--retry", "west/odl/vtn/acme_shop#0")
    assert retried.code == 3
    assert "13 of 16 changes applied" in retried.stdout
    assert "3 left out" in retried.stdout
    assert lab.held("west")["heat"]["stacks"] == []
    again = vtnmd("apply", SHOP, "--yes")
    assert again.code == 0, again.stderr
    assert "3 of 3 changes applied" in again.stdout


def test_a_region_that_never_returns_is_let_go_of(vtnmd: Vtnmd, lab: RunningLab) -> None:
    lab.fail("west", REFUSE)
    assert vtnmd("apply", SHOP, "-I", lab.inventory, "--yes").code == 3
    run = vtnmd.latest_run()
    refused = vtnmd("resume", run, "--abandon", "west")
    assert refused.code == 2
    assert "region west is let go of" in refused.stderr
    gone = vtnmd("resume", run, "--abandon", "west", "--yes")
    assert gone.code == 0, gone.stderr
    assert {each["address"].partition("/")[0] for each in resources(vtnmd("status", "global-shop", "--json"))} == {"east"}
    assert vtnmd("destroy", "global-shop", "--yes").code == 0
    assert lab.held("east")["heat"]["stacks"] == []


def resources(status: Ran) -> list[dict[str, Any]]:
    return [record["resource"] for record in status.records("resource")]


def test_serving_shows_regions_on_loopback_only(vtnmd: Vtnmd, lab: RunningLab) -> None:
    assert vtnmd("inventory", "load", lab.inventory).code == 0
    assert "VTN-U015" in vtnmd("serve", "--web", "0.0.0.0:80").stderr
    port = free_port()
    with serving(vtnmd, "--web", f"127.0.0.1:{port}") as process:
        assert process.stdout is not None
        while json.loads(process.stdout.readline()).get("type") != "serving":
            pass
        answer = httpx2.get(f"http://127.0.0.1:{port}/regions", trust_env=False).json()
    assert [each["region"] for each in answer["regions"]] == ["east", "west"]


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
