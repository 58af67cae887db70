"""A transaction over twenty real netconfd devices ends in all or none, whatever a device or vtnmd itself does."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from lab.netconfd.fleet import DeviceAddress, missing_packages, netconfd_fleet
from tests.support.netconf import element
from tests.support.transaction_child import Trip, carry, make_plan, world_of
from vtnmd.assets import YANG_MODELS
from vtnmd.domain.run import Result, Step
from vtnmd.engine import Outcome
from vtnmd.netconf import operations, ssh
from vtnmd.netconf.session import ClientSession, SessionError
from vtnmd.southbound.netconf import persist_id
from vtnmd.state import open_store

pytestmark = [
    pytest.mark.netconfd,
    pytest.mark.xdist_group("netconfd-fleet"),
    pytest.mark.skipif(bool(missing_packages()), reason=f"Debian packages missing: {', '.join(missing_packages())}"),
    pytest.mark.skipif(os.geteuid() != 0, reason="a private sshd that serves others needs root"),
]
COUNT = 20
SEVENTH = "r07/pe"
_SECONDS = 20


@pytest.fixture(scope="module")
def fleet() -> Iterator[dict[str, DeviceAddress]]:
    with netconfd_fleet(COUNT, [YANG_MODELS], ["vtnmd-pe"]) as devices:
        yield {f"r{number:02d}/pe": device for number, device in enumerate(devices, 1)}


@pytest.fixture
def devices(fleet: dict[str, DeviceAddress]) -> dict[str, DeviceAddress]:
    """Emptied, for they take a second to come and go."""
    asyncio.run(_empty(fleet))
    return fleet


def entries(devices: dict[str, DeviceAddress], timeout: int = 10) -> dict[str, Any]:
    return {
        name: {
            "timeout": timeout,
            "netconf": {
                "host": device.host,
                "port": device.port,
                "username": device.username,
                "key-file": str(device.key_file),
                "known-hosts-file": str(device.known_hosts),
            },
        }
        for name, device in devices.items()
    }


async def _session(device: DeviceAddress) -> ClientSession:
    key, known = str(device.key_file), str(device.known_hosts)
    return await ssh.connect(
        ssh.SshTarget(device.host, device.port, device.username, key_file=key, known_hosts_file=known), _SECONDS
    )


async def _empty(devices: dict[str, DeviceAddress]) -> None:
    async def empty(device: DeviceAddress) -> None:
        session = await _session(device)
        await session.call(operations.discard_changes(), _SECONDS)
        await session.call(operations.edit_config("candidate", [element("pe", operation="remove")]), _SECONDS)
        await session.call(operations.commit(), _SECONDS)
        await session.aclose()

    await asyncio.gather(*(empty(device) for device in devices.values()))


def configured(devices: dict[str, DeviceAddress]) -> set[str]:
    """The devices whose running configuration holds the circuit."""

    async def holds(device: DeviceAddress) -> bool:
        session = await _session(device)
        reply = await session.call(operations.get_config("running", [element("pe")]), _SECONDS)
        await session.aclose()
        return reply.data is not None and b"attachment-circuit" in etree.tostring(reply.data)

    async def all_of_them() -> list[bool]:
        return await asyncio.gather(*(holds(device) for device in devices.values()))

    return {name for name, found in zip(devices, asyncio.run(all_of_them()), strict=True) if found}


def apply(
    folder: Path, devices: dict[str, DeviceAddress], trip: Trip | None = None, refused: str = "", timeout: int = 10
) -> Outcome:
    world = world_of(entries(devices, timeout), trip or (lambda _step, _device: None))
    return carry(folder, make_plan(list(devices), refused), world)


def test_twenty_devices_take_it_together(tmp_path: Path, devices: dict[str, DeviceAddress]) -> None:
    steps: list[str] = []
    outcome = apply(tmp_path, devices, lambda step, _device: steps.append(step))
    assert outcome.result is Result.APPLIED
    assert configured(devices) == set(devices)
    carried = ["prepare", "after prepare"], ["commit", "after commit"], ["confirm", "after confirm"]
    for number, names in enumerate(carried):
        assert set(steps[number * 2 * COUNT : (number + 1) * 2 * COUNT]) == set(names)


def test_one_refuses_and_none_holds_anything(tmp_path: Path, devices: dict[str, DeviceAddress]) -> None:
    outcome = apply(tmp_path, devices, refused=SEVENTH)
    assert outcome.result is Result.FAILED
    assert [diagnostic.code for diagnostic in outcome.failed.values()] == ["VTN-E204"]
    assert len(outcome.skipped) == COUNT - 1
    assert configured(devices) == set()


@pytest.mark.parametrize("step", ["prepare", "commit"])
def test_one_hangs_and_all_wait(tmp_path: Path, devices: dict[str, DeviceAddress], step: str) -> None:
    def stop(now: str, device: str) -> None:
        if (now, device) == (step, SEVENTH):
            os.kill(devices[SEVENTH].pid, signal.SIGSTOP)

    try:
        outcome = apply(tmp_path, devices, stop, timeout=2)
        assert outcome.result is Result.PARTLY
        assert len(outcome.waiting) == COUNT
        assert configured({name: device for name, device in devices.items() if name != SEVENTH}) == set()
    finally:
        os.kill(devices[SEVENTH].pid, signal.SIGCONT)
    assert apply(tmp_path, devices).result is Result.APPLIED
    assert configured(devices) == set(devices)


@pytest.mark.parametrize("step", ["prepare", "commit", "confirm"])
def test_one_drops_its_session_and_all_take_it_in_the_end(tmp_path: Path, devices: dict[str, DeviceAddress], step: str) -> None:
    dropped: list[str] = []

    def drop(now: str, device: str) -> None:
        if (now, device) == (f"after {step}", SEVENTH) and not dropped:
            dropped.append(device)
            subprocess.run([sys.executable, "-m", "tests.contract.test_transactions", *_place(devices[device])], check=True)

    assert apply(tmp_path, devices, drop).result is Result.APPLIED
    assert dropped
    assert configured(devices) == set(devices)


def _place(device: DeviceAddress) -> list[str]:
    return [str(device.port), device.username, str(device.key_file), str(device.known_hosts)]


async def _kill_others(port: str, username: str, key_file: str, known_hosts: str) -> None:
    """End every other session of a device."""
    session = await ssh.connect(
        ssh.SshTarget("127.0.0.1", int(port), username, key_file=key_file, known_hosts_file=known_hosts), _SECONDS
    )
    for number in range(1, 200):
        with suppress(SessionError):
            await session.call(operations.kill_session(number), _SECONDS)
        if not session.is_open:  # it was asked to end itself
            break
    await session.aclose()


def _killed(folder: Path, devices: dict[str, DeviceAddress], step: str, moment: str) -> None:
    command = [
        sys.executable,
        "-m",
        "tests.support.transaction_child",
        str(folder),
        json.dumps(entries(devices)),
        step,
        SEVENTH,
        moment,
    ]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL


def _timed_out(devices: dict[str, DeviceAddress], folder: Path) -> None:
    """Have every device take back what nobody confirmed, as it does when its time is up."""
    with open_store(folder) as store:
        (entry,) = store.runs()
        plan = store.plan(entry.id)
    persist_ids = {request.endpoint: persist_id(request) for request in plan.requests}

    async def take_back(name: str) -> None:
        session = await _session(devices[name])
        with suppress(SessionError):
            await session.call(operations.cancel_commit(persist_ids[name]), _SECONDS)
        await session.aclose()

    async def all_of_them() -> None:
        await asyncio.gather(*(take_back(name) for name in devices))

    asyncio.run(all_of_them())


@pytest.mark.parametrize("timed_out", [False, True], ids=["in-time", "timed-out"])
@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("step", ["prepare", "commit", "confirm"])
def test_killed_at_each_step_it_is_finished_by_resume(
    tmp_path: Path, devices: dict[str, DeviceAddress], step: str, moment: str, *, timed_out: bool
) -> None:
    _killed(tmp_path, devices, step, moment)
    with open_store(tmp_path) as store:
        decided = any(event.step is Step.DECIDED for event in store.events(store.runs()[0].id))
    assert decided == (step == "confirm")
    if timed_out:
        _timed_out(devices, tmp_path)
        assert decided or configured(devices) == set()
    assert apply(tmp_path, devices).result is Result.APPLIED
    assert configured(devices) == set(devices)


if __name__ == "__main__":
    asyncio.run(_kill_others(*sys.argv[1:]))
